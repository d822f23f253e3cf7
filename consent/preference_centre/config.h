// What cdp.toml says of the preference centre and of mail to the person: [preference_centre] and
// [mail]. Checked in cdp/app/config_sections.
//
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cdp::consent {

struct PreferenceCentreConfig {
  std::string base_url;  // "https://privacy.shop.example", without a path; empty = no mailed links
  std::string css;       // a file beside cdp.toml; empty = ours alone
  std::string logo;      // .svg, .png or .webp beside cdp.toml
  std::vector<std::string> languages = {"en", "de", "fr", "es"};  // the first is the fallback
};

struct MailConfig {
  enum class Kind : std::uint8_t { none, smtp, webhook };
  Kind kind = Kind::none;
  std::string url;     // smtp: "smtps://host:465" or "smtp://host:587" (STARTTLS); webhook: https
  std::string from;    // smtp: "Shop <privacy@shop.example>"
  std::string user;    // smtp; empty = no login
  std::string secret;  // smtp: the password; webhook: the signing key; name in the keyring
};

}  // namespace cdp::consent
