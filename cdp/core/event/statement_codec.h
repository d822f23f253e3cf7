// Statement <-> CBOR, alone or inside a fact. Behind FactCodec (event/fact.h); for this folder
// only.
//
// Bodies written before a field existed lack its key and read as its default; a reader that is
// older than a field refuses it.
//
// Thread-safety: pure functions. Errors: corrupt for anything that write_statement does not write.
#pragma once

#include <string_view>

#include "cdp/core/event/cbor.h"
#include "cdp/core/event/statement.h"

namespace cdp::event {

// What a statement inside a fact shares with its fact, and so need not repeat.
struct Shared {
  std::string_view source;
  Time received_at;
};

// `access`: for the evidence. FactCodec's.
void write_statement(const Statement& statement, const Shared& shared, const PiiAccess& access,
                     cbor::Writer* writer);
Result<Statement> read_statement(cbor::Reader* reader, const Shared& shared);

}  // namespace cdp::event
