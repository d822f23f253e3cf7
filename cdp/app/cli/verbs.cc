#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {

std::vector<Verb> all_verbs() {
  std::vector<Verb> all = {init_verb(), serve_verb()};
  const auto add = [&](std::vector<Verb> more) {
    for (auto& verb : more) all.push_back(std::move(verb));
  };
  add(source_verbs());
  add(destination_verbs());
  add({secret_verb()});
  add(token_verbs());
  add({import_verb(), lookup_verb()});
  add(consent_verbs());
  add({consent_decode_verb()});
  add(request_verbs());
  add({erase_verb()});
  add(merge_verbs());
  add(match_verbs());
  add(audit_verbs());
  add({stats_verb(), doctor_verb(), demo_verb()});
  return all;
}

}  // namespace cdp::app::cli
