#include "cdp/app/ingest/segment_signals.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "consent/signals/signal_reading.h"

namespace cdp::app {
namespace {

using consent::signals::SignalReading;
using json::Value;

struct Choices {
  std::set<std::string> allowed;
  std::set<std::string> refused;
};

Choices preferences_of(const std::optional<Value>& preferences) {
  Choices choices;
  if (!preferences || !preferences->is_object()) return choices;
  preferences->each_member([&](std::string_view category, Value value) {
    const auto choice = value.boolean();
    if (choice) (*choice ? choices.allowed : choices.refused).emplace(category);
    return true;
  });
  return choices;
}

std::set<std::string> ids_of(const std::optional<Value>& list) {
  std::set<std::string> ids;
  if (!list || !list->is_array()) return ids;
  list->each([&](Value entry) {
    if (const auto text = entry.string()) ids.emplace(*text);
    return true;
  });
  return ids;
}

// Several categories may feed one purpose: a no among them wins.
void read_categories(const Choices& choices, const consent::SourceConfig& source,
                     SignalReading* reading) {
  constexpr std::string_view kMethod = "segment_category_preferences";
  for (const auto& [category, purpose] : source.categories) {
    if (choices.allowed.contains(category)) reading->say(purpose, true, kMethod);
    if (choices.refused.contains(category)) reading->say(purpose, false, kMethod);
  }
}

void read_groups(Value consent, SignalReading* reading) {
  const auto groups = consent.text("OnetrustActiveGroups");
  if (!groups) return;
  const auto closed = consent.get("OptanonAlertBoxClosed");
  const Time chosen_at = segment_time(closed);
  if (closed && !chosen_at.known()) return;  // the banner is still open
  reading->active_groups(*groups, chosen_at);
}

void read_consent_mode(Value consent, SignalReading* reading) {
  const auto mode = consent.get("consentMode");
  if (!mode || !mode->is_object()) return;
  std::map<std::string, std::string> types;
  mode->each_member([&](std::string_view type, Value value) {
    if (const auto text = value.string()) types.emplace(type, *text);
    return true;
  });
  reading->consent_mode(types);
}

void read_consent(Value consent, const consent::SourceConfig& source, SignalReading* reading) {
  const Choices choices = preferences_of(consent.get("categoryPreferences"));
  read_categories(choices, source, reading);
  reading->groups(choices.allowed, choices.refused);
  if (const auto tc = consent.text("tcString");
      tc && consent.text("eventStatus").value_or("") != "cmpuishown") {
    reading->tc_string(*tc);
  }
  if (const auto gpp = consent.text("gppString")) reading->gpp_string(*gpp);
  if (const auto usp = consent.text("uspString")) reading->us_privacy_string(*usp);
  read_groups(consent, reading);
  read_consent_mode(consent, reading);
  const auto control = consent.get("globalPrivacyControl");
  if (control && control->boolean().value_or(false)) reading->global_privacy_control();
}

}  // namespace

void add_signals(const SignalPlace& place, const SegmentScope& scope, connectors::Draft* draft) {
  static const consent::signals::SignalMap kNothingMapped;
  const auto* map = scope.delivery.signals;
  SignalReading reading(map == nullptr ? kNothingMapped : *map, draft->time());
  if (place.consent) read_consent(*place.consent, scope.source, &reading);
  if (place.consent_management) {
    reading.groups(ids_of(place.consent_management->get("allowedConsentIds")),
                   ids_of(place.consent_management->get("deniedConsentIds")));
  }
  // What is imported was sent by a program: its header is no person's.
  if (scope.delivery.gpc && scope.delivery.call != SegmentCall::import) {
    reading.global_privacy_control();
  }
  for (const auto& signal : reading.unreadable()) draft->warning(signal);
  for (auto& statement : std::move(reading).statements(!place.chosen_just_now)) {
    draft->statement(std::move(statement));
  }
}

}  // namespace cdp::app
