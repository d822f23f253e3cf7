#include "identity/resolver.h"

#include <algorithm>
#include <array>

#include "cdp/core/event/json.h"
#include "identity/profile.h"

namespace cdp::identity {
namespace {

using event::Tier;

constexpr std::array<Tier, 3> kLinkingTiers{Tier::authenticated, Tier::declared, Tier::device};

const ExplainedMember* member_of(const MergeExplanation& explanation, PersonaOrdinal persona) {
  const auto found = std::ranges::find(explanation.members, persona, &ExplainedMember::persona);
  return found == explanation.members.end() ? nullptr : &*found;
}

std::string name_of(const MergeExplanation& explanation, PersonaOrdinal persona) {
  const ExplainedMember* member = member_of(explanation, persona);
  if (member == nullptr) return "a record";
  return member->source + (member->anonymous ? " device (" : " (") + member->id + ")";
}

std::string id_of(const MergeExplanation& explanation, PersonaOrdinal persona) {
  const ExplainedMember* member = member_of(explanation, persona);
  return member == nullptr ? std::string() : member->id;
}

std::string sentence(const MergeExplanation& explanation, const Join& join) {
  return name_of(explanation, join.a) + " and " + name_of(explanation, join.b) + " share " +
         std::string(kind_in_words(static_cast<TypeKind>(join.kind))) + " (" +
         std::string(to_string(join.tier)) + ")";
}

// "1 authenticated and 2 declared links"
std::string counts(const std::vector<Join>& joins) {
  std::string out;
  for (const Tier tier : kLinkingTiers) {
    const auto count = std::ranges::count(joins, tier, &Join::tier);
    if (count == 0) continue;
    if (!out.empty()) out += " and ";
    out += std::to_string(count) + " " + std::string(to_string(tier));
  }
  return out + (joins.size() == 1 ? " link" : " links");
}

}  // namespace

std::vector<Link> links_of(PersonaOrdinal persona,
                           std::span<const event::FactIdentifier> identifiers, const Rules& rules) {
  std::vector<Link> out;
  out.reserve(identifiers.size());
  for (const event::FactIdentifier& identifier : identifiers) {
    out.push_back({persona, identifier.token, identifier.tier, rules.kind_of(identifier.type)});
  }
  return out;
}

SubjectId subject_id(const Token& anchor, std::uint64_t epoch,
                     const crypto::BlindIndex& pseudonym_index) {
  return SubjectId(
      pseudonym_index.token({"subject", as_text(ByteView(anchor)), std::to_string(epoch)}));
}

SubjectId subject_id(const Token& anchor, const crypto::BlindIndex& pseudonym_index) {
  return subject_id(anchor, 0, pseudonym_index);
}

std::string_view kind_name(TypeKind kind) {
  switch (kind) {
    case TypeKind::custom:
      return "custom";
    case TypeKind::email:
      return "email";
    case TypeKind::phone:
      return "phone";
    case TypeKind::user_id:
      return "user_id";
    case TypeKind::anonymous_id:
      return "anonymous_id";
    case TypeKind::email_sha256:
      return "email_sha256";
    case TypeKind::email_md5:
      return "email_md5";
    case TypeKind::email_gmail:
      return "email_gmail";
    case TypeKind::vendor_id:
      return "vendor_id";
    case TypeKind::email_uid2:
      return "email_uid2";
    case TypeKind::email_gmaildot:
      return "email_gmaildot";
    case TypeKind::record_id:
      return "record_id";
    case TypeKind::device_id:
      return "device_id";
  }
  return "custom";
}

std::string_view kind_in_words(TypeKind kind) {
  switch (kind) {
    case TypeKind::custom:
      return "an identifier of the shop's own";
    case TypeKind::email:
      return "an e-mail address";
    case TypeKind::phone:
      return "a phone number";
    case TypeKind::user_id:
      return "a login";
    case TypeKind::anonymous_id:
    case TypeKind::device_id:
      return "a device";
    case TypeKind::record_id:
      return "a vendor's record";
    case TypeKind::email_sha256:
    case TypeKind::email_md5:
    case TypeKind::email_uid2:
    case TypeKind::email_gmaildot:
      return "a hashed e-mail address";
    case TypeKind::email_gmail:
      return "a mailbox under another spelling";
    case TypeKind::vendor_id:
      return "a vendor's customer id";
  }
  return "an identifier";
}

std::string_view to_string(Tier tier) {
  switch (tier) {
    case Tier::none:
      return "none";
    case Tier::derived:
      return "derived";
    case Tier::device:
      return "device";
    case Tier::declared:
      return "declared";
    case Tier::authenticated:
      return "authenticated";
  }
  return "none";
}

std::string explain_in_words(const MergeExplanation& explanation) {
  const std::string subject = explanation.subject.to_string();
  if (explanation.members.size() < 2) {
    return "1 record stands alone (" + subject + "): no link joins it to another\n";
  }
  std::string out =
      std::to_string(explanation.members.size()) + " records are one person (" + subject + "):\n";
  for (const Join& join : explanation.joins) out += "  " + sentence(explanation, join) + "\n";
  return out + "held together by " + counts(explanation.joins) + "\n";
}

std::string explain_as_json(const MergeExplanation& explanation) {
  std::string out = "{\"subject\":" + json::quote(explanation.subject.to_string());
  out += ",\"members\":[";
  for (const ExplainedMember& member : explanation.members) {
    if (&member != explanation.members.data()) out += ",";
    out += "{\"persona\":" + json::quote(member.id) + ",\"source\":" + json::quote(member.source) +
           ",\"anonymous\":" + (member.anonymous ? "true" : "false") + "}";
  }
  out += "],\"joins\":[";
  for (const Join& join : explanation.joins) {
    if (&join != explanation.joins.data()) out += ",";
    out += "{\"a\":" + json::quote(id_of(explanation, join.a)) +
           ",\"b\":" + json::quote(id_of(explanation, join.b)) +
           ",\"identifier\":" + json::quote(kind_name(static_cast<TypeKind>(join.kind))) +
           ",\"tier\":" + json::quote(to_string(join.tier)) +
           ",\"words\":" + json::quote(sentence(explanation, join)) + "}";
  }
  return out + "]}";
}

}  // namespace cdp::identity
