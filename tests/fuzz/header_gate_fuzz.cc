// Feeds bytes to the request reader whole and in pieces: both must read the same requests, and
// nothing may crash or pass the limits. Ends in the header gate, the chunk reader and gunzip.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "cdp/app/server/gzip_body.h"
#include "cdp/app/server/request_reader.h"

namespace {

constexpr std::size_t kBodyBytesMax = 4'096;

// Everything that was read, as one text.
std::string read_all(std::string_view bytes, std::size_t piece) {
  using cdp::app::RequestReader;
  RequestReader reader({.header_bytes = 2'048, .header_fields = 32, .body_bytes = kBodyBytesMax});
  std::string seen;
  while (true) {
    const auto step = reader.advance();
    if (step == RequestReader::Step::refused) return seen + "refused";
    if (step == RequestReader::Step::head_read) continue;
    if (step == RequestReader::Step::ready) {
      const auto request = reader.take();
      if (request.body.size() > kBodyBytesMax) std::abort();
      seen += request.method + " " + request.path + " " + request.body + "\n";
      continue;
    }
    if (bytes.empty()) return seen;
    const auto room = reader.prepare();
    if (room.empty()) std::abort();
    const std::size_t n = std::min({piece, bytes.size(), room.size()});
    std::memcpy(room.data(), bytes.data(), n);
    bytes.remove_prefix(n);
    reader.commit(n);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(bytes, 1'024);
  // A header that is too large may be noticed a piece earlier or later; all else must agree.
  if (size < 2'048 && whole != read_all(bytes, 1)) std::abort();
  if (const auto plain = cdp::app::gunzip(bytes, kBodyBytesMax);
      plain && plain->size() > kBodyBytesMax) {
    std::abort();
  }
  return 0;
}
