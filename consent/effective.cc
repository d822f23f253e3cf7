#include "consent/effective.h"

#include <algorithm>

#include "consent/contact_point_reader.h"
#include "consent/weighing.h"

namespace cdp::consent {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::granted:
      return "granted";
    case Reason::allowed_by_default:
      return "allowed_by_default";
    case Reason::allowed_by_basis:
      return "allowed_by_basis";
    case Reason::no_statement:
      return "no_statement";
    case Reason::denied:
      return "denied";
    case Reason::withdrawn:
      return "withdrawn";
    case Reason::objected:
      return "objected";
    case Reason::restricted:
      return "restricted";
    case Reason::weak_evidence:
      return "weak_evidence";
    case Reason::superseded_by_denial:
      return "superseded_by_denial";
    case Reason::expired:
      return "expired";
    case Reason::stale_notice:
      return "stale_notice";
    case Reason::other_contact_point:
      return "other_contact_point";
    case Reason::anonymous_grant:
      return "anonymous_grant";
    case Reason::unlinked_grant:
      return "unlinked_grant";
    case Reason::needs_parent:
      return "needs_parent";
    case Reason::outgrown:
      return "outgrown";
    case Reason::no_sale:
      return "no_sale";
    case Reason::purpose_unknown:
      return "purpose_unknown";
    case Reason::destination_unknown:
      return "destination_unknown";
    case Reason::purpose_not_configured:
      return "purpose_not_configured";
    case Reason::attribute_not_mapped:
      return "attribute_not_mapped";
    case Reason::attribute_not_configured:
      return "attribute_not_configured";
    case Reason::no_value:
      return "no_value";
    case Reason::erased:
      return "erased";
  }
  return "no_statement";
}

int informative(Reason reason) {
  constexpr std::array kOrder = {
      Reason::erased,
      Reason::destination_unknown,
      Reason::purpose_unknown,
      Reason::purpose_not_configured,
      Reason::attribute_not_configured,
      Reason::attribute_not_mapped,
      Reason::no_value,
      Reason::no_statement,
      Reason::no_sale,
      Reason::anonymous_grant,
      Reason::unlinked_grant,
      Reason::other_contact_point,
      Reason::weak_evidence,
      Reason::needs_parent,
      Reason::stale_notice,
      Reason::outgrown,
      Reason::expired,
      Reason::denied,
      Reason::withdrawn,
      Reason::superseded_by_denial,
      Reason::objected,
      Reason::restricted,
      Reason::allowed_by_default,
      Reason::allowed_by_basis,
      Reason::granted,
  };
  const auto it = std::find(kOrder.begin(), kOrder.end(), reason);
  return static_cast<int>(it - kOrder.begin());
}

namespace {

// The record's only address of that type is this one, and not just because a browser says so.
bool only_address_is(const identity::ProfileMember& member, const std::string& type,
                     const Token& token) {
  const auto& document = member.document;
  if (document.anonymous || document.trust == event::Trust::public_key) return false;
  bool found = false;
  for (const auto& identifier : document.identifiers) {
    if (identifier.type != type) continue;
    if (identifier.token != token || identifier.tier == event::Tier::none) return false;
    found = true;
  }
  return found;
}

// The proof groups that a grant verified by us reaches besides its own.
void add_proven(const identity::Profile& profile, const identity::ProfileMember& speaker,
                const event::Statement& statement, std::vector<Evidence>* evidence) {
  if (statement.choice != event::Choice::granted || statement.grade != event::Grade::verified ||
      !statement.contact_point || statement.anonymous ||
      speaker.document.trust == event::Trust::public_key) {
    return;
  }
  std::vector<std::uint32_t> reached = {speaker.proof_group};
  for (const auto& member : profile.members) {
    if (std::find(reached.begin(), reached.end(), member.proof_group) != reached.end()) continue;
    if (!only_address_is(member, statement.contact_type, *statement.contact_point)) continue;
    reached.push_back(member.proof_group);
    evidence->push_back({&statement, speaker.persona, member.proof_group, speaker.document.trust});
  }
}

}  // namespace

std::vector<Evidence> evidence_of(const identity::Profile& profile) {
  std::vector<Evidence> evidence;
  std::size_t count = 0;
  for (const auto& member : profile.members) count += member.document.statements.size();
  evidence.reserve(count);
  for (const auto& member : profile.members) {
    for (const auto& statement : member.document.statements) {
      evidence.push_back({&statement, member.persona, member.proof_group, member.document.trust});
      add_proven(profile, member, statement, &evidence);
    }
  }
  return evidence;
}

