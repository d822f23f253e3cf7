// SignalReading: all consent signals of one message, put together into statements. A message may
// carry several signals about one purpose; they become one statement, and a no among them wins, so
// that their repetition does not look like a change (DESIGN §7 rule 3).
//
//   SignalReading reading(map, occurred_at);
//   reading.tc_string(text);
//   reading.global_privacy_control();
//   for (auto& statement : std::move(reading).statements(true))
//   draft.statement(std::move(statement));
//
// Missing is not false (rule 4): what a signal does not speak of yields nothing. A no is dated with
// the message, a yes with the earlier of the message and the string, whose dates are whole days: so
// neither wins by rounding. Grades are `recorded` at most; whether a browser key may grant at all,
// and where, is decided when the statement is bound and weighed (rules 2 and 7).
//
// Thread-safety: one thread. Lifetime: the map must outlive it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cdp/core/event/statement.h"
#include "consent/signals/gpp.h"
#include "consent/signals/signal_map.h"

namespace cdp::consent::signals {

class SignalReading {
 public:
  SignalReading(const SignalMap& map, Time occurred_at) : map_(map), occurred_at_(occurred_at) {}

  void tc_string(std::string_view text);
  void gpp_string(std::string_view text);
  void us_privacy_string(std::string_view text);
  void global_privacy_control();
  // Google Consent Mode: storage type -> "granted" or "denied"; other words say nothing.
  void consent_mode(const std::map<std::string, std::string>& types);
  // The active groups: ",C0001,C0002,". A mapped group that is not among them is refused.
  // `chosen_at`: when the person closed the banner; not known = with the message.
  void active_groups(std::string_view groups, Time chosen_at);
  // Groups or categories named one by one; one that is in neither set says nothing.
  void groups(const std::set<std::string>& allowed, const std::set<std::string>& refused);

  // One signal's word on one purpose.
  void say(const std::string& purpose, bool granted, std::string_view method);

  // Signals that could not be read, each once: "unreadable_tcf", "unreadable_gpp_usca".
  const std::set<std::string>& unreadable() const { return unreadable_; }
  // In the order of purpose and vendor.
  std::vector<event::StatementDraft> statements(bool is_state) &&;

 private:
  struct Word {
    event::Choice choice = event::Choice::denied;
    std::string method;
    Time occurred_at;
    std::string evidence;
    std::string language;
  };

  void add(const std::string& purpose, const std::string& vendor, Word word);
  void object_to(const std::vector<std::string>& purposes, std::string_view method);
  void europe(const TcString& tc, std::string_view method);
  void vendors(const TcString& tc, const std::string& purpose,
               const std::vector<std::uint32_t>& needs, const Word& word);
  void canada(const TcfCanada& tcf);
  void united_states(const UsSection& section);
  void no_consents(const UsSection& section, const std::string& method);
  void us_privacy(const UsPrivacyString& usp);
  void section(const GppSection& section);

  const SignalMap& map_;
  const Time occurred_at_;
  std::map<std::pair<std::string, std::string>, Word> words_;  // by purpose and vendor
  std::set<std::string> unreadable_;
};

}  // namespace cdp::consent::signals
