// Partition: keeps every persona's unit, subject and proof group true after each change of the
// adjacency, at a cost bounded by the size of a unit.
//
// A **unit** is what is decided together (decide.h). The rule, as a pure function of the set:
//   level(p) = the smallest level L (matched, device, declared, authenticated, alone) for which p's
//              connected component over the eligible links of tier >= L, and the must-links that
//              hold at L, has at most `personas_max` personas;
//   unit(p)  = that component.
// So a component that is too large loses its weakest evidence, and its parts are looked at again.
// All members of a unit have the same level, so levels and units are well defined.
//
// The latch: `level` remembers that a component below it is too large. Adding links cannot make it
// smaller again, so that an observation about a 5,000-persona component costs one look at a level,
// not a walk through 5,000 personas. Only what takes links away walks again, at most `personas_max`
// personas far from each touched place: removing a persona, a link or a must-link, an identifier
// that crosses its cap or is latched, a persona with too many values.
//
// A unit is **constrained** when something in it can be held or apart: a cannot-link, a must-link,
// two accounts that are not one by proof, two values of unique types. Only those need decide(); in
// all others the subject is the unit, and joining costs no walk.
//
// Thread-safety: none needed; the graph's owner guards it.
#pragma once

#include <unordered_map>
#include <vector>

#include "identity/graph/decide.h"
#include "identity/graph/graph.h"

namespace cdp::identity {

class Partition {
 public:
  explicit Partition(Adjacency& adjacency) : adjacency_(adjacency) {}

  // Every change stands between begin() and finish(); finish answers what the whole did.
  void begin();
  Change finish();

  void persona_added(std::uint32_t persona);
  // A link that was added or raised.
  struct Rise {
    std::uint32_t persona = 0;
    std::uint32_t identifier = 0;
    event::Tier before = event::Tier::none;  // none for a new one
    event::Tier now = event::Tier::none;
    bool renamed = false;              // what Adjacency::add_link or raise_link answered
    std::vector<std::uint32_t> muted;  // what Adjacency::mute_excess answered
  };
  // What cannot be seen at once is decided by links_risen(), for all that rose since the last: an
  // observation with sixty identifiers costs one look at its unit, not sixty.
  void link_rose(const Rise& rise);
  void links_risen();
  // Both take it out of the adjacency, too.
  void remove_persona(std::uint32_t persona);
  void remove_link(std::uint32_t persona, std::uint32_t identifier);
  void cannot_links_changed(std::uint32_t first, std::uint32_t second);
  void must_links_changed(std::uint32_t first, std::uint32_t second);
  // After the identifier was latched or its latch was lifted, so that it stops or starts to link.
  void eligibility_changed(std::uint32_t identifier);
  void settle_all();

  std::vector<std::uint32_t> unit_members(std::uint32_t persona) const;
  std::vector<std::uint32_t> subject_members(std::uint32_t persona) const;
  std::size_t subject_count() const { return subjects_; }
  // What decide() held, by unit leader; and of one persona's unit.
  template <class Visit>
  void each_hold(Visit visit) const {
    for (const auto& [leader, held] : held_) {
      for (const DecidedHold& hold : held.holds) visit(hold);
    }
  }
  std::span<const DecidedHold> unit_holds(std::uint32_t persona) const;
  std::size_t hold_count() const { return holds_; }

 private:
  struct Before {
    std::uint32_t persona;
    std::uint32_t subject;
  };

  struct Held {
    std::uint32_t epoch = 0;  // of the evaluation that found them
    std::vector<DecidedHold> holds;
  };

  PersonaNode& node(std::uint32_t slot) { return adjacency_.persona(slot); }
  void touch_unit(std::uint32_t persona);
  void set_subject(std::uint32_t persona, std::uint32_t subject);
  std::uint32_t strongest_other(std::uint32_t persona, std::uint32_t identifier) const;
  std::uint32_t newly_linked(const Rise& rise) const;
  event::Tier linked_on(std::uint32_t a, std::uint32_t b, std::uint32_t identifier) const;
  bool name_fits(std::uint32_t persona);
  bool fast_join(std::uint32_t persona, std::uint32_t other, event::Tier tier);
  bool names_agree(std::uint32_t persona, std::uint32_t other, event::Tier tier);
  void join_proof(std::uint32_t persona, std::uint32_t other);
  void join_units(std::uint32_t persona, std::uint32_t other);
  void add_unit_seeds(std::uint32_t persona);
  void add_holder_seeds(std::uint32_t identifier);
  void seed_unit_once(std::uint32_t persona);

  // Decides the units of all seeds anew. `trust_levels`: nothing shrank, so levels only rise.
  void evaluate(bool trust_levels);
  void evaluate_seed(std::uint32_t seed);
  void forget_holds(std::uint32_t leader, bool of_this_epoch_too);
  bool summarise_unit(std::uint32_t leader);
  // Collects the component of `seed` at `level` into component_. False when it is too large.
  bool walk(std::uint32_t seed, std::uint8_t level);
  bool visit(std::uint32_t persona, std::uint8_t level);
  bool walk_must_links(std::uint32_t persona, std::uint8_t level);
  bool walk_links(std::uint32_t persona, std::uint8_t level);
  std::uint8_t known_level(std::uint32_t persona);
  void form_unit(std::uint8_t level);

  Adjacency& adjacency_;
  std::size_t subjects_ = 0;
  std::size_t holds_ = 0;
  std::uint32_t batch_ = 0;
  std::uint32_t epoch_ = 0;
  bool recording_ = true;
  bool trust_levels_ = true;
  bool risen_ = false;      // seeds_ wait for links_risen()
  bool only_rises_ = true;  // of those: nothing shrank
  std::vector<std::uint32_t> risen_units_;
  std::vector<Before> before_;  // of every persona whose unit was touched in this batch
  std::vector<Token> crossed_;
  std::unordered_map<std::uint32_t, Held> held_;
  std::vector<std::uint32_t> seeds_;
  std::vector<std::uint32_t> component_;
  std::vector<std::uint32_t> walked_identifiers_;
};

}  // namespace cdp::identity
