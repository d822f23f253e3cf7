#include "identity/identifier.h"

#include <algorithm>
#include <array>

#include "cdp/core/base/limits.h"
#include "identity/blocked.h"
#include "identity/digest.h"
#include "identity/email.h"
#include "identity/phone.h"

namespace cdp::identity {
namespace {

using event::FactIdentifier;
using event::Tier;
using event::Trust;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

using Normalised = std::variant<std::string, Rejection>;

Normalised or_malformed(std::optional<std::string> value) {
  if (!value) return Rejection::malformed;
  return *std::move(value);
}

// Hex in either case; a SHA-256 also in base64, as UID2 hands it out.
Normalised normalise_digest(std::string_view raw, std::size_t bytes) {
  std::string hex(raw);
  std::ranges::transform(hex, hex.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  if (hex.size() != bytes * 2 || !is_hex(hex)) {
    const auto decoded = from_base64(raw);
    if (!decoded || decoded->size() != bytes) return Rejection::malformed;
    hex = to_hex(*decoded);
  }
  if (blocked_digest(hex)) return Rejection::blocked_value;
  return hex;
}

Normalised normalise_phone_value(std::string_view raw, std::string_view default_region) {
  auto phone = normalise_phone(raw, default_region);
  if (phone && blocked_phone(*phone)) return Rejection::blocked_value;
  return or_malformed(std::move(phone));
}

Normalised normalise_gmail(std::string_view raw) {
  const auto email = normalise_email(raw);
  return or_malformed(email ? fold_gmail(*email) : std::nullopt);
}

// Case is kept; control characters mean that it is no id.
Normalised normalise_id(std::string_view raw) {
  const bool control = std::ranges::any_of(
      raw, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (control) return Rejection::malformed;
  return std::string(raw);
}

// `add`: (type, value, the tier it may have at most).
template <class Add>
void add_email_variants(const std::string& email, const Add& add) {
  const std::string plain = sha256_hex(email);
  add("email", email, Tier::authenticated);
  add("email_sha256", plain, Tier::authenticated);
  add("email_md5", md5_hex(email), Tier::authenticated);
  // A folded spelling is weaker than the address itself.
  const std::string uid2 = uid2_form(email);
  if (uid2 == email) {
    add("email_uid2", plain, Tier::authenticated);
  } else {
    add("email_uid2", sha256_hex(uid2), Tier::device);
  }
  // Whoever hashes the address as it is written in their script meets the one with an A-label.
  if (const auto unicode = unicode_email(email)) {
    add("email_sha256", sha256_hex(*unicode), Tier::authenticated);
    add("email_md5", md5_hex(*unicode), Tier::authenticated);
  }
  auto folded = fold_gmail(email);
  if (!folded) return;
  const std::string without_dots = without_gmail_dots(email);
  add("email_gmaildot", sha256_hex(without_dots),
      without_dots == email ? Tier::authenticated : Tier::device);
  // googlemail.com is gmail.com, under which the same mailbox may be known.
  if (const std::string renamed = without_gmail_dots(as_gmail(email)); renamed != without_dots) {
    add("email_gmaildot", sha256_hex(renamed), Tier::device);
  }
  add("email_gmail", *std::move(folded), Tier::authenticated);
}

}  // namespace

Tier effective_tier(std::string_view type, Trust trust, const IdentifierPolicy& policy) {
  const Tier most = trust == Trust::public_key ? Tier::declared : Tier::authenticated;
  return std::min(policy.tier(type), most);
}

bool may_be_folded(std::string_view type) {
  return type == "email_uid2" || type == "email_gmaildot";
}

std::string_view to_string(Rejection rejection) {
  switch (rejection) {
    case Rejection::empty:
      return "empty";
    case Rejection::too_long:
      return "too_long";
    case Rejection::blocked_value:
      return "blocked_value";
    case Rejection::malformed:
      return "malformed";
    case Rejection::unknown_type:
      return "unknown_type";
  }
  return "unknown";
}

Normalised Normaliser::normalise(std::string_view type, const Pii<std::string>& raw,
                                 std::string_view default_region) {
  if (!valid_type_name(type)) return Rejection::unknown_type;
  const std::string_view value = trimmed(raw.open(PiiAccess{}));
  if (value.empty()) return Rejection::empty;
  if (value.size() > limits::kIdentifierBytesMax) return Rejection::too_long;
  if (blocked_value(value)) return Rejection::blocked_value;
  switch (type_kind(type)) {
    case TypeKind::email:
      return or_malformed(normalise_email(value));
    case TypeKind::email_gmail:
      return normalise_gmail(value);
    case TypeKind::phone:
      return normalise_phone_value(value, default_region);
    case TypeKind::email_sha256:
      return normalise_digest(value, 32);
    case TypeKind::email_uid2:
    case TypeKind::email_gmaildot:
      return normalise_digest(value, 32);
    case TypeKind::email_md5:
      return normalise_digest(value, 16);
    case TypeKind::user_id:
    case TypeKind::anonymous_id:
    case TypeKind::vendor_id:
    case TypeKind::record_id:
    case TypeKind::device_id:
    case TypeKind::custom:
      break;
  }
  return normalise_id(value);
}

std::variant<std::vector<FactIdentifier>, Rejection> Normaliser::index(
    const event::Identifier& raw, Trust trust, std::string_view default_region,
    const crypto::BlindIndex& blind_index, const IdentifierPolicy& policy) {
  auto normalised = normalise(raw.type, raw.value, default_region);
  if (const auto* rejection = std::get_if<Rejection>(&normalised)) return *rejection;
  std::string& value = std::get<std::string>(normalised);
  if (policy.blocked(raw.type, value)) return Rejection::blocked_value;
  const TypeKind kind = type_kind(raw.type);
  const bool nobodys = kind == TypeKind::email && (role_mailbox(value) || test_mailbox(value));
  std::vector<FactIdentifier> out;
  const auto add = [&](std::string_view type, std::string text, Tier most) {
    const Token found_under = token(type, text, blind_index);
    const Tier tier = nobodys ? Tier::none : std::min(most, effective_tier(type, trust, policy));
    out.push_back({std::string(type), Pii<std::string>(std::move(text)), found_under, tier});
  };
  if (kind == TypeKind::email_gmaildot) {
    // Of every other provider's address this digest is the plain one.
    add("email_sha256", value, Tier::authenticated);
  }
  if (kind != TypeKind::email) {
    add(raw.type, std::move(value), Tier::authenticated);
    return out;
  }
  add_email_variants(value, add);
  return out;
}

Token Normaliser::token(std::string_view type, std::string_view normalised,
                        const crypto::BlindIndex& blind_index) {
  return blind_index.token({type, normalised});
}

}  // namespace cdp::identity
