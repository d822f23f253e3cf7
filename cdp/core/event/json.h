// JSON at the edge: strict RFC 8259, read by simdjson, never by nlohmann (DESIGN §12).
//
//   CDP_TRY(auto document, json::Document::parse(body));
//   auto type = document.root().text("type");
//
// Refused while parsing, with the byte position in Error::what ("... at byte 17"): malformed text,
// invalid UTF-8, depth over limits::kJsonDepthMax, duplicate keys, numbers out of range. Error
// texts never quote the input.
//
// Thread-safety: a Document may be read by several threads; parse uses a thread-local parser for
// nothing that outlives the call. Lifetime: a Value must not outlive its Document; string views
// point into it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/result.h"

namespace cdp::json {

enum class Kind : std::uint8_t {
  null,
  boolean,
  integer,
  unsigned_integer,
  real,
  string,
  array,
  object
};

class Value {
 public:
  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_object() const { return kind() == Kind::object; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_string() const { return kind() == Kind::string; }

  // Empty when the value is of another kind (or, for get/at, absent). Never throw.
  std::optional<std::string_view> string() const;
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer() const;  // also from unsigned when it fits
  std::optional<double> number() const;
  std::optional<Value> get(std::string_view key) const;          // a member of an object
  std::optional<Value> at(std::string_view json_pointer) const;  // RFC 6901, "/customer/email"
  // A member that is a non-empty string.
  std::optional<std::string_view> text(std::string_view key) const;
  // A member that is an integer or a string, as exact text: ids beyond 2^53 survive.
  std::optional<std::string> id_text(std::string_view key) const;

  // Array items / object members in order; return false from the callback to stop.
  void each(const std::function<bool(Value)>& item) const;
  void each_member(const std::function<bool(std::string_view, Value)>& member) const;
  std::size_t size() const;

  // The value again as minified JSON.
  std::string minified() const;

 private:
  friend class Document;
  struct Raw {
    const void* document;
    std::size_t index;
  };
  explicit Value(Raw raw) : raw_(raw) {}
  Raw raw_;
};

class Document {
 public:
  static Result<Document> parse(std::string_view text);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();
  Value root() const;

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// `text` as a quoted JSON string.
std::string quote(std::string_view text);

}  // namespace cdp::json
