// Partition: keeps every persona's unit, subject and proof group true after each change of the
// adjacency, at a cost bounded by the size of a unit.
//
// A **unit** is what is decided together (decide.h). The rule, as a pure function of the set:
//   level(p) = the smallest level L (device, declared, authenticated, alone) for which p's
//              connected component over the eligible links of tier >= L has at most `personas_max`
//              personas;
//   unit(p)  = that component.
// So a component that is too large loses its weakest tier, and its parts are looked at again.
// All members of a unit have the same level, so levels and units are well defined.
//
// The latch: `level` remembers that a component below it is too large. Adding links cannot make it
// smaller again, so that an observation about a 5,000-persona component costs one look at a level,
// not a walk through 5,000 personas. Only removing a persona, or an identifier that crosses its
// degree cap, walks again, at most `personas_max` personas far from each touched place.
//
// Thread-safety: none needed; the graph's owner guards it.
#pragma once

#include <vector>

#include "identity/graph/decide.h"
#include "identity/graph/graph.h"

namespace cdp::identity {

class Partition {
 public:
  Partition(Adjacency& adjacency, std::size_t personas_max)
      : adjacency_(adjacency), personas_max_(personas_max) {}

  // Every change stands between begin() and finish(); finish answers what the whole did.
  void begin();
  Change finish();

  void persona_added(std::uint32_t persona);
  // After the link was added or raised. `before` is none for a new one.
  void link_rose(std::uint32_t persona, std::uint32_t identifier, event::Tier before,
                 event::Tier now);
  // Takes the persona out of the adjacency too.
  void remove_persona(std::uint32_t persona);
  void cannot_links_changed(std::uint32_t first, std::uint32_t second);
  void settle_all();

  std::vector<std::uint32_t> unit_members(std::uint32_t persona) const;
  std::vector<std::uint32_t> subject_members(std::uint32_t persona) const;
  std::size_t subject_count() const { return subjects_; }
  std::size_t personas_max() const { return personas_max_; }

 private:
  struct Before {
    std::uint32_t persona;
    std::uint32_t subject;
  };

  PersonaNode& node(std::uint32_t slot) { return adjacency_.persona(slot); }
  void touch_unit(std::uint32_t persona);
  void set_subject(std::uint32_t persona, std::uint32_t subject);
  std::uint32_t strongest_other(std::uint32_t persona, std::uint32_t identifier) const;
  bool fast_join(std::uint32_t persona, std::uint32_t other, event::Tier tier);
  void join_proof(std::uint32_t persona, std::uint32_t other);
  void join_units(std::uint32_t persona, std::uint32_t other);
  void add_unit_seeds(std::uint32_t persona);
  void add_holder_seeds(std::uint32_t identifier);

  // Decides the units of all seeds anew. `trust_levels`: nothing shrank, so levels only rise.
  void evaluate(bool trust_levels);
  void evaluate_seed(std::uint32_t seed);
  // Collects the component of `seed` at `level` into component_. False when it is too large.
  bool walk(std::uint32_t seed, std::uint8_t level);
  bool visit(std::uint32_t persona, std::uint8_t level);
  std::uint8_t known_level(std::uint32_t persona);
  void form_unit(std::uint8_t level);

  Adjacency& adjacency_;
  std::size_t personas_max_;
  std::size_t subjects_ = 0;
  std::uint32_t batch_ = 0;
  std::uint32_t epoch_ = 0;
  bool recording_ = true;
  bool trust_levels_ = true;
  std::vector<Before> before_;  // of every persona whose unit was touched in this batch
  std::vector<std::uint32_t> seeds_;
  std::vector<std::uint32_t> component_;
  std::vector<std::uint32_t> walked_identifiers_;
};

}  // namespace cdp::identity
