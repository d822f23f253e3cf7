// Retractions: a single assertion is taken back, and given back: "this record does not carry that
// identifier", or "these two are not one by that decision" (issue 3; DESIGN §7). No data is edited;
// the record goes on as if the assertion had never been made, so that attributes, events and
// statements are back where they were before it, and a "no" said while merged stays with both.
//
// A retraction is a standing word: the same assertion made again is remembered and does not count,
// until an officer restores it. An address goes with everything that is made from it (its hashes);
// where a record knows nothing but hashes, those of one address go together, as far as another
// record of the person names that address.
// Assertions are named by ids that tell nothing: keyed hashes of record and identifier.
//
// Thread-safety: safe; not from the writer's or the fold's thread. Errors of retract() and
// restore(): not_found for an id that is none of the person's, or not retracted; invalid_argument
// for no id at all and for a reason that is none of known_reasons().
#pragma once

#include <string>
#include <vector>

#include "cdp/app/ingest/pipeline.h"

namespace cdp::app {

struct AssertionTag {
  static constexpr std::string_view kPrefix = "asr";
};
using AssertionId = Id<AssertionTag>;

// What can be taken back: a record carries an identifier, or an order joins two records.
struct Assertion {
  AssertionId id;
  PersonaOrdinal persona;
  PersonaOrdinal other;            // of a join; else none
  std::vector<Token> identifiers;  // the plainest first; empty for a join
  std::uint8_t kind = 0;           // of the plainest
  event::Tier tier = event::Tier::none;
  LinkDecision::Origin origin = LinkDecision::Origin::none;  // of a join
};

// One that was taken back.
struct RetractedAssertion {
  Assertion assertion;
  Time at;
  std::string reason;
};

class Retractions {
 public:
  explicit Retractions(Pipeline& pipeline) : pipeline_(pipeline) {}

  // What joins the person's records: identifiers that more than one of them carries, and decisions.
  Result<std::vector<Assertion>> of(const identity::Profile& profile) const;
  // Takes those back, all or none.
  Result<void> retract(const identity::Profile& profile, const std::vector<AssertionId>& ids,
                       const std::string& reason);
  // Everything that is taken back, by id.
  Result<std::vector<RetractedAssertion>> list() const;
  Result<void> restore(const AssertionId& id, const std::string& reason);

  // "an e-mail address with other forms of the same address (declared)", "an officer's decision":
  // without whose it is.
  std::string words(const Assertion& assertion) const;
  // {"id","persona","other","type","tier","words"}
  Result<std::string> to_json(const Assertion& assertion) const;

 private:
  using Origin = LinkDecision::Origin;
  Result<std::vector<Assertion>> joins_of(const identity::Profile& profile) const;
  std::vector<Assertion> carried_by(const identity::ProfileMember& member,
                                    const std::vector<std::vector<Token>>& addresses) const;
  Result<void> add_what_it_makes(Assertion& assertion) const;
  Result<void> add_retracted_links(std::vector<RetractedAssertion>& out) const;
  Result<void> add_retracted_joins(std::vector<RetractedAssertion>& out) const;
  AssertionId id_of(PersonaOrdinal persona, const Token& identifier) const;
  AssertionId id_of_join(PersonaOrdinal first, PersonaOrdinal second, Origin origin) const;
  Result<void> write(const std::vector<Assertion>& assertions, bool retracted,
                     const std::string& reason, const std::function<Result<void>()>& still_so);

  Pipeline& pipeline_;
};

}  // namespace cdp::app
