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

std::string sentence(const MergeExplanation& explanation, const Join& join, const Rules& rules) {
  const std::string both = name_of(explanation, join.a) + " and " + name_of(explanation, join.b);
  switch (join.reason) {
    case JoinReason::identifier:
      return both + " share " + kind_in_words(join.kind, rules) + " (" +
             std::string(to_string(join.tier)) + ")";
    case JoinReason::accepted:
      return both + " were joined by an officer's decision";
    case JoinReason::matched:
      return both + " are alike enough to be one person (a match)";
  }
  return both;
}

std::string counted(std::ptrdiff_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// "1 authenticated and 2 declared links and 1 decision"
std::string counts(const std::vector<Join>& joins) {
  std::string tiers;
  std::ptrdiff_t links = 0;
  for (const Tier tier : kLinkingTiers) {
    const auto count = std::ranges::count(joins, tier, &Join::tier);
    if (count == 0) continue;
    links += count;
    tiers +=
        (tiers.empty() ? "" : " and ") + std::to_string(count) + " " + std::string(to_string(tier));
  }
  std::vector<std::string> parts;
  if (links > 0) parts.push_back(tiers + (links == 1 ? " link" : " links"));
  const auto decisions = std::ranges::count(joins, JoinReason::accepted, &Join::reason);
  if (decisions > 0) parts.push_back(counted(decisions, "decision", "decisions"));
  const auto matches = std::ranges::count(joins, JoinReason::matched, &Join::reason);
  if (matches > 0) parts.push_back(counted(matches, "match", "matches"));
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " and ") + part;
  return out;
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

std::string kind_in_words(std::uint8_t kind, const Rules& rules) {
  if (kind >= kConfiguredKindFirst) return "a " + std::string(rules.name_of(kind));
  switch (static_cast<TypeKind>(kind)) {
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
    case TypeKind::email_sha256:
    case TypeKind::email_md5:
    case TypeKind::email_uid2:
    case TypeKind::email_gmaildot:
      return "a hashed e-mail address";
    case TypeKind::email_gmail:
      return "a mailbox under another spelling";
    case TypeKind::vendor_id:
      return "a vendor's customer id";
    case TypeKind::record_id:
      return "a vendor's record";
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

std::string explain_in_words(const MergeExplanation& explanation, const Rules& rules) {
  const std::string subject = explanation.subject.to_string();
  if (explanation.members.size() < 2) {
    return "1 record stands alone (" + subject + "): no link joins it to another\n";
  }
  std::string out =
      std::to_string(explanation.members.size()) + " records are one person (" + subject + "):\n";
  for (const Join& join : explanation.joins)
    out += "  " + sentence(explanation, join, rules) + "\n";
  return out + "held together by " + counts(explanation.joins) + "\n";
}

std::string explain_as_json(const MergeExplanation& explanation, const Rules& rules) {
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
    const bool shared = join.reason == JoinReason::identifier;
    out += "{\"a\":" + json::quote(id_of(explanation, join.a)) +
           ",\"b\":" + json::quote(id_of(explanation, join.b)) +
           ",\"reason\":" + json::quote(to_string(join.reason)) +
           ",\"identifier\":" + json::quote(shared ? rules.name_of(join.kind) : "") +
           ",\"tier\":" + json::quote(shared ? to_string(join.tier) : "") +
           ",\"words\":" + json::quote(sentence(explanation, join, rules)) + "}";
  }
  return out + "]}";
}

std::string hold_in_words(const Hold& hold, const Rules& rules) {
  const std::string what = kind_in_words(hold.kind, rules);
  const std::string on_tier = what + " (" + std::string(to_string(hold.tier)) + ")";
  switch (hold.reason) {
    case HoldReason::unique:
      return (hold.tier == Tier::none ? "they look alike" : "they share " + on_tier) +
             ", and each has a login that the other lacks";
    case HoldReason::anchored:
      return "two accounts share " + on_tier + ", and nothing else that is independent of it";
    case HoldReason::ambiguous:
      return "the record shares " + on_tier + " with one account, and belongs as much to another";
    case HoldReason::over_cap:
      return "too many records carry " + what + ": it links nobody";
    case HoldReason::many_values:
      return "the record carries too many values of one kind (" + what +
             "): they link it to nobody";
  }
  return what;
}

}  // namespace cdp::identity
