#include "consent/signals/signal_reading.h"

#include <algorithm>
#include <optional>

#include "consent/signals/signal_json.h"

namespace cdp::consent::signals {
namespace {

using event::Choice;

// Objection over denial over grant.
int strength(Choice choice) {
  if (choice == Choice::granted) return 0;
  return choice == Choice::objected ? 2 : 1;
}

std::string lower(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

bool is_language(const std::string& text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char letter) {
           return letter >= 'a' && letter <= 'z';
         });
}

// Whose banner it was, and what it showed.
template <class T>
std::string evidence_of(const T& tcf) {
  return SignalJson()
      .number("cmp", tcf.cmp_id)
      .number("cmp_version", tcf.cmp_version)
      .number("screen", tcf.consent_screen)
      .number("vendor_list", tcf.vendor_list_version)
      .number("policy", tcf.policy_version)
      .done();
}

// Granted when all are there, refused when one is not. Purpose 1 that was not disclosed at all (the
// law of the publisher's country asks for none) says nothing.
std::optional<bool> all_of(const IdSet& consents, const std::vector<std::uint32_t>& needs,
                           bool purpose_one_undisclosed) {
  bool silent = needs.empty();
  for (const std::uint32_t id : needs) {
    if (id == 1 && purpose_one_undisclosed) {
      silent = true;
    } else if (!consents.contains(id)) {
      return false;
    }
  }
  return silent ? std::nullopt : std::optional(true);
}

std::set<std::string> split_groups(std::string_view text) {
  std::set<std::string> groups;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    std::string_view group = text.substr(from, comma - from);
    // OneTrust writes ",C0001,", and its cookie "C0001:1,C0002:0".
    const std::size_t colon = group.find(':');
    const bool off = colon != std::string_view::npos && group.substr(colon + 1) == "0";
    group = group.substr(0, colon);
    if (!group.empty() && !off) groups.emplace(group);
    from = comma + 1;
  }
  return groups;
}

}  // namespace

void SignalReading::add(const std::string& purpose, const std::string& vendor, Word word) {
  // A no is not older than the message that brings it.
  const bool granted = word.choice == Choice::granted;
  if (!granted || !word.occurred_at.known() || occurred_at_ < word.occurred_at) {
    word.occurred_at = occurred_at_;
  }
  const auto [entry, added] = words_.try_emplace({purpose, vendor}, word);
  if (!added && strength(entry->second.choice) < strength(word.choice)) {
    entry->second = std::move(word);
  }
}

void SignalReading::say(const std::string& purpose, bool granted, std::string_view method) {
  add(purpose, "", {granted ? Choice::granted : Choice::denied, std::string(method), {}, {}, {}});
}

void SignalReading::object_to(const std::vector<std::string>& purposes, std::string_view method) {
  for (const auto& purpose : purposes) {
    add(purpose, "", {Choice::objected, std::string(method), {}, {}, {}});
  }
}

void SignalReading::global_privacy_control() { object_to({"gpc"}, event::method::kGpc); }

void SignalReading::vendors(const TcString& tc, const std::string& purpose,
                            const std::vector<std::uint32_t>& needs, const Word& word) {
  for (const auto& [destination, vendor] : map_.tcf_vendors) {
    const std::uint32_t id = vendor;  // a structured binding cannot be captured (C++20, clang)
    const bool forbidden =
        std::any_of(tc.restrictions.begin(), tc.restrictions.end(), [&](const auto& restriction) {
          return restriction.type == RestrictionType::not_allowed &&
                 restriction.vendors.contains(id) &&
                 std::find(needs.begin(), needs.end(), restriction.purpose) != needs.end();
        });
    // TCF 2.3: a vendor that was not shown has no legal basis, whatever its bit says.
    const bool shown = !tc.vendors_disclosed || tc.vendors_disclosed->contains(id);
    Word vendors_word = word;
    if (forbidden || !shown || !tc.vendor_consents.contains(id)) {
      vendors_word.choice = Choice::denied;
    }
    add(purpose, destination, std::move(vendors_word));
  }
}

void SignalReading::europe(const TcString& tc, std::string_view method) {
  if (map_.tcf_publisher && !tc.publisher) return;
  const IdSet& consents = map_.tcf_publisher ? tc.publisher->consents : tc.purpose_consents;
  const std::string language = lower(tc.consent_language);
  for (const auto& [purpose, needs] : map_.tcf) {
    const auto granted = all_of(consents, needs, tc.purpose_one_treatment);
    if (!granted) continue;
    const Word word{*granted ? Choice::granted : Choice::denied, std::string(method),
                    tc.last_updated, evidence_of(tc), is_language(language) ? language : ""};
    add(purpose, "", word);
    vendors(tc, purpose, needs, word);
  }
}

// Express consent grants. Implied consent is no evidence of an act, and its absence no refusal of
// what was never asked; both absent is a no.
void SignalReading::canada(const TcfCanada& tcf) {
  const std::string language = lower(tcf.consent_language);
  for (const auto& [purpose, needs] : map_.tcf) {
    // Purpose 1 is not used in Canada.
    const auto express = all_of(tcf.purposes_express, needs, true);
    if (!express) continue;
    if (!*express && all_of(tcf.purposes_implied, needs, true) != false) continue;
    add(purpose, "",
        {*express ? Choice::granted : Choice::denied, "gpp.tcfcav1", tcf.last_updated,
         evidence_of(tcf), is_language(language) ? language : ""});
  }
}

