// CBOR (RFC 8949): the subset that sealed bodies and documents use: unsigned and negative integers,
// byte strings, UTF-8 text, arrays and maps of definite length, false, true, null. Preferred
// (shortest) encoding always, so equal values give equal bytes.
//
//   Writer w;
//   w.map(2); w.uint(1); w.text("a"); w.uint(2); w.array(0);
//   Reader r(bytes);
//   CDP_TRY(auto n, r.map());
//
// Thread-safety: none needed; use one Writer or Reader in one thread. A Reader must not outlive its
// bytes. Errors: every read answers corrupt when the bytes are of another type, truncated, or not
// shortest-form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/result.h"

namespace cdp::event::cbor {

class Writer {
 public:
  void uint(std::uint64_t value);
  void integer(std::int64_t value);
  void bytes(ByteView value);
  void text(std::string_view value);
  void array(std::size_t items);
  void map(std::size_t pairs);
  void boolean(bool value);
  void null();
  Bytes take() { return std::move(out_); }
  std::size_t size() const { return out_.size(); }

 private:
  void head(std::uint8_t major, std::uint64_t value);
  Bytes out_;
};

class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  Result<std::uint64_t> uint();
  Result<std::int64_t> integer();
  Result<ByteView> bytes();
  Result<std::string_view> text();
  Result<std::size_t> array();  // number of items that follow
  Result<std::size_t> map();    // number of pairs that follow
  Result<bool> boolean();
  // Consumes a null if one is next.
  bool skip_null();
  bool done() const { return rest_.empty(); }

 private:
  Result<std::uint64_t> head(std::uint8_t major);
  ByteView rest_;
};

}  // namespace cdp::event::cbor
