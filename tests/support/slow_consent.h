// The slow reference of consent::decide(): the rules of DESIGN §7 one after the other, every grant
// against every no, nothing sorted and nothing remembered. Written from the rules' text, not from
// the engine; the two are compared on random ledgers and on the scenario table.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "consent/effective.h"

namespace cdp::testing {

class SlowConsent {
 public:
  SlowConsent(const consent::Question& question, std::vector<consent::Evidence> evidence,
              const consent::Policy& policy, Time now)
      : q_(question), all_(std::move(evidence)), policy_(policy), now_(now) {}

  struct Answer {
    bool allowed = false;
    consent::Reason reason = consent::Reason::no_statement;
  };

  Answer answer() const {
    using consent::Reason;
    if (q_.purpose == nullptr) return {false, Reason::purpose_unknown};
    // Yes by the person's own word.
    for (const auto& e : all_) {
      if (is_grant(e) && shortfall(e) == Reason::granted && beats_every_no(e)) {
        return {true, Reason::granted};
      }
    }
    // No by the person's own word: the gravest.
    if (some_no(Gravity::restriction)) return {false, Reason::restricted};
    if (some_no(Gravity::objection)) return {false, Reason::objected};
    if (some_no(Gravity::denial)) return {false, why_denied()};
    // Nobody said no.
    const bool unproven_channel = on_channel() && (q_.public_member || q_.anonymous_member);
    if (!q_.sensitive && !unproven_channel) {
      if (open_by_basis()) return {true, Reason::allowed_by_basis};
      if (open_by_default()) return {true, Reason::allowed_by_default};
    }
    // What kept the nearest grant from being a yes.
    for (const Reason reason :
         {Reason::expired, Reason::outgrown, Reason::stale_notice, Reason::needs_parent,
          Reason::weak_evidence, Reason::other_contact_point, Reason::unlinked_grant,
          Reason::anonymous_grant}) {
      for (const auto& e : all_) {
        if (is_grant(e) && shortfall(e) == reason) return {false, reason};
      }
    }
    const bool soft = q_.purpose->basis == event::Basis::soft_opt_in;
    return {false, soft ? Reason::no_sale : Reason::no_statement};
  }

 private:
  enum class Gravity { none, denial, objection, restriction };

  bool on_channel() const { return !q_.purpose->channel.empty(); }

  // Rule 1: the key. Empty vendor and channel mean all of them.
  bool speaks_of_us(const event::Statement& s) const {
    const bool vendor = s.vendor.empty() || s.vendor == std::string(q_.vendor);
    const bool channel = s.channel.empty() || s.channel == q_.purpose->channel;
    return vendor && channel;
  }
  bool names_us(const event::Statement& s) const {
    return s.choice == event::Choice::granted && s.purpose == q_.purpose->key;
  }
  // Rule 10: for the soft opt-in, a statement on that basis is the record of a sale, and no
  // consent.
  bool is_sale(const consent::Evidence& e) const {
    return names_us(*e.statement) && speaks_of_us(*e.statement) &&
           q_.purpose->basis == event::Basis::soft_opt_in &&
           e.statement->basis == event::Basis::soft_opt_in;
  }
  bool is_grant(const consent::Evidence& e) const {
    return names_us(*e.statement) && speaks_of_us(*e.statement) && !is_sale(e);
  }
  // Rule 10: a basis is never swapped after a withdrawal.
  bool rested_on_consent_once() const {
    for (const auto& e : all_) {
      if (names_us(*e.statement) && e.statement->basis == event::Basis::consent) return true;
    }
    return false;
  }

  static bool at_or_below(const std::string& parent, const std::string& key) {
    return !parent.empty() && (key + ".").rfind(parent + ".", 0) == 0;
  }

  Gravity gravity(const event::Statement& s) const {
    if (s.choice == event::Choice::granted || !speaks_of_us(s)) return Gravity::none;
    if (s.purpose == "gpc") {  // rule 8
      const bool sold = q_.sale_or_share || q_.purpose->sale_or_share;
      return sold ? Gravity::objection : Gravity::none;
    }
    const bool everything = s.purpose.empty() || s.purpose == "*";
    if (!everything && !at_or_below(s.purpose, q_.purpose->key) &&
        !at_or_below(s.purpose, std::string(q_.category))) {
      return Gravity::none;
    }
    if (s.choice == event::Choice::restricted) return Gravity::restriction;
    if (s.choice == event::Choice::objected || s.method == "spam_complaint" ||
        s.method == "complaint" || s.method == "abuse") {
      return Gravity::objection;
    }
    // Rule 10: taking all consent back does not reach what never rested on consent.
    const bool not_mine_to_take = q_.purpose->basis == event::Basis::contract ||
                                  q_.purpose->basis == event::Basis::legal_obligation;
    return everything && not_mine_to_take && !rested_on_consent_once() ? Gravity::none
                                                                       : Gravity::denial;
  }
  bool some_no(Gravity wanted) const {
    for (const auto& e : all_) {
      if (gravity(*e.statement) == wanted) return true;
    }
    return false;
  }

