// EchoMark: what stands in the last_code of an order whose echo has come: that it came, and which
// message it was, so that the vendor's repetition of that message (our answer was lost, or was 503)
// is known as the same echo. A keyed hash; one a row, and it goes with the row.
//
// Thread-safety: plain functions. Non-errors: "echoed" alone, as it stood before messages were
// noted, is the mark of a message that is not known.
#pragma once

#include <string>

#include "cdp/core/store/ledger.h"

namespace cdp::app {

// `message`: of the statement and the message that brought it.
std::string echo_mark(const Token& message);
bool has_echo_mark(const store::OutboxItem& row);

}  // namespace cdp::app
