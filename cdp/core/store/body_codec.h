// Ledger bodies on their way to disk: zstd with a static dictionary (made from synthetic events
// only: a dictionary trained on customers would be personal data), padded to hide lengths, then
// sealed under the persona's key. DESIGN §4.
//
//   plain -> zstd -> length prefix + zero padding to 32-byte steps -> seal
//
// Thread-safety: const and safe; keeps one zstd context per thread. Errors: corrupt for anything
// that does not open.
#pragma once

#include "cdp/core/crypto/seal.h"

namespace cdp::store {

class BodyCodec {
 public:
  explicit BodyCodec(std::string tenant);
  // Step one, off the writer: compress and pad.
  Bytes pack(ByteView plain) const;
  Result<Bytes> unpack(ByteView packed) const;
  // Step two, in the writer, where persona and position are known.
  Bytes seal(ByteView packed, ByteView key32, const PersonaId& persona, std::string_view kind,
             std::uint64_t record, Random& random) const;
  Result<Bytes> open(ByteView sealed, ByteView key32, const PersonaId& persona,
                     std::string_view kind, std::uint64_t record) const;

 private:
  std::string tenant_;
};

}  // namespace cdp::store
