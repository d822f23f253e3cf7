// The rules of the identity graph: what each type of identifier may do. Values, given to the Graph
// at its making; every entry has a default, and configuration overrides by type name.
//
//   tier         how strongly the type links at best; the source's trust lowers it (identifier.h)
//   degree_max   an identifier carried by more personas than this links nobody (a kiosk's device)
//   values_max   a persona with more different values of the type than this is many people's: its
//                values of that type link nobody (a till where everybody types an address)
//   unique       a subject has one value at most; another login is another person
//   anchor       an authenticated link of this type says that the persona is an account: it makes
//                its component *anchored*, and two of those need more than one shared address
//
// Thread-safety: values. Errors: Rules::with answers invalid_argument.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/base/result.h"
#include "cdp/core/event/fact.h"

namespace cdp::identity {

// Number of the type, for LinkRow::kind. Stable for ever: they are stored. Configured custom types
// follow from kConfiguredKindFirst on in the order of their names; state is rebuilt when the rules
// change, so these may move.
enum class TypeKind : std::uint8_t {
  custom = 0,
  email = 1,
  phone = 2,
  user_id = 3,
  anonymous_id = 4,
  email_sha256 = 5,
  email_md5 = 6,
  email_gmail = 7,      // folded address: found, never links
  vendor_id = 8,        // a customer's account with a vendor: shopify.customer_id
  email_uid2 = 9,       // SHA-256 of the UID2 form
  email_gmaildot = 10,  // SHA-256 of the form without Gmail's dots
  record_id = 11,       // a vendor's id of a record, keyed by an address or an order: no account
  device_id = 12,       // a browser or a device under another name than anonymous_id
};
inline constexpr std::uint8_t kConfiguredKindFirst = 32;
inline constexpr std::size_t kConfiguredKindsMax = 200;

// Of a type name without configuration.
TypeKind type_kind(std::string_view type);
bool valid_type_name(std::string_view type);

struct TypeRule {
  event::Tier tier = event::Tier::declared;
  std::uint32_t degree_max = 50;
  std::uint32_t values_max = 10;
  bool unique = false;
  bool anchor = false;
  friend bool operator==(const TypeRule&, const TypeRule&) = default;
};

// What configuration says of one type; what it leaves out keeps its default. Tier and bounds of
// "email" are also those of its variants (email_sha256, email_md5, email_uid2, email_gmaildot,
// email_gmail), unless a variant says otherwise itself; the weaker tier counts.
struct TypeOverride {
  std::optional<event::Tier> tier;
  std::optional<std::uint32_t> degree_max;
  std::optional<std::uint32_t> values_max;
  std::optional<bool> unique;
  std::optional<bool> anchor;
};

class Rules {
 public:
  Rules();  // the defaults
  static const Rules& defaults();
  // Errors: invalid_argument, naming the type: no valid name, too many, a bound of zero, a variant
  // of the e-mail address that would be unique or an anchor.
  static Result<Rules> with(const std::map<std::string, TypeOverride, std::less<>>& overrides);

  // The kind of a type under these rules: a configured type that is not built in has its own. An
  // override of a name that shares a built-in kind (shopify.customer_id) takes it out of that kind.
  std::uint8_t kind_of(std::string_view type) const;
  const TypeRule& rule(std::uint8_t kind) const { return rules_[kind]; }
  // The rule of a name, as identifier.h's tiers need it.
  const TypeRule& rule_of(std::string_view type) const { return rules_[kind_of(type)]; }
  // As a label: the type's name where the kind has one ("email", "loyalty.card"), else the kind's
  // ("custom", "vendor_id", "record_id", "device_id").
  std::string_view name_of(std::uint8_t kind) const;
  // Identifiers of one family are one piece of evidence: an address and its hashes.
  std::uint8_t family(std::uint8_t kind) const;
  // "identity-2:" and a digest of everything above: what means "the same partition". state.db is
  // rebuilt when it changes.
  std::string version() const;

 private:
  std::map<std::string, std::uint8_t, std::less<>> configured_;
  std::array<TypeRule, 256> rules_;
};

}  // namespace cdp::identity
