#include "cdp/core/event/json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "cdp/core/base/limits.h"
#include "cdp/core/event/json_diagnosis.h"

namespace cdp::json {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// The parser may see a few levels more than we accept: the walk counts exactly.
constexpr std::size_t kParserDepth = limits::kJsonDepthMax + 8;
// A thread's parser keeps its buffers between calls up to this; a rare giant gives them back.
constexpr std::size_t kKeptBufferBytes = 1024 * 1024;
// Up to here comparing every pair of keys is cheaper than sorting them.
constexpr std::size_t kPairwiseKeysMax = 16;

struct Walk {
  std::optional<Refused> refused;
  std::vector<std::string_view> sorting;  // reused; grows only for objects with many members
};

void check(element value, std::size_t depth, Walk* walk);

bool all_different_sorted(const simdjson::dom::object& object,
                          std::vector<std::string_view>* keys) {
  keys->clear();
  for (const auto& member : object) keys->push_back(member.key);
  std::sort(keys->begin(), keys->end());
  return std::adjacent_find(keys->begin(), keys->end()) == keys->end();
}

void check_object(const simdjson::dom::object& object, std::size_t depth, Walk* walk) {
  std::array<std::string_view, kPairwiseKeysMax> seen;
  std::size_t count = 0;
  const bool few = object.size() <= kPairwiseKeysMax;
  if (!few && !all_different_sorted(object, &walk->sorting)) {
    walk->refused = Refused::duplicate_key;
    return;
  }
  for (const auto& member : object) {
    if (few) {
      const auto end = seen.begin() + static_cast<std::ptrdiff_t>(count);
      if (std::find(seen.begin(), end, member.key) != end) {
        walk->refused = Refused::duplicate_key;
        return;
      }
      seen[count++] = member.key;
    }
    check(member.value, depth, walk);
    if (walk->refused) return;
  }
}

// `depth` is the number of objects and arrays around `value`.
void check(element value, std::size_t depth, Walk* walk) {
  const element_type type = value.type();
  if (type != element_type::OBJECT && type != element_type::ARRAY) return;
  if (depth >= limits::kJsonDepthMax) {
    walk->refused = Refused::too_deep;
    return;
  }
  if (type == element_type::OBJECT) {
    check_object(value.get_object().value_unsafe(), depth + 1, walk);
    return;
  }
  const simdjson::dom::array items = value.get_array().value_unsafe();
  for (element item : items) {
    check(item, depth + 1, walk);
    if (walk->refused) return;
  }
}

simdjson::error_code parse_into(simdjson::dom::document* document, std::string_view text) {
  thread_local std::optional<simdjson::dom::parser> parser;
  if (!parser) {
    parser.emplace();
    if (const auto error = parser->allocate(4096, kParserDepth)) return error;
  }
  const auto error = parser->parse_into_document(*document, text.data(), text.size(), true).error();
  if (parser->capacity() > kKeptBufferBytes) parser.reset();
  return error;
}

template <class T>
std::optional<T> value_or_none(simdjson::simdjson_result<T> result) {
  if (result.error() != simdjson::SUCCESS) return std::nullopt;
  return result.value_unsafe();
}

}  // namespace

struct Document::Impl {
  simdjson::dom::document document;  // owns every string and number; values point to it
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  const simdjson::error_code error = parse_into(&impl->document, text);
  if (error == simdjson::MEMALLOC) {
    return fail(ErrorCode::overloaded, "no memory to read this JSON", "send less at once");
  }
  if (error != simdjson::SUCCESS) return fail(diagnose(text, Refused::malformed));
  Walk walk;
  check(impl->document.root(), 0, &walk);
  if (walk.refused) return fail(diagnose(text, *walk.refused));
  return Document(std::move(impl));
}

// Value::Raw is simdjson's element (a document and an index on its tape) under a name that keeps
// the heavy header out of ours.
Value Document::root() const {
  static_assert(sizeof(Value::Raw) == sizeof(element));
  static_assert(std::is_trivially_copyable_v<element>);
  return Value(std::bit_cast<Value::Raw>(impl_->document.root()));
}

Kind Value::kind() const {
  switch (std::bit_cast<element>(raw_).type()) {
    case element_type::ARRAY:
      return Kind::array;
    case element_type::OBJECT:
      return Kind::object;
    case element_type::INT64:
      return Kind::integer;
    case element_type::UINT64:
      return Kind::unsigned_integer;
    case element_type::DOUBLE:
      return Kind::real;
    case element_type::STRING:
      return Kind::string;
    case element_type::BOOL:
      return Kind::boolean;
    case element_type::NULL_VALUE:
      return Kind::null;
  }
  return Kind::null;
}

std::optional<std::string_view> Value::string() const {
  return value_or_none(std::bit_cast<element>(raw_).get_string());
}

std::optional<bool> Value::boolean() const {
  return value_or_none(std::bit_cast<element>(raw_).get_bool());
}

std::optional<std::int64_t> Value::integer() const {
  return value_or_none(std::bit_cast<element>(raw_).get_int64());
}

std::optional<double> Value::number() const {
  return value_or_none(std::bit_cast<element>(raw_).get_double());
}

std::optional<Value> Value::get(std::string_view key) const {
  const auto found = std::bit_cast<element>(raw_).at_key(key);
  if (found.error() != simdjson::SUCCESS) return std::nullopt;
  return Value(std::bit_cast<Raw>(found.value_unsafe()));
}

std::optional<Value> Value::at(std::string_view json_pointer) const {
  const auto found = std::bit_cast<element>(raw_).at_pointer(json_pointer);
  if (found.error() != simdjson::SUCCESS) return std::nullopt;
  return Value(std::bit_cast<Raw>(found.value_unsafe()));
}

std::optional<std::string_view> Value::text(std::string_view key) const {
  const auto member = get(key);
  if (!member) return std::nullopt;
  const auto found = member->string();
  return found && !found->empty() ? found : std::nullopt;
}

std::optional<std::string> Value::id_text(std::string_view key) const {
  const auto member = get(key);
  if (!member) return std::nullopt;
  const element value = std::bit_cast<element>(member->raw_);
  if (value.is<std::int64_t>()) return std::to_string(value.get_int64().value_unsafe());
  if (value.is<std::uint64_t>()) return std::to_string(value.get_uint64().value_unsafe());
  const auto found = member->string();
  if (!found || found->empty()) return std::nullopt;
  return std::string(*found);
}

void Value::each(const std::function<bool(Value)>& item) const {
  const auto items = value_or_none(std::bit_cast<element>(raw_).get_array());
  if (!items) return;
  for (element value : *items) {
    if (!item(Value(std::bit_cast<Raw>(value)))) return;
  }
}

void Value::each_member(const std::function<bool(std::string_view, Value)>& member) const {
  const auto fields = value_or_none(std::bit_cast<element>(raw_).get_object());
  if (!fields) return;
  for (const auto& field : *fields) {
    if (!member(field.key, Value(std::bit_cast<Raw>(field.value)))) return;
  }
}

std::size_t Value::size() const {
  const element value = std::bit_cast<element>(raw_);
  if (const auto items = value_or_none(value.get_array())) return items->size();
  if (const auto fields = value_or_none(value.get_object())) return fields->size();
  return 0;
}

std::string Value::minified() const {
  simdjson::internal::string_builder<> builder;
  builder.append(std::bit_cast<element>(raw_));
  return std::string(builder.str());
}

}  // namespace cdp::json
