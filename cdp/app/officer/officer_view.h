// OfficerView: one person as the officer may see them: every record, every attribute, the effective
// consent with its reasons, and what one destination would get and why. Never served to
// destinations. Each use is an audit entry of its own (cdp/app/api/person_api).
//
// Thread-safety: stateless.
#pragma once

#include <optional>
#include <string>

#include "consent/gate.h"
#include "identity/profile.h"

namespace cdp::app {

class OfficerView {
 public:
  struct Question {
    std::string destination;  // empty: no explanation of a destination's view
    std::string purpose;
    bool show_values = false;  // personal data only when asked for
  };
  // {"known","subject","records":[{source,attributes}],"effective":[...],"explanation":[...]}.
  // `effective` says what the gate would (consent/standing.h); `link_index` is the gate's. Errors:
  // those of Gate::explain.
  static Result<std::string> render(const identity::Profile* profile, const consent::Policy& policy,
                                    const consent::Gate& gate, const crypto::BlindIndex& link_index,
                                    const Question& question, Time now);
};

}  // namespace cdp::app
