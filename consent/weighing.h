// Weighing: the evidence of one subject for one purpose and vendor, sorted once, so that each
// member, address and attribute is then decided in logarithmic time (the gate asks once per member
// and attribute; decide() asks once).
//
// Thread-safety: const members are safe. Lifetime: the purpose, the policy and the statements
// behind the evidence must outlive it.
#pragma once

#include <span>
#include <vector>

#include "consent/effective.h"

namespace cdp::consent {

// A vendor's "this is spam" outlives every grant but one verified by us.
bool is_complaint(const event::Statement& statement);
// From when a no counts: its date, never later than its receipt. Without a date from when it was
// first seen; without even that, as the latest there can be.
Time no_time(const event::Statement& statement);

class Weighing {
 public:
  // The purpose, vendor, sale_or_share, category, jurisdictions and birth date of `question` hold
  // for every later decide().
  Weighing(const Question& question, std::span<const Evidence> evidence, const Policy& policy,
           Time now);

  // Reads the members, address and sensitivity of `question`.
  Decision decide(const Question& question) const;

  // Whether a statement or a default speaks of a data category rather than a purpose: then each
  // category needs a weighing of its own.
  static bool needs_categories(std::span<const Evidence> evidence, const Policy& policy);

 private:
  // How far a grant got; ordered: later is closer to a yes.
  enum class Rank : std::uint8_t {
    none,
    anonymous,
    unlinked,
    other_contact,
    weak,
    child,  // a child's own
    stale,
    outgrown,  // a parent's, of a child who is old enough now
    expired,
    beaten,  // good in itself, but a denial, objection or restriction stands against it
    wins,
  };
  struct Best {
    Rank rank = Rank::none;
    const event::Statement* statement = nullptr;
    bool contests = false;  // came no earlier than the denial that beats it
  };
  struct Grant {
    std::uint32_t proof_group = 0;
    PersonaOrdinal device;  // of an anonymous grant; else none
    std::optional<Token> contact_point;
    Best best;
  };
  struct Block {
    const event::Statement* latest = nullptr;
    Time at;
  };

  bool speaks_of_us(const event::Statement& statement) const;
  void add_block(const event::Statement& statement);
  void add_grant(const Evidence& evidence);
  void judge_grants();
  Best judge(const event::Statement& grant, event::Trust trust) const;
  bool needs_parent(const event::Statement& grant) const;
  bool is_stale(const event::Statement& grant) const;
  const event::Statement* sale(const Question& question) const;
  bool allowed_by_basis() const;
  bool beats_blocks(const event::Statement& grant, event::Grade grade) const;
  Best best_grant(const Question& question) const;
  Decision blocked(const Best& best) const;
  bool allowed_by_default() const;
  bool too_young_to_sell() const;
  std::optional<bool> default_of(std::string_view jurisdiction) const;

  const Purpose* purpose_;
  std::string_view vendor_;
  std::string_view category_;
  bool sale_or_share_;
  const Policy& policy_;
  Time now_;
  std::span<const std::string> places_;
  std::optional<BirthDate> born_;
  bool age_unreadable_;
  int consent_age_ = 0;
  bool child_ = false;       // below it today
  bool as_child_ = false;    // or nobody can tell: kept from what a child is kept from
  bool once_asked_ = false;  // the purpose rested on consent once

  const event::Statement* restriction_ = nullptr;
  Block objection_;
  Block denial_;
  std::vector<const Evidence*> granted_;
  std::vector<const Evidence*> sales_;  // of a purpose that rests on the soft opt-in
  // One for each (proof group, device, contact point), sorted by these; the best of its kind.
  std::vector<Grant> grants_;
};

// A question about one member's data: what the member itself determines is filled in.
Question question_about(const identity::ProfileMember& member, const Purpose& purpose);

// Orders reasons by how much they tell of the person's own choice; yes is above every no.
int informative(Reason reason);

}  // namespace cdp::consent
