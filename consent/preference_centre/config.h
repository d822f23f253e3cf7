// What cdp.toml says of the preference centre, of messages to the person and of our double opt-in:
// [preference_centre], [mail], [messenger] and [double_opt_in]. Checked in cdp/app/config.
//
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cdp/core/base/time.h"

namespace cdp::consent {

// The shop's own words of one mail, in one language (preference_centre/mail_words.h).
struct MailText {
  std::string subject;
  std::string text;
};
using MailTexts = std::map<std::string, MailText, std::less<>>;  // by language

struct PreferenceCentreConfig {
  std::string base_url;  // "https://privacy.shop.example", without a path; empty = no mailed links
  std::string css;       // a file beside cdp.toml; empty = ours alone
  std::string logo;      // .svg, .png or .webp beside cdp.toml
  std::vector<std::string> languages = {"en", "de", "fr", "es"};  // the first is the fallback
  MailTexts mail;  // with the link; ours in every other language
};

struct MailConfig {
  enum class Kind : std::uint8_t { none, smtp, webhook };
  Kind kind = Kind::none;
  std::string url;     // smtp: "smtps://host:465" or "smtp://host:587" (STARTTLS); webhook: https
  std::string from;    // smtp: "Shop <privacy@shop.example>"
  std::string user;    // smtp; empty = no login
  std::string secret;  // smtp: the password; webhook: the signing key; name in the keyring
};

// The shop's own messenger, for codes that prove a telephone number.
struct MessengerConfig {
  std::string url;     // https; empty = numbers cannot be proven
  std::string secret;  // the signing key; name in the keyring
  // At once, and as many again in each day (rate_limit.h).
  std::int64_t codes_per_number_a_day = 5;
  std::int64_t codes_a_day = 1'000;  // to all numbers together
  // ISO 3166 of the numbers that are sent codes: "DE"; empty = every country's.
  std::vector<std::string> countries;
};

// The form by which people ask to be written to (docs/guide/double-opt-in.md).
struct DoubleOptInConfig {
  // E-mail purposes that rest on consent, in this order. Empty = those whose first grant must be a
  // double opt-in; when there is none either, there is no form.
  std::vector<std::string> purposes;
  std::vector<std::string> origins;        // "https://shop.example": whose pages may post it
  Duration link_life = Duration::days(7);  // then the request is forgotten, too
  std::int64_t mails_per_day = 3;          // to one address
  MailTexts mail;                          // ours in every other language
};

}  // namespace cdp::consent