void SignalReading::united_states(const UsSection& section) {
  constexpr unsigned kOptedOut = 1;
  const std::string method = "gpp." + std::string(section.name);
  if (section.gpc_on()) object_to({"gpc"}, method);
  if (section.value("SaleOptOut") == kOptedOut || section.value("SharingOptOut") == kOptedOut) {
    object_to(map_.us_sale, method);
  }
  if (section.value("TargetedAdvertisingOptOut") == kOptedOut) {
    object_to(map_.us_targeted_advertising, method);
  }
  no_consents(section, method);
  for (const auto& field : section.fields) {
    if (field.name != "SensitiveDataProcessing") continue;
    if (std::find(field.values.begin(), field.values.end(), kOptedOut) == field.values.end()) {
      continue;
    }
    for (const auto& purpose : map_.us_sensitive) say(purpose, false, method);
  }
}

// A known child whose parent said no, or of whom nobody asked one; and no consent to what is
// incompatible with what the data was collected for, sale and sharing among it (IAB GPP, US
// national section, KnownChildSensitiveDataConsents and PersonalDataConsents: 1 = no consent).
void SignalReading::no_consents(const UsSection& section, const std::string& method) {
  constexpr unsigned kNoConsent = 1;
  const auto refused = [&](std::string_view name) {
    return std::ranges::any_of(section.fields, [&](const auto& field) {
      return field.name == name &&
             std::ranges::find(field.values, kNoConsent) != field.values.end();
    });
  };
  const bool child = refused("KnownChildSensitiveDataConsents");
  if (!child && !refused("PersonalDataConsents")) return;
  object_to(map_.us_sale, method);
  object_to(map_.us_targeted_advertising, method);
  if (!child) return;
  for (const auto& purpose : map_.us_sensitive) say(purpose, false, method);
}

void SignalReading::us_privacy(const UsPrivacyString& usp) {
  if (usp.opt_out_sale == 'Y') object_to(map_.us_sale, "us_privacy");
}

void SignalReading::section(const GppSection& section) {
  if (std::holds_alternative<Unreadable>(section.content)) {
    unreadable_.insert("unreadable_gpp_" + std::string(section.name));
  } else if (const auto* tc = std::get_if<TcString>(&section.content)) {
    europe(*tc, "gpp.tcfeuv2");
  } else if (const auto* tcf = std::get_if<TcfCanada>(&section.content)) {
    canada(*tcf);
  } else if (const auto* usp = std::get_if<UsPrivacyString>(&section.content)) {
    us_privacy(*usp);
  } else if (const auto* us = std::get_if<UsSection>(&section.content)) {
    united_states(*us);
  }
}

void SignalReading::tc_string(std::string_view text) {
  const auto tc = decode_tc_string(text);
  if (!tc) {
    unreadable_.insert("unreadable_tcf");
    return;
  }
  europe(*tc, "tcf");
}

void SignalReading::gpp_string(std::string_view text) {
  const auto gpp = decode_gpp(text);
  if (!gpp) {
    unreadable_.insert("unreadable_gpp");
    return;
  }
  for (const auto& one : gpp->sections) section(one);
}

void SignalReading::us_privacy_string(std::string_view text) {
  const auto usp = decode_us_privacy_string(text);
  if (!usp) {
    unreadable_.insert("unreadable_us_privacy");
    return;
  }
  us_privacy(*usp);
}

void SignalReading::consent_mode(const std::map<std::string, std::string>& types) {
  for (const auto& [purpose, needs] : map_.consent_mode) {
    bool all = !needs.empty();
    bool refused = false;
    for (const auto& type : needs) {
      const auto said = types.find(type);
      all = all && said != types.end() && said->second == "granted";
      refused = refused || (said != types.end() && said->second == "denied");
    }
    if (all || refused) say(purpose, all, "google_consent_mode");
  }
}

void SignalReading::active_groups(std::string_view text, Time chosen_at) {
  const auto active = split_groups(text);
  for (const auto& [purpose, needs] : map_.groups) {
    if (needs.empty()) continue;
    const bool granted = std::all_of(needs.begin(), needs.end(),
                                     [&](const auto& group) { return active.contains(group); });
    add(purpose, "",
        {granted ? Choice::granted : Choice::denied, "active_groups", chosen_at, {}, {}});
  }
}

void SignalReading::groups(const std::set<std::string>& allowed,
                           const std::set<std::string>& refused) {
  for (const auto& [purpose, needs] : map_.groups) {
    const bool all = !needs.empty() && std::all_of(needs.begin(), needs.end(), [&](const auto& g) {
      return allowed.contains(g) && !refused.contains(g);
    });
    const bool no =
        std::any_of(needs.begin(), needs.end(), [&](const auto& g) { return refused.contains(g); });
    if (all || no) say(purpose, all, "consent_management");
  }
}

std::vector<event::StatementDraft> SignalReading::statements(bool is_state) && {
  std::vector<event::StatementDraft> drafts;
  for (auto& [key, word] : words_) {
    event::StatementDraft draft;
    draft.purpose = key.first;
    draft.vendor = key.second;
    draft.choice = word.choice;
    draft.grade = event::Grade::recorded;
    draft.method = std::move(word.method);
    draft.occurred_at = word.occurred_at;
    draft.notice_language = std::move(word.language);
    draft.evidence = Pii<std::string>(std::move(word.evidence));
    // An opt-out is repeated with every message of a browser that has it switched on.
    draft.is_state = is_state || word.choice == Choice::objected;
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace cdp::consent::signals
