// OptIn: our own double opt-in (DESIGN §7 rule 2): somebody typed an address into a form, we write
// to that address once, and only the click of whoever reads it is a grant. Here: what is kept of
// the first step, whether the address may be written to at all, and the evidence of both steps.
//
//   const auto verdict = judge_opt_in({holders, erased, do_not_contact}, wish, policy, now);
//   auto message = MessageDesk::mint(verdict, address, ...);     // only for OptInVerdict::ask
//
// Anybody can type any address into a form, so the typing proves nothing and the mail must not be a
// way to reach somebody who has said no: who objected, complained of spam, restricted the use of
// their data, was erased or stands on the do-not-contact list gets no mail (GDPR Art. 17, 18,
// 21(2)-(3)); they come back by an act of their own, such as an order or the preference page. Who
// only withdrew or declined may be asked again when their address is typed: that is how people
// subscribe anew.
//
// Thread-safety: pure; values. Errors: none; what cannot be read is nullopt.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "consent/own_choice.h"
#include "identity/profile.h"

namespace cdp::consent {

// The first step: what was asked for, and where. Lives sealed until it is confirmed or has ended.
struct OptInRequest {
  event::Identifier address;  // normalised
  std::string purpose;
  std::string language;      // of the form and the mail
  std::string place;         // the form's own name, "footer"; empty = not given
  std::string origin;        // whose page it was on: "https://shop.example"
  std::string jurisdiction;  // whose text of the notice was shown: "US-CA"; empty = everybody's
  std::string peer;          // keyed hash of the network address that asked; never the address
  std::string notice_version;
  std::string notice_language;
  std::string notice_hash;  // hex; of the text in force when it was asked for
  Time requested_at;
  std::string message_id;    // of the mail
  std::string message_hash;  // hex SHA-256 of the mail's plain text, as it was sent
};

// JSON, to be sealed. Empty when the address is none.
std::string encode_opt_in(const OptInRequest& request);
std::optional<OptInRequest> decode_opt_in(std::string_view json);

// The second step: the button was pressed.
struct OptInConfirmation {
  std::string link;  // keyed hash of the link's secret: the request's id
  std::string peer;
  Time confirmed_at;
};
// The grant that both steps make: of grade `verified`, method double_opt_in, bound to the address,
// under the notice that the confirmation page showed (`shown`), whose place chose the words and is
// no evidence of where anybody lives (ADR 14). Its evidence is one JSON object with the request,
// the mail and the confirmation.
OwnChoice opt_in_choice(const OptInRequest& request, const NoticeText& shown,
                        const OptInConfirmation& confirmation);

// What may be asked for on a form: [double_opt_in] purposes, or those whose first grant must be a
// double opt-in; e-mail, by consent, with a notice in force. Empty = there is no form: nor is there
// one where mail is not configured, or where people count as children until known otherwise.
std::vector<std::string> opt_in_purposes(const Policy& policy);

enum class OptInVerdict : std::uint8_t {
  ask,
  subscribed,  // a grant for this very address holds
  refused,     // an objection, a complaint or a restriction stands at some record of theirs
  child,       // known to be too young to say yes alone (GDPR Art. 8)
  erased,      // and nobody has given us the address since
  do_not_contact,
};
std::string_view to_string(OptInVerdict verdict);

// What is known of the address.
struct OptInHolders {
  std::span<const identity::Profile> people;  // whose records a vouching source gave it
  Token address{};                            // its blind index
  bool erased = false;
  bool do_not_contact = false;
};
// The strictest that any of its holders calls for.
OptInVerdict judge_opt_in(const OptInHolders& holders, const Purpose& purpose, const Policy& policy,
                          Time now);

}  // namespace cdp::consent
