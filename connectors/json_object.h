// JsonObject: writes one minified JSON object, member by member; what event properties and composed
// attributes are made of.
//
// Keys are names from our own code: plain ASCII, never input. Absent, null and empty values are
// left out: missing is not false. Thread-safety: a value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cdp/core/event/json.h"

namespace cdp::connectors {

class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value) {
    return value.empty() ? *this : raw(key, json::quote(value));
  }
  JsonObject& text_if(std::string_view key, const std::optional<std::string>& value) {
    return value ? text(key, std::string_view(*value)) : *this;
  }
  JsonObject& copy(std::string_view key, const std::optional<json::Value>& value) {
    return value && !value->is_null() ? raw(key, value->minified()) : *this;
  }
  // `value` is one JSON value.
  JsonObject& raw(std::string_view key, std::string_view value) {
    text_.push_back(text_.empty() ? '{' : ',');
    text_.push_back('"');
    text_.append(key).append("\":").append(value);
    return *this;
  }
  bool empty() const { return text_.empty(); }
  // The object; empty text when it has no members.
  std::string take() {
    if (!text_.empty()) text_.push_back('}');
    return std::move(text_);
  }

 private:
  std::string text_;
};

}  // namespace cdp::connectors
