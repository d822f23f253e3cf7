#include "cdp/core/event/cbor.h"

#include <bit>
#include <limits>

namespace cdp::event::cbor {
namespace {

constexpr std::uint8_t kUnsigned = 0;
constexpr std::uint8_t kNegative = 1;
constexpr std::uint8_t kBytes = 2;
constexpr std::uint8_t kText = 3;
constexpr std::uint8_t kArray = 4;
constexpr std::uint8_t kMap = 5;
constexpr std::uint8_t kFalse = 0xF4;
constexpr std::uint8_t kTrue = 0xF5;
constexpr std::uint8_t kNull = 0xF6;

// A record is a few hundred bytes: one allocation instead of eight doublings.
constexpr std::size_t kFirstCapacityBytes = 512;

tl::unexpected<Error> corrupt(const char* what) { return fail(ErrorCode::corrupt, what); }

void append(Bytes* out, ByteView bytes) { out->insert(out->end(), bytes.begin(), bytes.end()); }

// How many argument bytes follow the head, for additional information 24 to 27.
std::size_t argument_bytes(std::uint8_t information) {
  return std::size_t{1} << (information - 24);
}

// The smallest argument that needs this many bytes (RFC 8949 §4.1, preferred serialisation).
std::uint64_t smallest_for(std::uint8_t information) {
  if (information == 24) return 24;
  return std::uint64_t{1} << (8 * argument_bytes(static_cast<std::uint8_t>(information - 1)));
}

}  // namespace

void Writer::head(std::uint8_t major, std::uint64_t value) {
  if (out_.capacity() == 0) out_.reserve(kFirstCapacityBytes);
  const auto type = static_cast<std::uint8_t>(major << 5);
  if (value < 24) {
    out_.push_back(static_cast<std::uint8_t>(type | value));
    return;
  }
  const std::uint8_t information = value <= 0xFF         ? 24
                                   : value <= 0xFFFF     ? 25
                                   : value <= 0xFFFFFFFF ? 26
                                                         : 27;
  std::array<std::uint8_t, 9> bytes{};
  const std::size_t size = argument_bytes(information);
  bytes[0] = static_cast<std::uint8_t>(type | information);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[size - i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  append(&out_, ByteView(bytes).first(size + 1));
}

void Writer::uint(std::uint64_t value) { head(kUnsigned, value); }

void Writer::integer(std::int64_t value) {
  // -1 - n without overflow is the bitwise complement (RFC 8949 §3.1).
  if (value >= 0) {
    head(kUnsigned, static_cast<std::uint64_t>(value));
  } else {
    head(kNegative, ~static_cast<std::uint64_t>(value));
  }
}

void Writer::bytes(ByteView value) {
  head(kBytes, value.size());
  append(&out_, value);
}

void Writer::text(std::string_view value) {
  head(kText, value.size());
  append(&out_, as_bytes(value));
}

void Writer::array(std::size_t items) { head(kArray, items); }
void Writer::map(std::size_t pairs) { head(kMap, pairs); }
void Writer::boolean(bool value) { out_.push_back(value ? kTrue : kFalse); }
void Writer::null() { out_.push_back(kNull); }

Result<std::uint64_t> Reader::head(std::uint8_t major) {
  if (rest_.empty()) return corrupt("CBOR ends too early");
  if (rest_[0] >> 5 != major) return corrupt("CBOR of an unexpected type");
  const auto information = static_cast<std::uint8_t>(rest_[0] & 31);
  if (information < 24) {
    rest_ = rest_.subspan(1);
    return std::uint64_t{information};
  }
  if (information > 27) return corrupt("CBOR of indefinite or reserved length");
  const std::size_t size = argument_bytes(information);
  if (rest_.size() < size + 1) return corrupt("CBOR ends too early");
  std::uint64_t value = 0;
  for (std::size_t i = 1; i <= size; ++i) value = value << 8 | rest_[i];
  if (value < smallest_for(information)) return corrupt("CBOR that is not in its shortest form");
  rest_ = rest_.subspan(size + 1);
  return value;
}

Result<std::uint64_t> Reader::uint() { return head(kUnsigned); }

Result<std::int64_t> Reader::integer() {
  const bool negative = !rest_.empty() && rest_[0] >> 5 == kNegative;
  CDP_TRY(const std::uint64_t value, head(negative ? kNegative : kUnsigned));
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return corrupt("CBOR integer out of range");
  }
  return std::bit_cast<std::int64_t>(negative ? ~value : value);
}

Result<ByteView> Reader::bytes() {
  CDP_TRY(const std::uint64_t size, head(kBytes));
  if (size > rest_.size()) return corrupt("CBOR ends too early");
  const ByteView value = rest_.first(size);
  rest_ = rest_.subspan(size);
  return value;
}

// The bytes are not checked to be UTF-8: that is the edge's work (event/json.h), and refusing what
// was once written would lose a record.
Result<std::string_view> Reader::text() {
  CDP_TRY(const std::uint64_t size, head(kText));
  if (size > rest_.size()) return corrupt("CBOR ends too early");
  const std::string_view value = as_text(rest_.first(size));
  rest_ = rest_.subspan(size);
  return value;
}

// An item is at least one byte: a count above that is refused before anybody reserves for it.
Result<std::size_t> Reader::array() {
  CDP_TRY(const std::uint64_t items, head(kArray));
  if (items > rest_.size()) return corrupt("CBOR ends too early");
  return static_cast<std::size_t>(items);
}

Result<std::size_t> Reader::map() {
  CDP_TRY(const std::uint64_t pairs, head(kMap));
  if (pairs > rest_.size() / 2) return corrupt("CBOR ends too early");
  return static_cast<std::size_t>(pairs);
}

Result<bool> Reader::boolean() {
  if (rest_.empty()) return corrupt("CBOR ends too early");
  if (rest_[0] != kTrue && rest_[0] != kFalse) return corrupt("CBOR of an unexpected type");
  const bool value = rest_[0] == kTrue;
  rest_ = rest_.subspan(1);
  return value;
}

bool Reader::skip_null() {
  if (rest_.empty() || rest_[0] != kNull) return false;
  rest_ = rest_.subspan(1);
  return true;
}

}  // namespace cdp::event::cbor
