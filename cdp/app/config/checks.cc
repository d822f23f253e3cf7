#include "cdp/app/config/checks.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "cdp/app/config/double_opt_in.h"
#include "cdp/app/config/law.h"
#include "cdp/app/config/reader.h"
#include "cdp/app/config/signals.h"
#include "connectors/csv/column_map.h"

namespace cdp::app {

namespace {

using consent::AttributeRule;
using consent::DestinationConfig;
using consent::Policy;
using consent::Purpose;
using consent::SourceConfig;
using event::Basis;

// Reports at the deepest of `path` that the file has.
class Reporter {
 public:
  Reporter(const ConfigNode& root, std::vector<Problem>* problems)
      : root_(root), problems_(problems) {}

  void operator()(std::initializer_list<std::string_view> path, std::string what,
                  std::string hint) const {
    const ConfigNode* node = &root_;
    for (const std::string_view name : path) {
      const ConfigNode* next = step(*node, name);
      if (next == nullptr) break;
      node = next;
    }
    const bool found = node != &root_;
    problems_->push_back(
        {found ? node->line : 0, found ? node->column : 0, std::move(what), std::move(hint)});
  }

 private:
  static const ConfigNode* step(const ConfigNode& node, std::string_view name) {
    if (node.kind != ConfigNode::Kind::list) return node.find(name);
    for (const ConfigNode& child : node.children) {
      if (child.text == name) return &child;
    }
    return nullptr;
  }
  const ConfigNode& root_;
  std::vector<Problem>* problems_;
};

bool covers_some(const Policy& policy, std::string_view parent) {
  return std::any_of(policy.purposes.begin(), policy.purposes.end(),
                     [&](const auto& entry) { return consent::covers(parent, entry.first); });
}

// For hints: what could have been meant.
std::string purposes_of(const Policy& policy) {
  if (policy.purposes.empty()) return "no purpose is configured: name a pack";
  std::vector<std::string> keys;
  for (const auto& [key, purpose] : policy.purposes) keys.push_back(key);
  return "configured: " + listed(keys);
}

bool serves(const AttributeRule& rule, const std::vector<std::string>& purposes) {
  return rule.purposes.empty() ||
         std::any_of(purposes.begin(), purposes.end(), [&](const std::string& purpose) {
           return std::any_of(rule.purposes.begin(), rule.purposes.end(),
                              [&](const auto& mapped) { return consent::covers(mapped, purpose); });
         });
}

void check_destination(const Reporter& report, const Policy& policy,
                       const DestinationConfig& destination) {
  const std::string_view name = destination.name;
  bool known = true;
  for (const std::string& purpose : destination.purposes) {
    if (policy.purposes.contains(purpose)) continue;
    known = false;
    report({"destination", name, "purposes", purpose},
           "the destination names a purpose that is not configured", purposes_of(policy));
  }
  for (const std::string& attribute : destination.attributes) {
    const auto it = policy.attributes.find(attribute);
    if (it == policy.attributes.end()) {
      report({"destination", name, "attributes", attribute},
             "the destination names an attribute that is not in the data map",
             "add [attribute.NAME] with its category and purposes");
    } else if (known && !serves(it->second, destination.purposes)) {
      report({"destination", name, "attributes", attribute},
             "the attribute serves none of the destination's purposes, so it could never leave",
             "the data map allows it for: " + listed(it->second.purposes));
    }
  }
}

void check_columns(const Reporter& report, const Policy& policy, const SourceConfig& source) {
  using Kind = connectors::csv::Target::Kind;
  for (const auto& [column, text] : source.columns) {
    const auto target = connectors::csv::parse_target(column, text);
    if (!target) {
      report({"source", source.name, "columns", column}, "the column feeds nothing that is known",
             "id, email, phone, identifier:TYPE, attribute:NAME, consent:PURPOSE, "
             "consent_date:PURPOSE, consent_method:PURPOSE, event, occurred_at, property:NAME or "
             "ignore");
      continue;
    }
    const bool of_consent = target->kind == Kind::consent || target->kind == Kind::consent_date ||
                            target->kind == Kind::consent_method;
    if (!of_consent || policy.purposes.contains(target->name)) continue;
    report({"source", source.name, "columns", column},
           "the column feeds a purpose that is not configured", purposes_of(policy));
  }
}

void check_source(const Reporter& report, const Policy& policy, const SourceConfig& source) {
  for (const auto& [category, purpose] : source.categories) {
    if (policy.purposes.contains(purpose)) continue;
    report({"source", source.name, "categories", category},
           "the category means a purpose that is not configured", purposes_of(policy));
  }
  check_columns(report, policy, source);
  if (source.kind != "shopify" && source.kind != "mailchimp") return;
  const auto check = [&](std::string_view key, const std::string& purpose, std::string_view channel,
                         bool must_exist) {
    const Purpose* meant = policy.purpose(purpose);
    if (meant == nullptr) {
      if (!must_exist) return;
      report({"source", source.name, key},
             "the vendor's consent means a purpose that is not configured", purposes_of(policy));
    } else if (meant->channel != channel) {
      report({"source", source.name, key},
             "the vendor's consent means a purpose of another channel",
             "the purpose needs channel = \"" + std::string(channel) + "\"");
    }
  };
  const SourceConfig usual;
  check("purpose_email", source.purpose_email, "email", true);
  check("purpose_sms", source.purpose_sms, "sms", source.purpose_sms != usual.purpose_sms);
  check("purpose_whatsapp", source.purpose_whatsapp, "whatsapp",
        source.purpose_whatsapp != usual.purpose_whatsapp);
}

bool is_device_storage(const Purpose& purpose) {
  return consent::covers("functional.storage", purpose.key) ||
         consent::covers("device_storage", purpose.key);
}

// What the order itself needs is told by its fideslang key; nothing else of a purpose does.
constexpr std::string_view kOwnMessages =
    "messages about an order, an account or a duty are named below essential, as in "
    "\"essential.service.notifications.email\"";

std::string cited(std::string advice, std::string_view articles) {
  return std::move(advice) + " (" + std::string(articles) + ")";
}

// What is wrong, and what to write instead; empty when the contract can be the basis.
std::pair<std::string, std::string> contract_refused(const Policy& policy, const Purpose& purpose,
                                                     const Articles& law) {
  if (is_advertising(policy, purpose)) {
    std::string advice = "use consent: advertising is not needed to perform the contract";
    if (!purpose.channel.empty()) advice += "; " + std::string(kOwnMessages);
    return {"marketing cannot rest on a contract", cited(advice, law.contract)};
  }
  for (const std::string_view use : {"personalize", "analytics", "train_ai_system"}) {
    if (!consent::covers(use, purpose.key)) continue;
    return {"personalisation, statistics and training cannot rest on a contract",
            cited("use consent, or legitimate_interest with an assessment: useful is not necessary",
                  law.contract)};
  }
  if (consent::covers("essential", purpose.key) || !purpose.assessment.empty()) return {};
  return {"a contract as the basis does not say why the contract needs it",
          cited("assessment = \"reference of the document\", or name the purpose below essential",
                law.contract)};
}

// The same for an interest of the controller's.
std::pair<std::string, std::string> interest_refused(const Policy& policy, const Purpose& purpose,
                                                     const Articles& law) {
  if (purpose.channel == "email" && is_advertising(policy, purpose)) {
    return {"e-mail marketing cannot rest on a legitimate interest",
            cited("use consent or soft_opt_in; " + std::string(kOwnMessages),
                  std::string(law.messages) + ", " + std::string(law.soft_opt_in))};
  }
  if (is_given_away(purpose)) {
    return {
        "giving data to others for advertising or purposes of their own cannot rest on a "
        "legitimate interest",
        cited("use consent; where the law of a place lets it be until told no, say so in "
              "[default.US]",
              std::string(law.interest) + "; CJEU C-252/21, para. 117")};
  }
  if (!purpose.assessment.empty()) return {};
  return {"a legitimate interest needs its balancing test",
          cited("assessment = \"reference of the document\"", law.interest)};
}

std::pair<std::string, std::string> soft_opt_in_refused(const Purpose& purpose,
                                                        const Articles& law) {
  if (purpose.channel != "email") {
    return {"the soft opt-in is for e-mail only",
            cited("use consent, or channel = \"email\"", law.soft_opt_in)};
  }
  if (purpose.sale_or_share) {
    return {"the soft opt-in is for your own products, never for selling or sharing data",
            cited("use consent", law.soft_opt_in)};
  }
  if (!purpose.opt_out_offered.empty()) return {};
  return {
      "the soft opt-in does not say where customers can refuse",
      cited("opt_out_offered = \"checkout\": it must be offered when the address is taken and in "
            "every mail",
            law.soft_opt_in)};
}

std::pair<std::string, std::string> basis_refused(const Policy& policy, const Purpose& purpose,
                                                  const Articles& law) {
  if (purpose.basis == Basis::consent) return {};
  const bool advertising = is_advertising(policy, purpose);
  const bool to_phone = purpose.channel == "sms" || purpose.channel == "whatsapp";
  if (advertising && purpose.basis == Basis::legal_obligation) {
    return {
        "marketing cannot rest on a legal obligation",
        cited(purpose.channel.empty() ? "use consent" : "use consent; " + std::string(kOwnMessages),
              law.legal_obligation)};
  }
  if (advertising && to_phone && purpose.basis != Basis::contract) {
    return {"marketing to a phone cannot rest on anything but consent",
            cited("use consent; " + std::string(kOwnMessages),
                  std::string(law.messages) + "; 47 CFR 64.1200")};
  }
  if (is_device_storage(purpose)) {
    return {"storing on a person's device cannot rest on anything but consent",
            cited("use consent", law.storage)};
  }
  if (purpose.basis == Basis::contract) return contract_refused(policy, purpose, law);
  if (purpose.basis == Basis::soft_opt_in) return soft_opt_in_refused(purpose, law);
  if (purpose.basis != Basis::legitimate_interest) return {};
  return interest_refused(policy, purpose, law);
}

void check_basis(const Reporter& report, const Policy& policy, const Purpose& purpose) {
  auto [what, hint] = basis_refused(policy, purpose, articles_of(policy.home_jurisdiction));
  if (what.empty()) return;
  report({"purpose", purpose.key, "basis"}, std::move(what), std::move(hint));
}

// GDPR Art. 9(1) and 10, by their fideslang categories; Cal. Civ. Code 1798.140(ae) adds the rest.
bool is_special(const std::string& category) {
  static constexpr std::array<std::string_view, 14> kSpecial = {
      "user.health_and_medical",
      "user.biometric",
      "user.genetic",
      "user.criminal_history",
      "user.demographic.race_ethnicity",
      "user.demographic.religious_belief",
      "user.demographic.political_opinion",
      "user.demographic.sexual_orientation",
      "user.demographic.philosophical_belief",
      "user.demographic.trade_union_membership",
      "user.location.precise",
      "user.government_id",
      "user.financial.bank_account",
      "user.account.settings.password"};
  return std::any_of(kSpecial.begin(), kSpecial.end(),
                     [&](std::string_view special) { return consent::covers(special, category); });
}

void check_sensitive(const Reporter& report, const Policy& policy, const AttributeRule& rule) {
  if (is_special(rule.category) && !rule.sensitive) {
    report({"attribute", rule.name, "category"},
           "the category is one of those that the law protects most, and the attribute is not "
           "marked",
           "sensitive = true (" + std::string(articles_of(policy.home_jurisdiction).sensitive) +
               "; Cal. Civ. Code 1798.140(ae))");
  }
  if (!rule.sensitive) return;
  if (rule.purposes.empty()) {
    report({"attribute", rule.name}, "a sensitive attribute names no purpose",
           "purposes = [...], each resting on consent (GDPR Art. 9(2)(a))");
  }
  for (const std::string& mapped : rule.purposes) {
    for (const auto& [key, purpose] : policy.purposes) {
      if (!consent::covers(mapped, key) || purpose.basis == Basis::consent) continue;
      report({"attribute", rule.name, "purposes", mapped},
             "a sensitive attribute serves a purpose that does not rest on consent",
             "name only purposes that rest on consent (GDPR Art. 9(2)(a))");
      break;
    }
  }
}

void check_notice(const Reporter& report, const Policy& policy, const consent::Notice& notice) {
  const auto unknown = [&](const std::string& purpose, const char* part) {
    if (policy.purposes.contains(purpose)) return;
    report({"notice", notice.version, part, purpose},
           "the notice speaks of a purpose that is not configured", purposes_of(policy));
  };
  for (const std::string& purpose : notice.material) unknown(purpose, "material");
  for (const auto& text : notice.texts) {
    unknown(text.purpose, text.jurisdiction.empty() ? "text" : "in");
  }
}

// Does the cell open advertising by e-mail?
bool reaches_mail(const Policy& policy, const consent::Default& cell) {
  if (!cell.channel.empty() && cell.channel != "email") return false;
  return std::any_of(policy.purposes.begin(), policy.purposes.end(), [&](const auto& entry) {
    return entry.second.channel == "email" && consent::covers(cell.purpose, entry.first) &&
           consent::is_marketing(entry.second);
  });
}

void check_default(const Reporter& report, const Policy& policy, const consent::Default& cell) {
  if (!covers_some(policy, cell.purpose)) {
    report({"default", cell.jurisdiction, cell.purpose},
           "the default is for a purpose that is not configured", purposes_of(policy));
    return;
  }
  if (!cell.allowed_without_statement) return;
  const AsksFirst law = asks_first(cell.jurisdiction);
  const bool everything = law.reach == AsksFirst::Reach::everything;
  if (everything || (law.reach == AsksFirst::Reach::messages && reaches_mail(policy, cell))) {
    report({"default", cell.jurisdiction, cell.purpose},
           everything
               ? "an opt-out default is not lawful in this country"
               : "an opt-out default for advertising by e-mail is not lawful in this country",
           "remove it: consent comes first there (" + std::string(law.law) + ")");
    return;
  }
  for (const auto& [key, purpose] : policy.purposes) {
    if (!consent::covers(cell.purpose, key) || !consent::never_opt_out(purpose)) continue;
    report({"default", cell.jurisdiction, cell.purpose},
           "an opt-out default reaches messages to a phone or storage on a device",
           "name narrower purposes: " + key +
               " asks first everywhere (47 CFR 64.1200, ePrivacy "
               "Directive Art. 5(3))");
    return;
  }
}

}  // namespace

void check_names(const ConfigNode& root, const Policy& policy, std::vector<Problem>* problems) {
  const Reporter report(root, problems);
  for (const auto& [name, source] : policy.sources) check_source(report, policy, source);
  for (const auto& [name, destination] : policy.destinations) {
    check_destination(report, policy, destination);
    if (!destination.source.empty() && !policy.sources.contains(destination.source)) {
      report({"destination", name, "source"}, "the destination's vendor speaks through no source",
             "source = \"NAME\" of one of [source], or leave it out");
    }
    if (!policy.sources.contains(name)) continue;
    report({"destination", name}, "a source has the same name", "names are unique in the file");
  }
  for (const auto& [version, notice] : policy.notices) check_notice(report, policy, notice);
  check_signals(root.find("signals"), policy, problems);
  check_double_opt_in(root.find("double_opt_in"), policy, problems);
  for (const auto& [name, rule] : policy.attributes) {
    for (const std::string& purpose : rule.purposes) {
      if (covers_some(policy, purpose)) continue;
      report({"attribute", name, "purposes", purpose},
             "the attribute serves a purpose that is not configured", purposes_of(policy));
    }
  }
}

void check_law(const ConfigNode& root, const Policy& policy, std::vector<Problem>* problems) {
  const Reporter report(root, problems);
  for (const auto& [key, purpose] : policy.purposes) check_basis(report, policy, purpose);
  for (const auto& [name, rule] : policy.attributes) check_sensitive(report, policy, rule);
  for (const consent::Default& cell : policy.defaults) check_default(report, policy, cell);
}

std::vector<Problem> doubts_of(const ConfigNode& root, const Policy& policy) {
  std::vector<Problem> doubts;
  const Reporter report(root, &doubts);
  for (const consent::Default& cell : policy.defaults) {
    const auto reach = asks_first(cell.jurisdiction).reach;
    if (!cell.allowed_without_statement || reach == AsksFirst::Reach::nothing) continue;
    report({"default", cell.jurisdiction, cell.purpose},
           "an opt-out default stands for a place whose law is not known here",
           "ask a lawyer of that place; without the default consent comes first");
  }
  return doubts;
}

}  // namespace cdp::app
