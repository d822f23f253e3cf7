// What becomes of a likeness: pairs of people that a matcher found, and what policy and officers
// say of them (cdp.toml [identity.matching]). From `review` on a pair waits for an officer; from
// `auto_link` on, and when clustering agrees, it is joined, by a decision of origin "matched" that
// names the model and the weight; what is taken back of it: take_backs.h. The same for a whole run
// (likeness.h) and for whoever comes (likeness_watch.h).
//
// Thread-safety: LikePairs belongs to one thread; the functions from any but the writer's and the
// fold's. Errors: those of the stores and of a commit.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cdp/app/ingest/pipeline.h"
#include "consent/policy.h"
#include "identity/match/training.h"
#include "identity/match/weight.h"

namespace cdp::app {

struct LikePair {
  PersonaOrdinal first, second;  // records of two people
  identity::match::Weight weight = 0;
  bool same_cluster = false;
};

// The heaviest of their records' pairs stands for two people; of equals the one whose records have
// the smaller numbers, so that it does not matter which was found first.
class LikePairs {
 public:
  // A subject stands by its first member's number. A pair within one is none.
  void add(PersonaOrdinal first_subject, PersonaOrdinal second_subject, LikePair pair);
  // The heaviest first.
  std::vector<LikePair> take();

 private:
  std::map<std::pair<PersonaOrdinal, PersonaOrdinal>, LikePair> best_;
};

// The first member of the persona's subject; none for nobody.
PersonaOrdinal subject_of(Pipeline& pipeline, PersonaOrdinal persona);

struct PairsDecided {
  std::uint64_t linked = 0;
  std::uint64_t proposed = 0;
};

// Commits what is still open, up to the commit: neither held apart, taken back, one person or
// waiting already, nor refused since it was found; links first, then one proposal for two people as
// they are then. `model`: its version. With an audit entry a commit; of nothing there is none.
// `progress` may be empty.
Result<PairsDecided> decide_pairs(Pipeline& pipeline, const consent::Policy& policy,
                                  const std::string& model, std::vector<LikePair> pairs,
                                  const identity::match::Progress& progress = {});

}  // namespace cdp::app
