#include "cdp/app/config/signals.h"

#include <algorithm>
#include <map>
#include <string>

#include "cdp/app/config/reader.h"
#include "consent/signals/consent_mode.h"

namespace cdp::app {
namespace {

using consent::Policy;
using consent::signals::SignalMap;
using Kind = ConfigNode::Kind;

constexpr std::int64_t kTcfPurposeMax = 24;
constexpr std::int64_t kVendorIdMax = 65'535;

void problem(const ConfigNode& at, std::string what, std::string hint,
             std::vector<Problem>* problems) {
  problems->push_back({at.line, at.column, std::move(what), std::move(hint)});
}

void read_tcf(const ConfigNode* node, SignalMap* map, std::vector<Problem>* problems) {
  if (node == nullptr) return;
  for (const ConfigNode& entry : node->children) {
    std::vector<std::uint32_t> ids;
    bool good = entry.kind == Kind::list;
    for (const ConfigNode& item : entry.children) {
      good =
          good && item.kind == Kind::integer && item.integer >= 1 && item.integer <= kTcfPurposeMax;
      ids.push_back(static_cast<std::uint32_t>(item.integer));
    }
    if (!good) {
      problem(entry, "a purpose needs what is no list of TCF purposes",
              "\"personalize.content\" = [5, 6]; they are numbered 1 to 24", problems);
      continue;
    }
    map->tcf[entry.key] = std::move(ids);
  }
}

void read_vendors(const ConfigNode* node, SignalMap* map, std::vector<Problem>* problems) {
  if (node == nullptr) return;
  for (const ConfigNode& entry : node->children) {
    if (entry.kind != Kind::integer || entry.integer < 1 || entry.integer > kVendorIdMax) {
      problem(entry, "a destination has no id of the Global Vendor List",
              "ads = 755; ids are numbers up to 65535", problems);
      continue;
    }
    map->tcf_vendors[entry.key] = static_cast<std::uint32_t>(entry.integer);
  }
}

void read_lists(const ConfigNode* node, std::map<std::string, std::vector<std::string>>* out,
                std::vector<Problem>* problems) {
  if (node == nullptr) return;
  TableReader reader(*node, "signals table", problems);
  for (const ConfigNode& entry : node->children) {
    std::vector<std::string> needs;
    if (reader.texts(entry.key, &needs)) (*out)[entry.key] = std::move(needs);
  }
  reader.finish();
}

void check_purpose(const ConfigNode& entry, const Policy& policy, std::vector<Problem>* problems) {
  const auto* purpose = policy.purpose(entry.key);
  if (purpose == nullptr) {
    problem(entry, "a signal is about a purpose that is not configured",
            "name a purpose of the file or its pack", problems);
  } else if (!purpose->channel.empty()) {
    problem(entry, "a signal of a web page cannot open a channel to a person",
            "only what is bound to an address does: remove it (ePrivacy Directive Art. 13(1))",
            problems);
  }
}

void check_purposes(const ConfigNode* node, const Policy& policy, std::vector<Problem>* problems) {
  if (node == nullptr) return;
  for (const ConfigNode& entry : node->children) check_purpose(entry, policy, problems);
}

// A no may name more than a purpose: a parent, a data category, or sale and sharing as a whole.
bool can_be_refused(const Policy& policy, const std::string& name) {
  if (name == consent::kGpcPurpose) return true;
  const bool purpose = std::any_of(policy.purposes.begin(), policy.purposes.end(),
                                   [&](auto& one) { return consent::covers(name, one.first); });
  return purpose || std::any_of(policy.attributes.begin(), policy.attributes.end(), [&](auto& one) {
           return consent::covers(name, one.second.category);
         });
}

}  // namespace

void read_signals(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  SignalMap& map = policy->signals;
  TableReader reader(node, "signals", problems);
  reader.boolean("tcf_publisher", &map.tcf_publisher);
  read_tcf(reader.table("tcf"), &map, problems);
  read_vendors(reader.table("tcf_vendor"), &map, problems);
  read_lists(reader.table("consent_mode"), &map.consent_mode, problems);
  read_lists(reader.table("groups"), &map.groups, problems);
  if (const ConfigNode* us = reader.table("us")) {
    TableReader states(*us, "signals table", problems);
    states.texts("sale", &map.us_sale);
    states.texts("targeted_advertising", &map.us_targeted_advertising);
    states.texts("sensitive", &map.us_sensitive);
    states.finish();
  }
  reader.finish();
}

void check_signals(const ConfigNode* node, const Policy& policy, std::vector<Problem>* problems) {
  if (node == nullptr) return;
  for (const char* name : {"tcf", "consent_mode", "groups"}) {
    check_purposes(node->find(name), policy, problems);
  }
  if (const ConfigNode* vendors = node->find("tcf_vendor")) {
    for (const ConfigNode& entry : vendors->children) {
      if (policy.destination(entry.key) != nullptr) continue;
      problem(entry, "a vendor's id is for a destination that is not configured",
              "name a destination of this file", problems);
    }
  }
  if (const ConfigNode* types = node->find("consent_mode")) {
    for (const ConfigNode& entry : types->children) {
      for (const ConfigNode& type : entry.children) {
        if (consent::signals::is_consent_mode_type(type.text)) continue;
        problem(type, "Google Consent Mode has no type of this name",
                "ad_storage, ad_user_data, ad_personalization, analytics_storage, "
                "functionality_storage, personalization_storage, security_storage",
                problems);
      }
    }
  }
  if (const ConfigNode* us = node->find("us")) {
    for (const ConfigNode& entry : us->children) {
      for (const ConfigNode& name : entry.children) {
        if (can_be_refused(policy, name.text)) continue;
        problem(name, "an opt-out reaches a purpose that is not configured",
                "a purpose, a parent of one, a data category, or gpc", problems);
      }
    }
  }
}

}  // namespace cdp::app
