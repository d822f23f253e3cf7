// Identifiers: typed values, normalised once at ingest, stored only as a blind index and inside
// sealed bodies (DESIGN §1).
//
// Types known by name: email and its variants email_sha256, email_md5, email_uid2, email_gmaildot
// (digests) and email_gmail (dots and +tag folded); phone, user_id, anonymous_id; a vendor's ids
// "<vendor>.<kind>" of the vendors we connect: accounts (shopify.customer_id) and records
// (mailchimp.contact_id); device ids (ios.*, android.*, ga_client_id, visitor cookies). Any other
// name of [a-z0-9_.]{1,64} is a custom type. What each may do: graph/rules.h.
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

// Whether a value of the type may stand for several spellings of an address: such a one links on
// Tier::device at most.
bool may_be_folded(std::string_view type);

// min(the type's tier, what the trust allows): public_key never exceeds `declared` (DESIGN §7).
event::Tier effective_tier(std::string_view type, event::Trust trust,
                           const IdentifierPolicy& policy = IdentifierPolicy::defaults());

enum class Rejection : std::uint8_t { empty, too_long, blocked_value, malformed, unknown_type };
std::string_view to_string(Rejection rejection);

class Normaliser {
 public:
  // `default_region`: ISO 3166 alpha-2 for phone numbers without a country code; empty = E.164
  // only.
  static std::variant<std::string, Rejection> normalise(std::string_view type,
                                                        const Pii<std::string>& raw,
                                                        std::string_view default_region);
  // One raw identifier -> itself plus its derived variants, each with token and tier. An e-mail
  // address is indexed as email, email_sha256, email_md5 (Mailchimp) and email_uid2, those of
  // gmail.com and googlemail.com as email_gmaildot and email_gmail too, so that a hashed-only event
  // meets the plain address, and spellings of one mailbox each other. Where a variant folds the
  // spelling it links on Tier::device at most; email_gmail is Tier::derived: found, never linking.
  // A role mailbox (info@, noreply@) or test address has Tier::none throughout. A rejected one
  // answers its Rejection. Digests are personal data like the address and are kept like it.
  static std::variant<std::vector<event::FactIdentifier>, Rejection> index(
      const event::Identifier& raw, event::Trust trust, std::string_view default_region,
      const crypto::BlindIndex& blind_index,
      const IdentifierPolicy& policy = IdentifierPolicy::defaults());
  // The token under which a normalised value is found: BlindIndex(type, value).
  static Token token(std::string_view type, std::string_view normalised,
                     const crypto::BlindIndex& blind_index);
};

}  // namespace cdp::identity
