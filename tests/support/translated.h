// Reads what a translator answered: the observation with its Pii opened, or the reason of a
// verdict.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "connectors/source.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::testing {

inline const event::Observation* observation_in(const connectors::Translated& verdict) {
  return std::get_if<event::Observation>(&verdict);
}

// "observation", "privacy_order", "rejected:<reason>" or "ignored:<reason>".
inline std::string outcome_of(const connectors::Translated& verdict) {
  if (const auto* rejected = std::get_if<connectors::Rejected>(&verdict)) {
    return "rejected:" + rejected->reason;
  }
  if (const auto* ignored = std::get_if<connectors::Ignored>(&verdict)) {
    return "ignored:" + ignored->reason;
  }
  return observation_in(verdict) != nullptr ? "observation" : "privacy_order";
}

// The JSON of an attribute; "-" when it is absent.
inline std::string attribute_of(const event::Observation& observation, std::string_view name) {
  for (const auto& attribute : observation.attributes) {
    if (attribute.name == name) return reveal(attribute.json);
  }
  return "-";
}

// "type=value" of every identifier, sorted.
inline std::vector<std::string> identifiers_of(const std::vector<event::Identifier>& identifiers) {
  std::vector<std::string> out;
  for (const auto& identifier : identifiers) {
    out.push_back(identifier.type + "=" + reveal(identifier.value));
  }
  std::sort(out.begin(), out.end());
  return out;
}

// "purpose choice grade method [contact]" of every statement, in order; "state:" before a state.
inline std::vector<std::string> statements_of(const event::Observation& observation) {
  std::vector<std::string> out;
  for (const auto& statement : observation.statements) {
    std::string line = statement.is_state ? "state: " : "";
    line.append(statement.purpose).append(" ").append(event::to_string(statement.choice));
    line.append(" ").append(event::to_string(statement.grade)).append(" ").append(statement.method);
    if (statement.contact_point) {
      line.append(" ").append(statement.contact_point->type).append("=");
      line.append(reveal(statement.contact_point->value));
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace cdp::testing
