#include "cdp/app/config/double_opt_in.h"

#include <algorithm>

#include "cdp/app/config/mail_texts.h"
#include "cdp/app/config/preference.h"
#include "cdp/app/config/reader.h"
#include "consent/opt_in.h"
#include "consent/preference_centre/mail_words.h"

namespace cdp::app {
namespace {

constexpr std::int64_t kLinkDaysMax = 30;
constexpr std::int64_t kMailsPerDayMax = 10;

}  // namespace

void read_double_opt_in(const ConfigNode& node, consent::Policy* policy,
                        std::vector<Problem>* problems) {
  auto& config = policy->double_opt_in;
  TableReader reader(node, "double opt-in", problems);
  reader.texts("purposes", &config.purposes);
  if (reader.texts("origins", &config.origins) &&
      !std::ranges::all_of(config.origins, [](const auto& one) { return is_base_url(one); })) {
    reader.refuse("origins", "an origin is not https and a host, without a path",
                  "origins = [\"https://shop.example\"]");
  }
  std::int64_t days = 7;
  if (reader.integer("link_days", 1, kLinkDaysMax, &days)) config.link_life = Duration::days(days);
  reader.integer("mails_per_day", 1, kMailsPerDayMax, &config.mails_per_day);
  read_mail_texts(reader.table("mail"), consent::preference_centre::opt_in_placeholders(),
                  &config.mail, problems);
  reader.finish();
}

void check_double_opt_in(const ConfigNode* node, const consent::Policy& policy,
                         std::vector<Problem>* problems) {
  if (node == nullptr) return;
  const auto report = [&](std::string_view key, std::string what, std::string hint) {
    const ConfigNode* at = node->find(key);
    if (at == nullptr) at = node;
    problems->push_back({at->line, at->column, std::move(what), std::move(hint)});
  };
  for (const auto& key : policy.double_opt_in.purposes) {
    const auto* purpose = policy.purpose(key);
    if (purpose == nullptr) {
      report("purposes", "the form offers a purpose that is not configured",
             "name one of [purpose]");
    } else if (purpose->channel != "email" || purpose->basis != event::Basis::consent) {
      report("purposes", "the form offers a purpose that is no consent to e-mail",
             "a double opt-in proves a mailbox, and nothing else (channel = \"email\")");
    }
  }
  if (policy.double_opt_in.purposes.empty() &&
      std::ranges::none_of(policy.purposes, [](const auto& entry) {
        return entry.second.first_grant == event::Grade::double_opt_in;
      })) {
    report("purposes", "there is nothing to ask for by double opt-in",
           "purposes = [\"marketing.communications.email\"]");
  }
  if (policy.mail.kind == consent::MailConfig::Kind::none) {
    report("purposes", "a double opt-in has no way to write to anybody",
           "add [preference_centre] with base_url, and [mail]");
  }
  if (policy.ages.unknown_is_child) {
    report("purposes", "a form cannot ask people who count as children until known otherwise",
           "remove it: a child's own yes counts for nothing (GDPR Art. 8)");
  }
}

}  // namespace cdp::app