  // Rule 3: dates. The greatest number stands for "as late as can be".
  static std::int64_t when_denied(const event::Statement& s) {
    const std::int64_t received = s.received_at.us;
    const std::int64_t occurred = s.occurred_at.us;
    if (occurred == 0) return received == 0 ? INT64_MAX : received;
    return received != 0 && received < occurred ? received : occurred;
  }
  std::int64_t when_granted(const event::Statement& s) const {
    const std::int64_t ceiling = s.received_at.us != 0 ? s.received_at.us : now_.us;
    return s.occurred_at.us < ceiling ? s.occurred_at.us : ceiling;
  }

  int grade_of(const consent::Evidence& e) const {
    const int grade = static_cast<int>(e.statement->grade);
    return e.trust == event::Trust::public_key && grade > 1 ? 1 : grade;
  }

  // Why a grant is none for this question, before any no is looked at; `granted` = it is one.
  consent::Reason shortfall(const consent::Evidence& e) const {
    using consent::Reason;
    const event::Statement& s = *e.statement;
    if (s.anonymous && (on_channel() || e.persona != q_.asking || e.proof_group != q_.proof_group ||
                        q_.asking.none())) {
      return Reason::anonymous_grant;  // rule 7
    }
    if (e.proof_group != q_.proof_group) return Reason::unlinked_grant;  // rule 1
    if (on_channel() && (!q_.contact_point || s.contact_point != q_.contact_point)) {
      return Reason::other_contact_point;  // rule 1
    }
    if (on_channel() && e.trust == event::Trust::public_key) return Reason::weak_evidence;
    const int needed = static_cast<int>(q_.purpose->first_grant);
    if (grade_of(e) < 1 || grade_of(e) < needed) return Reason::weak_evidence;  // rule 2
    if (s.basis != event::Basis::consent) return Reason::weak_evidence;         // rule 10
    // Rule 9 and the law of minors: below the age of consent a parent speaks, and no longer.
    const bool parent = s.actor == event::Actor::parent;
    if (!parent && child_on(day_given(s))) return Reason::needs_parent;
    if (stale(s.notice_version)) return Reason::stale_notice;  // rules 1 and 9
    if (parent && q_.born && !child_on(now_)) return Reason::outgrown;
    if (q_.purpose->expires) {
      if (s.occurred_at.us == 0) return Reason::expired;  // rules 3 and 9
      if (now_.us - when_granted(s) >= q_.purpose->expires->us) return Reason::expired;
    }
    return Reason::granted;
  }

  Time day_given(const event::Statement& s) const {
    if (s.occurred_at.us != 0) return {when_granted(s)};
    return s.received_at.us != 0 ? s.received_at : now_;
  }

  // The age of consent: the highest of all places; where nothing is known, the policy's own.
  int age_of_consent() const {
    int highest = q_.jurisdictions.empty() ? policy_.ages.consent_from : 0;
    for (const std::string& place : q_.jurisdictions) {
      int here = policy_.ages.consent_from;
      for (const auto& [where, age] : policy_.ages.by_place) {
        if (where == place.substr(0, 2)) here = age;
      }
      for (const auto& [where, age] : policy_.ages.by_place) {
        if (where == place) here = age;
      }
      highest = std::max(highest, here);
    }
    return highest;
  }
  bool child_on(Time day) const {
    if (!q_.born) return policy_.ages.unknown_is_child;
    return q_.born->age_at(day) < age_of_consent();
  }
  // Or somebody whose age nobody can read.
  bool kept_like_a_child() const { return child_on(now_) || q_.age_unreadable; }
  // Below the age at which the law lets anybody's data be sold unasked.
  bool minor_now() const {
    if (q_.age_unreadable) return true;
    return q_.born ? q_.born->age_at(now_) < 16 : policy_.ages.unknown_is_child;
  }

  // Rules 1 and 9: a grant holds for what its notice told, until a later notice changed it.
  bool stale(const std::string& version) const {
    const auto& p = *q_.purpose;
    if (version == p.notice_version) return false;
    bool changed = p.material;        // some notice up to the current one changed this purpose
    bool changed_since = p.material;  // ... after this version
    bool told = false;                // a notice up to this version tells of the purpose
    std::string first_told;
    for (const auto& [v, notice] : policy_.notices) {
      if (v > p.notice_version) continue;
      if (notice.material.count(p.key) > 0) {
        changed = true;
        if (v > version) changed_since = true;
      }
      for (const auto& text : notice.texts) {
        if (text.purpose != p.key) continue;
        if (first_told.empty()) first_told = v;
        if (v <= version) told = true;
      }
    }
    const bool added_later = !first_told.empty() && first_told != policy_.notices.begin()->first;
    const bool known = policy_.notices.count(version) > 0 && version < p.notice_version;
    if (!known) return changed || added_later;
    return changed_since || (added_later && !told);
  }

