#include "cdp/app/activation/echo_mark.h"

#include "cdp/core/base/bytes.h"

namespace cdp::app {
namespace {

constexpr std::string_view kEchoed = "echoed";

}  // namespace

std::string echo_mark(const Token& message) { return std::string(kEchoed) + ":" + to_hex(message); }

bool has_echo_mark(const store::OutboxItem& row) { return row.last_code.starts_with(kEchoed); }

}  // namespace cdp::app
