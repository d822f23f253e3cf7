// fuzz-links: cdp_crypto
//
// Any bytes as a keyring file (with a fitting digest too, or nothing would get past it) and as a
// decrypted body.
#include <cstdlib>

#include "cdp/core/crypto/keyring_file.h"
#include "cdp/core/crypto/signature.h"

namespace {

void parse_and_open(cdp::ByteView file) {
  const auto frame = cdp::crypto::parse_keyring_frame(file);
  if (!frame) return;
  const cdp::Bytes root(32, 7);
  // Nobody sealed this under that key.
  if (cdp::crypto::open_keyring_frame(*frame, root)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cdp::ByteView input(data, size);
  parse_and_open(input);
  cdp::Bytes file;
  constexpr std::string_view kMagic = "cdp-keyring 1\n";
  file.insert(file.end(), kMagic.begin(), kMagic.end());
  file.insert(file.end(), input.begin(), input.end());
  const cdp::crypto::Digest digest = cdp::crypto::sha256(file);
  file.insert(file.end(), digest.begin(), digest.end());
  parse_and_open(file);
  const auto entries = cdp::crypto::parse_keyring_body(input);
  if (!entries && entries.error().code != cdp::ErrorCode::corrupt) std::abort();
  return 0;
}
