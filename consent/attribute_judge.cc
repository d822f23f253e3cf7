#include "consent/attribute_judge.h"

#include <algorithm>
#include <tuple>

#include "consent/contact_point_reader.h"

namespace cdp::consent {

namespace {

// The identifier type that an attribute's value is an address of; empty for other attributes.
std::string_view contact_type_of_attribute(const std::string& name, const AttributeRule* rule) {
  if (name == "email" || name == "phone") return name;
  if (rule == nullptr) return {};
  if (covers("user.contact.email", rule->category)) return "email";
  if (covers("user.contact.phone_number", rule->category)) return "phone";
  return {};
}

// An attribute mapped for "marketing" may serve "marketing.communications.email", not the reverse.
bool serves(const AttributeRule& rule, const std::string& purpose) {
  return rule.purposes.empty() ||
         std::any_of(rule.purposes.begin(), rule.purposes.end(),
                     [&](const std::string& mapped) { return covers(mapped, purpose); });
}

}  // namespace

AttributeJudge::AttributeJudge(const Policy& policy, const DestinationConfig& destination,
                               const Purpose& purpose, const identity::Profile& profile,
                               const crypto::BlindIndex& link_index, Time now)
    : policy_(policy),
      destination_(destination),
      purpose_(purpose),
      profile_(profile),
      link_index_(link_index),
      now_(now),
      evidence_(profile, policy),
      by_category_(Weighing::needs_categories(evidence_.statements, policy)) {
  if (!purpose.channel.empty()) settle_address();
}

const Weighing& AttributeJudge::weighing(const std::string& category) {
  const std::string& key = by_category_ ? category : std::string();
  const auto it = weighings_.find(key);
  if (it != weighings_.end()) return it->second;
  Question question;
  question.purpose = &purpose_;
  question.vendor = destination_.name;
  question.sale_or_share = destination_.role == DestinationRole::sale_or_share;
  question.category = key;
  question.jurisdictions = evidence_.places;
  question.born = evidence_.age.born;
  question.age_unreadable = evidence_.age.unreadable;
  return weighings_.try_emplace(key, question, evidence_.statements, policy_, now_).first->second;
}

Decision AttributeJudge::decide(const Candidate& candidate, const AttributeRule* rule,
                                const std::optional<Token>& address) {
  Question question = question_about(*candidate.member, purpose_);
  question.contact_point = address;
  question.sensitive = rule != nullptr && rule->sensitive;
  return weighing(rule != nullptr ? rule->category : std::string()).decide(question);
}

void AttributeJudge::add_identifiers(const identity::ProfileMember& member,
                                     std::string_view contact_type,
                                     std::vector<Candidate>* found) const {
  const auto first = static_cast<std::ptrdiff_t>(found->size());
  // Later appearances are newer: they are offered first, and earlier candidates win ties.
  const auto& identifiers = member.document.identifiers;
  for (auto it = identifiers.rbegin(); it != identifiers.rend(); ++it) {
    if (it->type != contact_type || it->tier == event::Tier::none) continue;
    if (only_claimed(member, it->token)) continue;
    const bool known = std::any_of(found->begin(), found->begin() + first, [&](const auto& c) {
      return c.member == &member && c.address == it->token;
    });
    if (!known) found->push_back({&member, nullptr, &*it, it->token, {}, {}});
  }
}

// Anybody who holds the browser key can claim to be anybody: an address that he put beside a
// victim's login must not stand in one view with what is known of the victim. On a channel the
// grant decides, which is bound to its address.
bool AttributeJudge::only_claimed(const identity::ProfileMember& member,
                                  const std::optional<Token>& address) const {
  if (!purpose_.channel.empty() || member.document.trust != event::Trust::public_key) return false;
  bool vouched = false;
  for (const auto& other : profile_.members) {
    if (other.document.trust == event::Trust::public_key) continue;
    vouched = true;
    for (const auto& identifier : other.document.identifiers) {
      if (address && identifier.token == *address) return false;
    }
  }
  return vouched;
}

// An address that an officer took back from the record is not the record's, under whichever name
// its source gave it.
bool AttributeJudge::is_retracted(const identity::ProfileMember& member,
                                  const std::optional<Token>& address) {
  return address && std::any_of(member.retracted.begin(), member.retracted.end(),
                                [&](const auto& one) { return one.token == *address; });
}

std::vector<AttributeJudge::Candidate> AttributeJudge::candidates(const std::string& attribute,
                                                                  std::string_view contact_type,
                                                                  bool need_address) const {
  std::vector<Candidate> found;
  found.reserve(profile_.members.size());
  for (const auto& member : profile_.members) {
    if (member.withheld) continue;
    const std::size_t before = found.size();
    const auto it = member.document.attributes.find(attribute);
    bool given = it != member.document.attributes.end();
    if (given && !ContactPointReader::is_null(it->second)) {
      Candidate candidate{&member,      &it->second.json,       nullptr,
                          std::nullopt, it->second.occurred_at, it->second.position};
      if (need_address || !contact_type.empty()) {
        const SourceConfig* source = policy_.source(member.document.source);
        candidate.address = ContactPointReader::token(
            member.document, it->second.json, contact_type,
            source != nullptr ? std::string_view(source->default_region) : std::string_view(),
            link_index_);
      }
      given = !is_retracted(member, candidate.address);
      if (given && (contact_type.empty() || !only_claimed(member, candidate.address))) {
        found.push_back(candidate);
      }
    }
    // A source that names an address without asserting an attribute has named it all the same;
    // one that deleted the attribute has not.
    if (attribute != contact_type || (given && found.size() == before)) continue;
    if (need_address || found.size() == before) add_identifiers(member, contact_type, &found);
  }
  return found;
}

std::vector<AttributeJudge::Judged> AttributeJudge::judge_addresses() {
  const std::string type(contact_type_of(purpose_.channel));
  std::vector<Judged> judged;
  if (type.empty()) return judged;
  const auto it = policy_.attributes.find(type);
  const AttributeRule* rule = it == policy_.attributes.end() ? nullptr : &it->second;
  for (const Candidate& candidate : candidates(type, type, true)) {
    if (candidate.address)
      judged.push_back({candidate, decide(candidate, rule, candidate.address)});
  }
  return judged;
}

void AttributeJudge::settle_address() {
  address_decision_ = {false, Reason::no_value, nullptr};
  for (const auto& [candidate, decision] : judge_addresses()) {
    if (!decision.allowed) {
      if (!address_ && informative(decision.reason) > informative(address_decision_.reason)) {
        address_decision_ = decision;
      }
      continue;
    }
    const auto order = [](const Candidate& c) { return std::tie(c.at, c.position); };
    if (!address_ || order(*address_) < order(candidate)) {
      address_ = candidate;
      address_decision_ = decision;
    }
  }
}

std::optional<AttributeJudge::Address> AttributeJudge::address() const {
  if (!address_ || !address_->address) return std::nullopt;
  return Address{address_->member, *address_->address};
}

std::map<Token, Decision> AttributeJudge::addresses() {
  std::map<Token, Decision> best;
  const bool served = rule_of(std::string(contact_type_of(purpose_.channel))) != nullptr;
  for (auto& [candidate, decision] : judge_addresses()) {
    if (!served) decision = {false, Reason::attribute_not_mapped, nullptr};
    const auto [it, first] = best.try_emplace(*candidate.address, decision);
    if (!first && informative(decision.reason) > informative(it->second.reason)) {
      it->second = decision;
    }
  }
  return best;
}

const AttributeRule* AttributeJudge::rule_of(const std::string& attribute) const {
  const auto it = policy_.attributes.find(attribute);
  const bool usable = it != policy_.attributes.end() && serves(it->second, purpose_.key);
  return usable ? &it->second : nullptr;
}

std::vector<AttributeJudge::Judged> AttributeJudge::judge_values(const std::string& attribute,
                                                                 const AttributeRule& rule) {
  const bool channel = !purpose_.channel.empty();
  const std::string_view contact_type = contact_type_of_attribute(attribute, &rule);
  const bool bound = channel && !contact_type.empty();
  std::vector<Judged> judged;
  for (const Candidate& candidate : candidates(attribute, contact_type, bound)) {
    if (channel && !address_) {
      judged.push_back({candidate, address_decision_});
      continue;
    }
    Decision decision = decide(candidate, &rule, channel ? address_->address : std::nullopt);
    if (decision.allowed && bound && candidate.address != address_->address) {
      decision = {false, Reason::other_contact_point, decision.deciding};
    }
    judged.push_back({candidate, decision});
  }
  return judged;
}

JudgedAttribute AttributeJudge::judge(const std::string& attribute) {
  JudgedAttribute judged;
  judged.decision = {false, Reason::attribute_not_mapped, nullptr};
  const AttributeRule* rule = rule_of(attribute);
  if (rule == nullptr) return judged;
  const bool channel = !purpose_.channel.empty();
  if (channel && !address_) {
    judged.decision = address_decision_;
    return judged;
  }
  if (channel && attribute == contact_type_of(purpose_.channel)) {
    judged = {address_decision_, address_->member, address_->json, address_->identifier};
    return judged;
  }
  judged.decision.reason = Reason::no_value;
  const auto values = judge_values(attribute, *rule);
  const Candidate* best = nullptr;
  for (const auto& [candidate, decision] : values) {
    // The newest; but what anybody can write over a browser's key overwrites nobody's word for it.
    const auto order = [](const Candidate& c) {
      return std::tuple(c.member->document.trust != event::Trust::public_key, c.at, c.position);
    };
    if (decision.allowed && (best == nullptr || order(*best) < order(candidate))) {
      best = &candidate;
      judged = {decision, candidate.member, candidate.json, candidate.identifier};
    } else if (best == nullptr &&
               informative(decision.reason) > informative(judged.decision.reason)) {
      judged.decision = decision;
    }
  }
  return judged;
}

std::vector<AttributeJudge::RecordDecision> AttributeJudge::judge_records(
    const std::vector<std::string>& attributes) {
  std::map<const identity::ProfileMember*, Decision> best;
  for (const std::string& attribute : attributes) {
    const AttributeRule* rule = rule_of(attribute);
    if (rule == nullptr) continue;
    const bool own = !purpose_.channel.empty() && attribute == contact_type_of(purpose_.channel);
    for (const auto& [candidate, decision] :
         own ? judge_addresses() : judge_values(attribute, *rule)) {
      const auto [it, first] = best.try_emplace(candidate.member, decision);
      if (!first && informative(decision.reason) > informative(it->second.reason)) {
        it->second = decision;
      }
    }
  }
  std::vector<RecordDecision> records;
  for (const auto& member : profile_.members) {
    const auto it = best.find(&member);
    if (it != best.end()) records.push_back({&member, it->second});
  }
  return records;
}

}  // namespace cdp::consent
