#include "identity/graph/rules.h"

#include <sodium.h>

#include <algorithm>

#include "cdp/core/base/bytes.h"

namespace cdp::identity {
namespace {

using event::Tier;

struct Builtin {
  std::string_view name;
  TypeKind kind;
};
constexpr std::array<Builtin, 9> kBuiltins{{
    {"email", TypeKind::email},
    {"phone", TypeKind::phone},
    {"user_id", TypeKind::user_id},
    {"anonymous_id", TypeKind::anonymous_id},
    {"email_sha256", TypeKind::email_sha256},
    {"email_md5", TypeKind::email_md5},
    {"email_gmail", TypeKind::email_gmail},
    {"email_uid2", TypeKind::email_uid2},
    {"email_gmaildot", TypeKind::email_gmaildot},
}};

// Whose "<vendor>.<kind>" is an id that the vendor gives out.
constexpr std::array<std::string_view, 9> kVendors{"blueconic",
                                                   "dynamic_yield",
                                                   "emarsys",
                                                   "klaviyo",
                                                   "mailchimp",
                                                   "rudderstack",
                                                   "salesforce_commerce_cloud",
                                                   "segment",
                                                   "shopify"};

// Of those, what names an account that somebody logs in to. Every other id names a record: a
// mailing list's contact is keyed by its address, an order by its number.
constexpr std::array<std::string_view, 4> kAccountKinds{"customer_id", "customer_no", "user_id",
                                                        "account_id"};

// Ids of a browser or a device, whoever holds it. Segment's own external id types and the vendors'
// visitor cookies.
constexpr std::array<std::string_view, 7> kDeviceTypes{
    "blueconic.profile_id", "cross_domain_id",     "dynamic_yield.dyid", "ga_client_id",
    "ga4_client_id",        "klaviyo.exchange_id", "push_token"};

bool is_device_type(std::string_view type) {
  return type.starts_with("ios.") || type.starts_with("android.") ||
         std::ranges::find(kDeviceTypes, type) != kDeviceTypes.end();
}

// Degrees (docs/adr/0010-identity-rules.md): a household of six in eight sources stays below 50.
TypeRule default_rule(TypeKind kind) {
  switch (kind) {
    case TypeKind::email:
    case TypeKind::email_sha256:
    case TypeKind::email_md5:
    case TypeKind::email_uid2:
    case TypeKind::email_gmaildot:
    case TypeKind::phone:
    case TypeKind::custom:
      return {Tier::declared, 50, 10, false, false};
    case TypeKind::email_gmail:
      return {Tier::derived, 50, 10, false, false};
    case TypeKind::user_id:
      return {Tier::authenticated, 100, 10, true, true};
    case TypeKind::vendor_id:
      return {Tier::authenticated, 100, 20, false, true};
    case TypeKind::record_id:
      return {Tier::authenticated, 100, 1'000, false, false};
    case TypeKind::anonymous_id:
    case TypeKind::device_id:
      return {Tier::device, 25, 1'000, false, false};
  }
  return {};
}

bool is_email(std::uint8_t kind) {
  switch (static_cast<TypeKind>(kind)) {
    case TypeKind::email:
    case TypeKind::email_sha256:
    case TypeKind::email_md5:
    case TypeKind::email_gmail:
    case TypeKind::email_uid2:
    case TypeKind::email_gmaildot:
      return true;
    case TypeKind::custom:
    case TypeKind::phone:
    case TypeKind::user_id:
    case TypeKind::anonymous_id:
    case TypeKind::vendor_id:
    case TypeKind::record_id:
    case TypeKind::device_id:
      return false;
  }
  return false;
}

// What is made from an address tells as much as the address: what configuration says of it holds
// for them, too. A variant is never stronger than by default.
TypeRule variant_rule(TypeKind kind, const TypeOverride& email) {
  TypeRule rule = default_rule(kind);
  rule.tier = std::min(rule.tier, email.tier.value_or(rule.tier));
  rule.degree_max = email.degree_max.value_or(rule.degree_max);
  rule.values_max = email.values_max.value_or(rule.values_max);
  return rule;
}

Result<void> check(std::string_view name, const TypeRule& rule, TypeKind kind) {
  const std::string quoted = "identifier type '" + std::string(name) + "'";
  if (rule.degree_max == 0 || rule.values_max == 0) {
    return fail(ErrorCode::invalid_argument, quoted + " has a bound of zero",
                "to keep a type from linking, set its tier to \"none\"");
  }
  if (is_email(static_cast<std::uint8_t>(kind)) && (rule.unique || rule.anchor)) {
    return fail(ErrorCode::invalid_argument,
                quoted + " can neither be unique nor an anchor: it is an address",
                "people have several addresses, and families share one");
  }
  if (rule.anchor && rule.tier != Tier::authenticated) {
    return fail(ErrorCode::invalid_argument,
                quoted + " is an anchor and would never be authenticated",
                "give it tier \"authenticated\", or leave anchor out");
  }
  return {};
}

}  // namespace

TypeKind type_kind(std::string_view type) {
  const auto* known = std::ranges::find(kBuiltins, type, &Builtin::name);
  if (known != kBuiltins.end()) return known->kind;
  if (is_device_type(type)) return TypeKind::device_id;
  const std::size_t dot = type.find('.');
  if (dot == std::string_view::npos || dot + 1 >= type.size() ||
      std::ranges::find(kVendors, type.substr(0, dot)) == kVendors.end()) {
    return TypeKind::custom;
  }
  const bool account =
      std::ranges::find(kAccountKinds, type.substr(dot + 1)) != kAccountKinds.end();
  return account ? TypeKind::vendor_id : TypeKind::record_id;
}

bool valid_type_name(std::string_view type) {
  return !type.empty() && type.size() <= 64 &&
         type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

Rules::Rules() {
  for (std::size_t kind = 0; kind <= static_cast<std::size_t>(TypeKind::device_id); ++kind) {
    rules_[kind] = default_rule(static_cast<TypeKind>(kind));
  }
}

const Rules& Rules::defaults() {
  static const Rules kDefaults;
  return kDefaults;
}

Result<Rules> Rules::with(const std::map<std::string, TypeOverride, std::less<>>& overrides) {
  Rules out;
  if (const auto email = overrides.find("email"); email != overrides.end()) {
    for (const Builtin& type : kBuiltins) {
      const auto number = static_cast<std::uint8_t>(type.kind);
      if (type.kind != TypeKind::email && is_email(number)) {
        out.rules_[number] = variant_rule(type.kind, email->second);
      }
    }
  }
  for (const auto& [name, change] : overrides) {
    if (!valid_type_name(name)) {
      return fail(ErrorCode::invalid_argument, "'" + name + "' is no identifier type",
                  "names are 1 to 64 of a-z, 0-9, '_' and '.'");
    }
    const TypeKind kind = type_kind(name);
    auto number = static_cast<std::uint8_t>(kind);
    TypeRule rule = out.rules_[number];
    if (std::ranges::find(kBuiltins, name, &Builtin::name) == kBuiltins.end()) {
      if (out.configured_.size() == kConfiguredKindsMax) {
        return fail(ErrorCode::invalid_argument, "too many identifier types are configured",
                    "at most " + std::to_string(kConfiguredKindsMax));
      }
      number = static_cast<std::uint8_t>(kConfiguredKindFirst + out.configured_.size());
      out.configured_[name] = number;
    }
    rule.tier = change.tier.value_or(rule.tier);
    rule.degree_max = change.degree_max.value_or(rule.degree_max);
    rule.values_max = change.values_max.value_or(rule.values_max);
    rule.unique = change.unique.value_or(rule.unique);
    // A type that is never authenticated proves no account, unless somebody insists: see check().
    rule.anchor = change.anchor.value_or(rule.anchor && rule.tier == Tier::authenticated);
    CDP_CHECK(check(name, rule, kind));
    out.rules_[number] = rule;
  }
  return out;
}

std::uint8_t Rules::kind_of(std::string_view type) const {
  if (!configured_.empty()) {
    const auto found = configured_.find(type);
    if (found != configured_.end()) return found->second;
  }
  return static_cast<std::uint8_t>(type_kind(type));
}

std::string_view Rules::name_of(std::uint8_t kind) const {
  for (const auto& [name, number] : configured_) {
    if (number == kind) return name;
  }
  const auto* known = std::ranges::find(kBuiltins, static_cast<TypeKind>(kind), &Builtin::kind);
  if (known != kBuiltins.end()) return known->name;
  if (kind == static_cast<std::uint8_t>(TypeKind::vendor_id)) return "vendor_id";
  if (kind == static_cast<std::uint8_t>(TypeKind::record_id)) return "record_id";
  if (kind == static_cast<std::uint8_t>(TypeKind::device_id)) return "device_id";
  return "custom";
}

std::uint8_t Rules::family(std::uint8_t kind) const {
  // A record's id is often made from the address.
  const bool address = is_email(kind) || kind == static_cast<std::uint8_t>(TypeKind::record_id);
  return address ? static_cast<std::uint8_t>(TypeKind::email) : kind;
}

std::string Rules::version() const {
  std::string content;
  const auto describe = [&](std::string_view name, std::uint8_t kind) {
    const TypeRule& rule = rules_[kind];
    content += std::string(name) + " " + std::to_string(kind) + " " +
               std::to_string(static_cast<int>(rule.tier)) + " " + std::to_string(rule.degree_max) +
               " " + std::to_string(rule.values_max) + (rule.unique ? " unique" : "") +
               (rule.anchor ? " anchor" : "") + "\n";
  };
  for (std::uint8_t kind = 0; kind <= static_cast<std::uint8_t>(TypeKind::device_id); ++kind) {
    describe("", kind);
  }
  for (const auto& [name, kind] : configured_) describe(name, kind);
  std::array<std::uint8_t, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), as_bytes(content).data(), content.size(),
                     nullptr, 0);
  return "identity-2:" + to_hex(ByteView(digest).first(8));
}

}  // namespace cdp::identity
