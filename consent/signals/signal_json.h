// A JSON object written member by member, in the order of the calls: the canonical rendering of the
// consent strings.
//
// Thread-safety: a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/time.h"
#include "consent/signals/id_set.h"

namespace cdp::consent::signals {

class SignalJson {
 public:
  SignalJson& number(std::string_view key, std::uint64_t value);
  SignalJson& numbers(std::string_view key, const std::vector<std::uint8_t>& values);
  SignalJson& flag(std::string_view key, bool value);
  SignalJson& text(std::string_view key, std::string_view value);
  SignalJson& time(std::string_view key, Time value);
  SignalJson& ids(std::string_view key, const IdSet& value);
  SignalJson& raw(std::string_view key, std::string_view json);
  std::string done() const { return out_ + "}"; }

 private:
  std::string out_ = "{";
};

}  // namespace cdp::consent::signals
