#include "cdp/app/server/gzip_body.h"

#include <zlib.h>

#include <algorithm>

#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

tl::unexpected<Error> malformed() {
  return fail(ErrorCode::invalid_argument, "the body is not whole gzip data",
              "compress the whole body with gzip, or send it plain");
}

tl::unexpected<Error> too_large() {
  return fail(ErrorCode::too_large, "the body expands beyond the limit",
              "send less in one request");
}

class Inflater {
 public:
  Inflater() : ready_(inflateInit2(&stream_, kGzipOnly) == Z_OK) {}
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_;
};

bool is_bomb(std::size_t out, std::size_t in) {
  return out > limits::kDecompressionFreeBytes && out / limits::kDecompressionRatioMax > in;
}

}  // namespace

bool looks_like_gzip(std::string_view body) { return body.starts_with("\x1f\x8b\x08"); }

Result<std::string> gunzip(std::string_view body, std::size_t bytes_max) {
  Inflater inflater;
  if (!inflater.ready()) {
    return fail(ErrorCode::unavailable, "no memory to decompress the body", "send it again");
  }
  z_stream& stream = inflater.stream();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out(std::min(bytes_max + 1, std::max<std::size_t>(body.size() * 4, 4096)), '\0');
  std::size_t used = 0;
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(out.size() - used);
    const int answer = inflate(&stream, Z_NO_FLUSH);
    used = out.size() - stream.avail_out;
    if (used > bytes_max || is_bomb(used, body.size())) return too_large();
    if (answer == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      // Members may follow each other (RFC 1952 §2.2).
      if (inflateReset(&stream) != Z_OK) return malformed();
      continue;
    }
    if (answer != Z_OK && answer != Z_BUF_ERROR) return malformed();
    if (stream.avail_out > 0) return malformed();  // the input ended first
    out.resize(std::min(bytes_max + 1, out.size() * 2));
  }
  out.resize(used);
  return out;
}

}  // namespace cdp::app
