#include "consent/weighing.h"

#include <algorithm>
#include <compare>
#include <limits>
#include <tuple>

namespace cdp::consent {

namespace {

using event::Basis;
using event::Choice;
using event::Grade;
using event::Statement;

bool is_wildcard(std::string_view purpose) { return purpose.empty() || purpose == kEveryPurpose; }

// A grant never counts as younger than its receipt. Only for a dated one.
Time grant_time(const Statement& s, Time now) {
  return std::min(s.occurred_at, s.received_at.known() ? s.received_at : now);
}

auto ledger_order(const Statement& s) { return std::tuple(s.position, s.index); }

}  // namespace

bool is_complaint(const Statement& s) {
  return s.method == "spam_complaint" || s.method == "complaint" || s.method == "abuse";
}

Time no_time(const Statement& s) {
  if (!s.occurred_at.known()) {
    return s.received_at.known() ? s.received_at : Time{std::numeric_limits<std::int64_t>::max()};
  }
  return s.received_at.known() ? std::min(s.occurred_at, s.received_at) : s.occurred_at;
}

Weighing::Weighing(const Question& question, std::span<const Evidence> evidence,
                   const Policy& policy, Time now)
    : purpose_(question.purpose),
      vendor_(question.vendor),
      category_(question.category),
      sale_or_share_(question.sale_or_share ||
                     (question.purpose != nullptr && question.purpose->sale_or_share)),
      policy_(policy),
      now_(now),
      places_(question.jurisdictions),
      born_(question.born),
      age_unreadable_(question.age_unreadable) {
  if (purpose_ == nullptr) return;
  consent_age_ = policy_.ages.consent_age(places_);
  // A value that tells no age opens nothing that a child is kept from; their own yes still counts.
  child_ = born_ ? born_->age_at(now_) < consent_age_ : policy_.ages.unknown_is_child;
  as_child_ = child_ || age_unreadable_;
  for (const Evidence& item : evidence) {
    const Statement& s = *item.statement;
    if (s.choice != Choice::granted || s.purpose != purpose_->key) continue;
    once_asked_ |= s.basis == Basis::consent;
    if (!speaks_of_us(s)) continue;
    const bool sale = s.basis == Basis::soft_opt_in && purpose_->basis == Basis::soft_opt_in;
    (sale ? sales_ : granted_).push_back(&item);
  }
  for (const Evidence& item : evidence) {
    const Statement& s = *item.statement;
    if (s.choice != Choice::granted && speaks_of_us(s)) add_block(s);
  }
  judge_grants();
}

bool Weighing::speaks_of_us(const Statement& s) const {
  return (s.vendor.empty() || s.vendor == vendor_) &&
         (s.channel.empty() || s.channel == purpose_->channel);
}

void Weighing::add_block(const Statement& s) {
  const bool gpc = s.purpose == kGpcPurpose;
  const bool everything = is_wildcard(s.purpose);
  if (gpc) {
    if (!sale_or_share_) return;
  } else if (!everything && !covers(s.purpose, purpose_->key) && !covers(s.purpose, category_)) {
    return;
  }
  if (s.choice == Choice::restricted && !gpc) {
    if (restriction_ == nullptr || ledger_order(*restriction_) < ledger_order(s)) restriction_ = &s;
    return;
  }
  const bool objection = gpc || s.choice == Choice::objected || is_complaint(s);
  // "No to everything" takes back consent; what a contract or the law demands did not rest on it,
  // unless it once did: a basis is never swapped after a withdrawal.
  const bool rests_on_choice = once_asked_ || (purpose_->basis != Basis::contract &&
                                               purpose_->basis != Basis::legal_obligation);
  if (!objection && everything && !rests_on_choice) return;
  Block& block = objection ? objection_ : denial_;
  const Time at = no_time(s);
  if (block.latest == nullptr ||
      std::tuple(block.at, ledger_order(*block.latest)) < std::tuple(at, ledger_order(s))) {
    block = {&s, at};
  }
}

bool Weighing::beats_blocks(const Statement& grant, Grade grade) const {
  if (restriction_ != nullptr) return false;
  if (objection_.latest == nullptr && denial_.latest == nullptr) return true;
  if (!grant.occurred_at.known()) return false;
  const Time at = grant_time(grant, now_);
  if (objection_.latest != nullptr && (grade < Grade::verified || at <= objection_.at)) {
    return false;
  }
  return denial_.latest == nullptr || (grade >= Grade::double_opt_in && at > denial_.at);
}

Weighing::Best Weighing::judge(const Statement& grant, event::Trust trust) const {
  Best best{Rank::weak, &grant, false};
  Grade grade = grant.grade;
  if (trust == event::Trust::public_key) {
    if (!purpose_->channel.empty()) return best;
    grade = std::min(grade, Grade::recorded);
  }
  const Grade needed = std::max(purpose_->first_grant, Grade::recorded);
  if (grade < needed || grant.basis != Basis::consent) return best;
  best.rank = Rank::child;
  if (needs_parent(grant)) return best;
  best.rank = Rank::stale;
  if (is_stale(grant)) return best;
  best.rank = Rank::outgrown;
  if (grant.actor == event::Actor::parent && born_ && !child_) return best;
  best.rank = Rank::expired;
  if (purpose_->expires &&
      (!grant.occurred_at.known() || now_ - grant_time(grant, now_) >= *purpose_->expires)) {
    return best;
  }
  best.rank = beats_blocks(grant, grade) ? Rank::wins : Rank::beaten;
  best.contests = denial_.latest != nullptr &&
                  (!grant.occurred_at.known() || grant_time(grant, now_) >= denial_.at);
  return best;
}

// A child's own yes, given below the age at which it counts. Undated, it is as old as its receipt.
bool Weighing::needs_parent(const Statement& grant) const {
  if (grant.actor == event::Actor::parent) return false;
  if (!born_) return policy_.ages.unknown_is_child;
  const Time given = grant.occurred_at.known()   ? grant_time(grant, now_)
                     : grant.received_at.known() ? grant.received_at
                                                 : now_;
  return born_->age_at(given) < consent_age_;
}

bool Weighing::is_stale(const Statement& grant) const {
  const bool bound = purpose_->material || purpose_->notice_bound;
  if (!bound || grant.notice_version == purpose_->notice_version) return false;
  const auto& holds = purpose_->notices_that_hold;
  return std::find(holds.begin(), holds.end(), grant.notice_version) == holds.end();
}

void Weighing::judge_grants() {
  const bool channel = !purpose_->channel.empty();
  grants_.reserve(granted_.size());
  for (const Evidence* item : granted_) {
    const Statement& s = *item->statement;
    Grant grant;
    grant.proof_group = item->proof_group;
    if (s.anonymous) grant.device = item->persona;
    if (channel && !s.anonymous) grant.contact_point = s.contact_point;
    grant.best = judge(s, item->trust);
    grants_.push_back(grant);
  }
  const auto order = [](const Grant& g) {
    return std::tie(g.proof_group, g.device, g.contact_point);
  };
  std::sort(grants_.begin(), grants_.end(), [&](const Grant& a, const Grant& b) {
    if (order(a) != order(b)) return order(a) < order(b);
    // The closest to a yes first, the newest of these first.
    if (a.best.rank != b.best.rank) return a.best.rank > b.best.rank;
    return ledger_order(*b.best.statement) < ledger_order(*a.best.statement);
  });
  auto kept = grants_.begin();
  for (auto it = grants_.begin(); it != grants_.end(); ++it) {
    if (it != grants_.begin() && order(*std::prev(kept)) == order(*it)) {
      std::prev(kept)->best.contests |= it->best.contests;
    } else {
      *kept++ = *it;
    }
  }
  grants_.erase(kept, grants_.end());
}

Weighing::Best Weighing::best_grant(const Question& question) const {
  if (grants_.empty()) return {};
  const bool channel = !purpose_->channel.empty();
  const auto before = [](const Grant& g, const auto& key) {
    return std::tie(g.proof_group, g.device, g.contact_point) < key;
  };
  const auto find = [&](PersonaOrdinal device, const std::optional<Token>& contact) {
    return std::lower_bound(grants_.begin(), grants_.end(),
                            std::tie(question.proof_group, device, contact), before);
  };
  const auto in_group = [&](auto it) {
    return it != grants_.end() && it->proof_group == question.proof_group;
  };
  Best best;
  const auto take = [&](const Best& other) {
    const bool contests = best.contests || other.contests;
    if (other.rank > best.rank) best = other;
    best.contests = contests;
  };
  if (!channel && !question.asking.none()) {
    const auto own = find(question.asking, std::nullopt);
    if (in_group(own) && own->device == question.asking) take(own->best);
  }
  const std::optional<Token> contact = channel ? question.contact_point : std::nullopt;
  const auto exact = find(PersonaOrdinal{}, contact);
  const bool usable = !channel || contact.has_value();
  if (usable && in_group(exact) && exact->device.none() && exact->contact_point == contact) {
    take(exact->best);
  }
  if (best.rank != Rank::none) return best;
  const auto nearby = find(PersonaOrdinal{}, std::nullopt);
  if (in_group(nearby) && nearby->device.none()) {
    return {Rank::other_contact, nearby->best.statement, false};
  }
  for (const Grant& grant : grants_) {
    if (grant.device.none()) return {Rank::unlinked, grant.best.statement, false};
  }
  return {Rank::anonymous, grants_.front().best.statement, false};
}

Decision Weighing::blocked(const Best& best) const {
  if (restriction_ != nullptr) return {false, Reason::restricted, restriction_};
  if (objection_.latest != nullptr) return {false, Reason::objected, objection_.latest};
  if (best.contests) return {false, Reason::superseded_by_denial, denial_.latest};
  const bool withdrawn = denial_.latest->choice == Choice::withdrawn;
  return {false, withdrawn ? Reason::withdrawn : Reason::denied, denial_.latest};
}

// The most specific purpose among the jurisdiction's rows that speak of this channel, category and
// age; strict where two say different.
std::optional<bool> Weighing::default_of(std::string_view jurisdiction) const {
  std::optional<int> age;
  if (born_) age = born_->age_at(now_);
  if (age_unreadable_ || (!born_ && policy_.ages.unknown_is_child)) age = 0;
  const auto speaks = [&](const Default& cell) {
    if (cell.jurisdiction != jurisdiction || !covers(cell.purpose, purpose_->key)) return false;
    if (!cell.channel.empty() && cell.channel != purpose_->channel) return false;
    if (!cell.category.empty() && !covers(cell.category, category_)) return false;
    if (cell.age_from == 0 && cell.age_below == 0) return true;
    return age && *age >= cell.age_from && (cell.age_below == 0 || *age < cell.age_below);
  };
  std::optional<bool> allowed;
  std::size_t longest = 0;
  for (const Default& cell : policy_.defaults) {
    if (!speaks(cell) || cell.purpose.size() < longest) continue;
    const bool same = allowed && cell.purpose.size() == longest;
    allowed = cell.allowed_without_statement && (!same || *allowed);
    longest = cell.purpose.size();
  }
  return allowed;
}

bool Weighing::too_young_to_sell() const {
  return age_unreadable_ || (born_ && born_->age_at(now_) < AgeRules::kSaleOptInBelow);
}

bool Weighing::allowed_by_default() const {
  if (purpose_->basis != Basis::consent || never_opt_out(*purpose_) || as_child_) return false;
  if (places_.empty() || (sale_or_share_ && too_young_to_sell())) return false;
  return std::all_of(places_.begin(), places_.end(), [&](std::string_view place) {
    auto allowed = default_of(place);
    const auto dash = place.find('-');
    if (!allowed && dash != std::string_view::npos) allowed = default_of(place.substr(0, dash));
    return allowed.value_or(false);
  });
}

// Contract and law always; an interest, but not in advertising to a child or in selling its data.
bool Weighing::allowed_by_basis() const {
  if (purpose_->basis == Basis::contract || purpose_->basis == Basis::legal_obligation) return true;
  if (purpose_->basis != Basis::legitimate_interest) return false;
  return !(as_child_ && is_marketing(*purpose_)) &&
         !(sale_or_share_ && (as_child_ || too_young_to_sell()));
}

// The sale in whose course exactly this address was given, by this very person (ePrivacy Directive
// Art. 13(2)); the latest.
const Statement* Weighing::sale(const Question& question) const {
  const Statement* latest = nullptr;
  if (as_child_ || !question.contact_point) return latest;
  for (const Evidence* item : sales_) {
    const Statement& s = *item->statement;
    if (s.anonymous || item->trust == event::Trust::public_key || s.grade < Grade::recorded ||
        item->proof_group != question.proof_group || s.contact_point != question.contact_point) {
      continue;
    }
    const bool over = purpose_->expires &&
                      (!s.occurred_at.known() || now_ - grant_time(s, now_) >= *purpose_->expires);
    if (over) continue;
    if (latest == nullptr || ledger_order(*latest) < ledger_order(s)) latest = &s;
  }
  return latest;
}

Decision Weighing::decide(const Question& question) const {
  if (purpose_ == nullptr) return {false, Reason::purpose_unknown, nullptr};
  const Best best = best_grant(question);
  if (best.rank == Rank::wins) return {true, Reason::granted, best.statement};
  if (restriction_ != nullptr || objection_.latest != nullptr || denial_.latest != nullptr) {
    return blocked(best);
  }
  // Whoever holds a browser key can claim any address, and a device proves none: without a grant,
  // a channel opens for neither. Sensitive data needs the person's own yes (GDPR Art. 9(2)(a)).
  const bool unproven =
      !purpose_->channel.empty() && (question.public_member || question.anonymous_member);
  if (!question.sensitive && !unproven) {
    if (allowed_by_basis()) return {true, Reason::allowed_by_basis, nullptr};
    const Statement* sold = purpose_->basis == Basis::soft_opt_in ? sale(question) : nullptr;
    if (sold != nullptr) return {true, Reason::allowed_by_basis, sold};
    if (allowed_by_default()) return {true, Reason::allowed_by_default, nullptr};
  }
  switch (best.rank) {
    case Rank::none:
      return {false, purpose_->basis == Basis::soft_opt_in ? Reason::no_sale : Reason::no_statement,
              nullptr};
    case Rank::anonymous:
      return {false, Reason::anonymous_grant, best.statement};
    case Rank::unlinked:
      return {false, Reason::unlinked_grant, best.statement};
    case Rank::other_contact:
      return {false, Reason::other_contact_point, best.statement};
    case Rank::weak:
    case Rank::beaten:
    case Rank::wins:
      return {false, Reason::weak_evidence, best.statement};
    case Rank::child:
      return {false, Reason::needs_parent, best.statement};
    case Rank::stale:
      return {false, Reason::stale_notice, best.statement};
    case Rank::outgrown:
      return {false, Reason::outgrown, best.statement};
    case Rank::expired:
      return {false, Reason::expired, best.statement};
  }
  return {false, Reason::no_statement, nullptr};
}

bool Weighing::needs_categories(std::span<const Evidence> evidence, const Policy& policy) {
  const auto names_category = [](const Evidence& item) {
    return is_data_category(item.statement->purpose);
  };
  return std::any_of(evidence.begin(), evidence.end(), names_category) ||
         std::any_of(policy.defaults.begin(), policy.defaults.end(),
                     [](const Default& cell) { return !cell.category.empty(); });
}

}  // namespace cdp::consent
