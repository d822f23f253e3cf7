// The layouts of the sections of the United States, as a table: what stands in which order.
// Used by us_privacy.cc, which holds the contract.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cdp::consent::signals {

// Two bits for each value.
struct UsFieldLayout {
  std::string_view name;
  std::uint8_t count = 1;
  bool is_list = false;
};

enum class UsSecondSegment : std::uint8_t { none, gpc, sensitive_data };

struct UsLayout {
  unsigned id = 0;
  std::string_view name;
  unsigned version_max = 0;  // 0: the first field is the version of the agreement, any
  UsSecondSegment second = UsSecondSegment::none;
  std::span<const UsFieldLayout> fields;
};

std::span<const UsLayout> us_layouts();

inline constexpr std::uint8_t kSensitiveDataSegmentCount = 8;

}  // namespace cdp::consent::signals
