// Source: the inbound half of a connector: bytes -> observations, pure. Sockets, keys' storage, the
// ledger and the clock live elsewhere; a connector takes values and returns values (DESIGN §2).
//
// Thread-safety: translators are const and safe. Errors: unauthenticated for a wrong signature (no
// detail), invalid_argument for bytes that are not this vendor's format at all. A single message
// that cannot be used is a Verdict, never an Error: it must not lose its neighbours.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cdp/core/event/observation.h"

namespace cdp::connectors {

// Why one message was not taken. `reason` is a bounded label for cdp_events_rejected_total{reason};
// never personal data.
struct Rejected {
  std::string reason;  // "missing_persona", "malformed", "unknown_topic", "too_large", ...
  std::string hint;
};

// Taken and deliberately without effect (a topic about products): counted, answered as accepted.
struct Ignored {
  std::string reason;
};

using Translated = std::variant<event::Observation, event::PrivacyOrder, Rejected, Ignored>;

struct Delivery {
  std::string_view body;                                     // raw bytes, as signed
  std::vector<std::pair<std::string, std::string>> headers;  // names lower-case
  std::vector<std::pair<std::string, std::string>> query;
  Time received_at;
  // First value; empty when absent. `name` lower-case.
  std::string_view header(std::string_view name) const { return first(headers, name); }
  std::string_view query_value(std::string_view name) const { return first(query, name); }

 private:
  static std::string_view first(const std::vector<std::pair<std::string, std::string>>& list,
                                std::string_view name) {
    for (const auto& [key, value] : list) {
      if (key == name) return value;
    }
    return {};
  }
};

class Source {
 public:
  virtual ~Source() = default;
  // Checks who sent it, over the raw bytes. Errors: unauthenticated.
  virtual Result<void> authenticate(const Delivery& delivery) const = 0;
  // In the order of the delivery.
  virtual Result<std::vector<Translated>> translate(const Delivery& delivery) const = 0;
};

}  // namespace cdp::connectors