  // Rule 2: against every no of every member.
  bool beats_every_no(const consent::Evidence& grant) const {
    for (const auto& e : all_) {
      const Gravity no = gravity(*e.statement);
      if (no == Gravity::none) continue;
      if (no == Gravity::restriction) return false;
      const int needed = no == Gravity::objection ? 3 : 2;
      if (grade_of(grant) < needed) return false;
      if (grant.statement->occurred_at.us == 0) return false;
      if (when_granted(*grant.statement) <= when_denied(*e.statement)) return false;
    }
    return true;
  }

  consent::Reason why_denied() const {
    using consent::Reason;
    const event::Statement* last = nullptr;
    for (const auto& e : all_) {
      const event::Statement& s = *e.statement;
      if (gravity(s) != Gravity::denial) continue;
      const bool later = last == nullptr || when_denied(s) > when_denied(*last) ||
                         (when_denied(s) == when_denied(*last) &&
                          (s.position > last->position ||
                           (s.position == last->position && s.index > last->index)));
      if (later) last = &s;
    }
    for (const auto& e : all_) {
      if (!is_grant(e) || shortfall(e) != Reason::granted) continue;
      const bool undated = e.statement->occurred_at.us == 0;
      if (undated || when_granted(*e.statement) >= when_denied(*last)) {
        return Reason::superseded_by_denial;
      }
    }
    return last->choice == event::Choice::withdrawn ? Reason::withdrawn : Reason::denied;
  }

  // Rule 10.
  bool open_by_basis() const {
    const auto& p = *q_.purpose;
    const bool advertising = at_or_below("marketing", p.key) || at_or_below("advertising", p.key) ||
                             at_or_below("third_party_sharing", p.key) || p.sale_or_share ||
                             (!p.channel.empty() && !at_or_below("essential", p.key));
    const bool sold = q_.sale_or_share || p.sale_or_share;
    switch (p.basis) {
      case event::Basis::consent:
        return false;
      case event::Basis::contract:
      case event::Basis::legal_obligation:
        return true;
      case event::Basis::legitimate_interest:
        if (advertising && child_on(now_)) return false;
        return !(sold && (minor_now() || child_on(now_)));
      case event::Basis::soft_opt_in:
        break;
    }
    if (child_on(now_)) return false;
    for (const auto& e : all_) {
      const event::Statement& s = *e.statement;
      if (!is_sale(e) || s.anonymous || e.trust == event::Trust::public_key) continue;
      if (static_cast<int>(s.grade) < 1 || e.proof_group != q_.proof_group) continue;
      if (!q_.contact_point || s.contact_point != q_.contact_point) continue;
      if (p.expires && s.occurred_at.us == 0) continue;
      if (p.expires && now_.us - when_granted(s) >= p.expires->us) continue;
      return true;
    }
    return false;
  }

  // Rule 4: the table, for every place evidenced.
  bool open_by_default() const {
    const auto& p = *q_.purpose;
    if (p.channel != "" && p.channel != "email" && p.channel != "post") return false;
    if (at_or_below("functional.storage", p.key) || at_or_below("device_storage", p.key)) {
      return false;
    }
    if (p.basis != event::Basis::consent || q_.jurisdictions.empty()) return false;
    if (kept_like_a_child()) return false;
    if ((q_.sale_or_share || p.sale_or_share) && minor_now()) return false;
    for (const std::string& place : q_.jurisdictions) {
      int verdict = table(place);
      if (verdict < 0 && place.find('-') != std::string::npos) {
        verdict = table(place.substr(0, place.find('-')));
      }
      if (verdict != 1) return false;
    }
    return true;
  }
  bool row_is_about_us(const consent::Default& row, const std::string& place) const {
    if (row.jurisdiction != place || !at_or_below(row.purpose, q_.purpose->key)) return false;
    if (row.channel != "" && row.channel != q_.purpose->channel) return false;
    if (row.category != "" && !at_or_below(row.category, std::string(q_.category))) return false;
    if (row.age_from == 0 && row.age_below == 0) return true;
    if (!q_.born && !q_.age_unreadable && !policy_.ages.unknown_is_child) return false;
    const int age = q_.born && !q_.age_unreadable ? q_.born->age_at(now_) : 0;
    return age >= row.age_from && (row.age_below == 0 || age < row.age_below);
  }
  // 1 open, 0 shut, -1 silent; the narrowest purpose speaks, and shut wins a quarrel.
  int table(const std::string& place) const {
    int verdict = -1;
    std::size_t narrowest = 0;
    for (const auto& row : policy_.defaults) {
      if (row_is_about_us(row, place)) narrowest = std::max(narrowest, row.purpose.size());
    }
    for (const auto& row : policy_.defaults) {
      if (!row_is_about_us(row, place) || row.purpose.size() != narrowest) continue;
      const int says = row.allowed_without_statement ? 1 : 0;
      verdict = verdict < 0 ? says : std::min(verdict, says);
    }
    return verdict;
  }

  const consent::Question& q_;
  std::vector<consent::Evidence> all_;
  const consent::Policy& policy_;
  Time now_;
};

}  // namespace cdp::testing
