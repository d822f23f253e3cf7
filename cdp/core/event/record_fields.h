// The fields of a CBOR record with integer keys, as facts and statements are kept: ascending keys,
// a field only where it is not the default, so that equal values have exactly one encoding.
//
// Thread-safety: one reader or writer in one thread. Errors: corrupt for anything that these
// writers do not write.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/time.h"
#include "cdp/core/event/cbor.h"

namespace cdp::event {

inline tl::unexpected<Error> corrupt_record(const char* what) {
  return fail(ErrorCode::corrupt, what);
}

// Differences modulo 2^64 turn every pair of times into one number and back, without overflow.
inline std::int64_t before(Time received_at, Time occurred_at) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(received_at.us) -
                                   static_cast<std::uint64_t>(occurred_at.us));
}

inline Result<Time> occurred(Time received_at, std::int64_t before_us) {
  const auto us = static_cast<std::int64_t>(static_cast<std::uint64_t>(received_at.us) -
                                            static_cast<std::uint64_t>(before_us));
  if (us == 0) return corrupt_record("a record holds a default value");
  return Time{us};
}

// The keys of one map, in ascending order, each at most once.
class Fields {
 public:
  static Result<Fields> open(cbor::Reader* reader) {
    CDP_TRY(const std::size_t pairs, reader->map());
    return Fields(reader, pairs);
  }

  // True when `key` is next; then its value is to be read.
  Result<bool> next_is(std::uint64_t key) {
    if (!peeked_ && left_ > 0) {
      CDP_TRY(key_, reader_->uint());
      peeked_ = true;
    }
    if (!peeked_ || key_ != key) return false;
    peeked_ = false;
    --left_;
    return true;
  }

  Result<void> finish() const {
    if (left_ != 0) return corrupt_record("a record holds an unknown field");
    return {};
  }

 private:
  Fields(cbor::Reader* reader, std::size_t pairs) : reader_(reader), left_(pairs) {}
  cbor::Reader* reader_;
  std::size_t left_;
  std::uint64_t key_ = 0;
  bool peeked_ = false;
};

inline Result<Token> read_token(cbor::Reader* reader) {
  CDP_TRY(const ByteView bytes, reader->bytes());
  Token token{};
  if (bytes.size() != token.size())
    return corrupt_record("a record holds a token of another length");
  std::copy(bytes.begin(), bytes.end(), token.begin());
  return token;
}

// Writes the fields of one map whose values are not the default.
class FieldWriter {
 public:
  explicit FieldWriter(cbor::Writer* writer) : writer_(writer) {}
  void text(std::uint64_t key, std::string_view value) {
    if (value.empty()) return;
    writer_->uint(key);
    writer_->text(value);
  }
  void number(std::uint64_t key, std::uint64_t value, std::uint64_t fallback) {
    if (value == fallback) return;
    writer_->uint(key);
    writer_->uint(value);
  }
  void flag(std::uint64_t key, bool value) {
    if (!value) return;
    writer_->uint(key);
    writer_->boolean(true);
  }
  // Both times of a record: `received_at` where it is not `fallback`, and how long before it
  // `occurred_at` was: two bytes instead of nine for a live event.
  void times(std::uint64_t received_key, std::uint64_t before_key, Time fallback, Time received_at,
             Time occurred_at) {
    if (received_at != fallback) {
      writer_->uint(received_key);
      writer_->integer(received_at.us);
    }
    if (occurred_at.known()) {
      writer_->uint(before_key);
      writer_->integer(before(received_at, occurred_at));
    }
  }

 private:
  cbor::Writer* writer_;
};

// Reads what FieldWriter wrote: an absent field keeps its default, a present default is refused.
class FieldReader {
 public:
  FieldReader(cbor::Reader* reader, Fields* fields) : reader_(reader), fields_(fields) {}

  Result<void> text(std::uint64_t key, std::string* out) {
    CDP_TRY(const bool present, fields_->next_is(key));
    if (!present) return {};
    CDP_TRY(const std::string_view value, reader_->text());
    if (value.empty()) return corrupt_record("a record holds a default value");
    out->assign(value);
    return {};
  }
  Result<void> number(std::uint64_t key, std::uint64_t max, std::uint64_t fallback,
                      std::uint64_t* out) {
    CDP_TRY(const bool present, fields_->next_is(key));
    *out = fallback;
    if (!present) return {};
    CDP_TRY(*out, reader_->uint());
    if (*out == fallback || *out > max)
      return corrupt_record("a record holds a value out of range");
    return {};
  }
  template <class E>
  Result<void> choice(std::uint64_t key, E least, E most, E* out) {
    std::uint64_t value = 0;
    CDP_CHECK(
        number(key, static_cast<std::uint64_t>(most), static_cast<std::uint64_t>(*out), &value));
    if (value < static_cast<std::uint64_t>(least)) {
      return corrupt_record("a record holds a value out of range");
    }
    *out = static_cast<E>(value);
    return {};
  }
  Result<void> flag(std::uint64_t key, bool* out) {
    CDP_TRY(const bool present, fields_->next_is(key));
    if (!present) return {};
    CDP_TRY(*out, reader_->boolean());
    if (!*out) return corrupt_record("a record holds a default value");
    return {};
  }
  Result<void> times(std::uint64_t received_key, std::uint64_t before_key, Time fallback,
                     Time* received_at, Time* occurred_at) {
    *received_at = fallback;
    CDP_TRY(const bool has_received, fields_->next_is(received_key));
    if (has_received) {
      CDP_TRY(received_at->us, reader_->integer());
      if (*received_at == fallback) return corrupt_record("a record holds a default value");
    }
    CDP_TRY(const bool has_occurred, fields_->next_is(before_key));
    if (!has_occurred) return {};
    CDP_TRY(const std::int64_t before_us, reader_->integer());
    CDP_TRY(*occurred_at, occurred(*received_at, before_us));
    return {};
  }

 private:
  cbor::Reader* reader_;
  Fields* fields_;
};

}  // namespace cdp::event
