// Identifiers: typed values, normalised once at ingest, stored only as a blind index and inside
// sealed bodies (DESIGN §1).
//
// Types known by name: email, phone, user_id, anonymous_id, email_sha256, email_md5, email_gmail
// (dots and +tag folded, derived tier), and vendor ids "<vendor>.<kind>" (shopify.customer_id,
// mailchimp.contact_id, ...) of the vendors we connect. Device ids (ios.*, android.*, ga_client_id,
// visitor cookies) link on the device tier. Any other name of [a-z0-9_.]{1,64} is a custom type and
// links on the declared tier at most.
//
// Normalisation: e-mail: trim, NFKC, lower case, domain to UTS-46 A-label (libidn2); phone: E.164
// by libphonenumber with the source's default region; ids: trimmed, case kept. A malformed value
// answers a verdict, is kept as an attribute, never links.
//
// Thread-safety: Normaliser is const and safe. Errors: none; a value that cannot be an identifier
// is a Rejection value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "cdp/core/event/fact.h"
#include "identity/identifier_policy.h"

namespace cdp::identity {

// min(the type's tier, what the trust allows): public_key never exceeds `declared` (DESIGN §7).
event::Tier effective_tier(std::string_view type, event::Trust trust,
                           const IdentifierPolicy& policy = {});

enum class Rejection : std::uint8_t { empty, too_long, blocked_value, malformed, unknown_type };
std::string_view to_string(Rejection rejection);

class Normaliser {
 public:
  // `default_region`: ISO 3166 alpha-2 for phone numbers without a country code; empty = E.164
  // only.
  static std::variant<std::string, Rejection> normalise(std::string_view type,
                                                        const Pii<std::string>& raw,
                                                        std::string_view default_region);
  // One raw identifier -> itself plus its derived variants (email -> email_sha256, email_md5, and
  // email_gmail for every gmail.com or googlemail.com address, the folded ones too, or the
  // spellings of one mailbox could never meet), each with token and tier. A role mailbox (info@,
  // noreply@) has Tier::none throughout. A rejected one answers its Rejection. email_gmail is
  // Tier::derived: kept and found, but below Tier::device nothing links.
  static std::variant<std::vector<event::FactIdentifier>, Rejection> index(
      const event::Identifier& raw, event::Trust trust, std::string_view default_region,
      const crypto::BlindIndex& blind_index, const IdentifierPolicy& policy = {});
  // The token under which a normalised value is found: BlindIndex(type, value).
  static Token token(std::string_view type, std::string_view normalised,
                     const crypto::BlindIndex& blind_index);
};

}  // namespace cdp::identity
