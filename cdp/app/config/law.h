// The law that checks.cc holds a policy against: what counts as advertising, by whose articles a
// refusal is explained, and where electronic advertising asks first.
//
// Sources: GDPR (Regulation (EU) 2016/679) and ePrivacy Directive 2002/58/EC; UK GDPR and PECR (SI
// 2003/2426); EDPB Guidelines 2/2019 on Art. 6(1)(b); CJEU C-252/21 (Meta Platforms v
// Bundeskartellamt); the national acts named in law.cc. Not legal advice: what is not known here is
// said to be unknown, and never taken for lawful.
// Thread-safety: pure. Errors: none.
#pragma once

#include <string>
#include <string_view>

#include "consent/policy.h"

namespace cdp::app {

// The articles for hints, of the controller's own law: the United Kingdom's, else the Union's,
// whose words most other laws follow.
struct Articles {
  std::string_view consent;
  std::string_view contract;
  std::string_view legal_obligation;
  std::string_view interest;
  std::string_view messages;     // electronic mail to a person asks first
  std::string_view soft_opt_in;  // and the exception for customers
  std::string_view storage;      // on a person's device
  std::string_view sensitive;
};
const Articles& articles_of(std::string_view jurisdiction);

// Advertising, whatever its name: consent::is_marketing, or declared by [signals] to be what a
// consent banner calls advertising (TCF purposes 2, 3, 4 and 7; Consent Mode's ad_ types).
bool is_advertising(const consent::Policy& policy, const consent::Purpose& purpose);

// Data given to others for purposes of their own, or advertising on other people's pages with it.
bool is_given_away(const consent::Purpose& purpose);

// Where the person must be asked first, and for what.
struct AsksFirst {
  enum class Reach {
    unknown,     // no law of this place is known here
    nothing,     // until told no, as far as no other rule stands against it
    messages,    // advertising by electronic mail
    everything,  // whatever rests on consent
  };
  Reach reach = Reach::unknown;
  std::string_view law;  // to be cited; empty unless something asks first
};
// "US-CA" is judged as "US".
AsksFirst asks_first(std::string_view jurisdiction);

}  // namespace cdp::app
