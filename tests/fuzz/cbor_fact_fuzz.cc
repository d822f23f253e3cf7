// fuzz-links: cdp_event
//
// Any bytes: refused as corrupt, or the one encoding of a fact or a statement.
#include <cstdlib>

#include "cdp/core/event/fact.h"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cdp::event::FactCodec;
  const cdp::Bytes bytes(data, data + size);
  const auto fact = FactCodec::decode(bytes);
  require(fact ? FactCodec::encode(*fact) == bytes : fact.error().code == cdp::ErrorCode::corrupt);
  const auto statement = FactCodec::decode_statement(bytes);
  require(statement ? FactCodec::encode_statement(*statement) == bytes
                    : statement.error().code == cdp::ErrorCode::corrupt);
  return 0;
}