std::vector<std::string> jurisdictions_of(const identity::Profile& profile, const Policy& policy) {
  std::vector<std::string> found;
  for (const auto& member : profile.members) {
    auto places = ContactPointReader::jurisdictions(member.document);
    std::move(places.begin(), places.end(), std::back_inserter(found));
    for (const auto& statement : member.document.statements) {
      if (!statement.jurisdiction.empty()) found.push_back(statement.jurisdiction);
    }
  }
  if (!found.empty() && !policy.home_jurisdiction.empty()) {
    found.push_back(policy.home_jurisdiction);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

AgeEvidence age_of(const identity::Profile& profile, const Policy& policy) {
  std::vector<std::string> names{"age"};
  for (const auto& [name, rule] : policy.attributes) {
    if (covers("user.demographic.date_of_birth", rule.category)) names.push_back(name);
  }
  AgeEvidence age;
  for (const auto& name : names) {
    for (const auto& member : profile.members) {
      const auto [given, born] = ContactPointReader::birth(member.document, name);
      age.unreadable |= given && !born;
      if (born && (!age.born || *age.born < *born)) age.born = born;
    }
  }
  return age;
}

Decision decide(const Question& question, std::span<const Evidence> evidence, const Policy& policy,
                Time now) {
  return Weighing(question, evidence, policy, now).decide(question);
}

Question question_about(const identity::ProfileMember& member, const Purpose& purpose) {
  Question question;
  question.purpose = &purpose;
  question.sale_or_share = purpose.sale_or_share;
  question.proof_group = member.proof_group;
  question.anonymous_member = member.document.anonymous;
  question.public_member = member.document.trust == event::Trust::public_key;
  question.asking = member.persona;
  return question;
}

std::vector<Decision> decisions_by_record(const identity::Profile& profile,
                                          const PersonEvidence& evidence, const Policy& policy,
                                          const Purpose& purpose, std::string_view vendor,
                                          Time now) {
  const std::string_view contact_type = contact_type_of(purpose.channel);
  const DestinationConfig* destination = policy.destination(std::string(vendor));
  const bool sold = destination != nullptr && destination->role == DestinationRole::sale_or_share;
  const auto about = [&](Question question) {
    question.purpose = &purpose;
    question.vendor = vendor;
    question.sale_or_share = sold || purpose.sale_or_share;
    question.jurisdictions = evidence.places;
    question.born = evidence.age.born;
    question.age_unreadable = evidence.age.unreadable;
    return question;
  };
  const Weighing weighing(about({}), evidence.statements, policy, now);
  std::vector<Decision> decisions;
  decisions.reserve(profile.members.size());
  for (const auto& member : profile.members) {
    Question question = about(question_about(member, purpose));
    Decision& best = decisions.emplace_back(weighing.decide(question));
    const auto ask = [&](const Token& address) {
      question.contact_point = address;
      const Decision decision = weighing.decide(question);
      if (informative(decision.reason) > informative(best.reason)) best = decision;
    };
    if (contact_type.empty()) continue;
    for (const auto& identifier : member.document.identifiers) {
      if (identifier.type == contact_type) ask(identifier.token);
    }
    for (const auto& statement : member.document.statements) {
      if (statement.contact_type == contact_type && statement.contact_point) {
        ask(*statement.contact_point);
      }
    }
  }
  return decisions;
}

Decision best_decision(const identity::Profile& profile, const PersonEvidence& evidence,
                       const Policy& policy, const Purpose& purpose, std::string_view vendor,
                       Time now) {
  const auto decisions = decisions_by_record(profile, evidence, policy, purpose, vendor, now);
  const auto best = std::max_element(decisions.begin(), decisions.end(),
                                     [](const Decision& a, const Decision& b) {
                                       return informative(a.reason) < informative(b.reason);
                                     });
  return best == decisions.end() ? Decision{} : *best;
}

std::vector<Decision> decide_cohort(std::span<const identity::Profile> people, const Policy& policy,
                                    const Purpose& purpose, std::string_view vendor, Time now) {
  std::vector<Decision> decisions;
  decisions.reserve(people.size());
  for (const identity::Profile& person : people) {
    const PersonEvidence evidence(person, policy);
    decisions.push_back(best_decision(person, evidence, policy, purpose, vendor, now));
  }
  return decisions;
}

}  // namespace cdp::consent
