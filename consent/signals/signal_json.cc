#include "consent/signals/signal_json.h"

#include "cdp/core/event/json.h"

namespace cdp::consent::signals {

SignalJson& SignalJson::raw(std::string_view key, std::string_view json) {
  if (out_.size() > 1) out_ += ',';
  out_.append(json::quote(key)).append(":").append(json);
  return *this;
}

SignalJson& SignalJson::number(std::string_view key, std::uint64_t value) {
  return raw(key, std::to_string(value));
}

SignalJson& SignalJson::numbers(std::string_view key, const std::vector<std::uint8_t>& values) {
  std::string list = "[";
  for (const unsigned value : values) {
    if (list.size() > 1) list += ',';
    list += std::to_string(value);
  }
  return raw(key, list + "]");
}

SignalJson& SignalJson::flag(std::string_view key, bool value) {
  return raw(key, value ? "true" : "false");
}

SignalJson& SignalJson::text(std::string_view key, std::string_view value) {
  return raw(key, json::quote(value));
}

SignalJson& SignalJson::time(std::string_view key, Time value) {
  return text(key, to_rfc3339(value));
}

SignalJson& SignalJson::ids(std::string_view key, const IdSet& value) {
  return raw(key, value.json());
}

}  // namespace cdp::consent::signals
