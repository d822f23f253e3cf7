// Choices: from what holds for a person to what the page shows, and from what the person ticked to
// the statements that it means. Pure; the ledger is cdp/app/api/own_statements' business.
//
// Missing is not false: a purpose that was left open makes no statement, and one that stays as it
// was makes none either. Never more steps to take back than to give (GDPR Art. 7(3)): one button
// withdraws everything. What the person had opted out of, or a Global Privacy Control signal speaks
// against, is opened in two steps (11 CCR 7028(a)): `to_confirm` waits for the second.
//
// Thread-safety: pure. Errors: none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consent/consent_state.h"
#include "consent/own_choice.h"
#include "consent/preference_centre/model.h"

namespace cdp::consent::preference_centre {

// Who is on the page, as far as it was proven.
struct Person {
  event::Identifier email;
  Token email_token{};
  std::optional<event::Identifier> phone;
  Token phone_token{};
  bool phone_proven = false;  // in this session, by a code that was sent to it
  bool can_text = false;      // there is a messenger to send one by
  // Several accounts have the address and are held apart: two people behind one mailbox must not
  // see each other, so the state is that of what was said here. A no of theirs is copied to all of
  // the accounts, a yes to none.
  bool shares_address = false;
  std::string language;
  bool privacy_control = false;  // this request carries Sec-GPC: 1
};

// Rows for whoever (vendor "") only. Vendors and flash are the caller's to fill in.
ChoicesPage choices_page(const Policy& policy, const ConsentState& state, const Person& person);
HistoryPage history_page(const Policy& policy, const ConsentState& state, const Person& person);
// The purposes of `keys` that there are, as on the choices page.
// Titles of those of `allowed` that are shown and may not be done all the same: a number that was
// not proven, a parent's yes that is missing, a restriction.
std::vector<std::string> closed_among(const ChoicesPage& page,
                                      const std::vector<std::string>& allowed);
std::vector<PurposeView> purposes_named(const Policy& policy, const ConsentState& state,
                                        const Person& person, const std::vector<std::string>& keys);

enum class Action : std::uint8_t { save, accept, withdraw_all };
using Answers = std::map<std::string, Answer>;  // by purpose key
// The texts that stood on the page a form came from: purpose key -> PurposeView::notice.
using Shown = std::map<std::string, std::string>;

struct FilledForm {
  Action action = Action::save;
  Answers answers;
  Shown shown;
};
struct Meant {
  std::vector<OwnChoice> choices;
  std::vector<std::string> to_confirm;
  // A yes to another text than the one in force, or to none: nobody agreed to what they did not
  // read, so there is no statement until the text of today was shown (GDPR Art. 4(11), 7(1)). A no
  // needs no text.
  std::vector<std::string> unread;
  std::vector<std::string> allowed;  // purposes that the form says yes to, whatever became of it
};
Meant meant_by(const FilledForm& form, const Policy& policy, const ConsentState& state,
               const Person& person, Time now);
// The second step, said yes to: `shown` is what stood there.
Meant confirmed(const std::vector<std::string>& purposes, const Shown& shown, const Policy& policy,
                const ConsentState& state, const Person& person, Time now);

}  // namespace cdp::consent::preference_centre
