// OrderPlanner: which vendors are told of a "no" and of a correction, by what was disclosed to them
// (DESIGN §7 rule 11; GDPR Art. 19). One row in the outbox for each name under which a vendor holds
// the person:
//
//   a no to a purpose    for each purpose that it concerns
//   a no to a category   once, with the names of the attributes that the vendor got of it: by what
//                        the data map said when they were shown, or says today
//   a correction         for each purpose, when an attribute that the vendor got has changed; not
//                        again until the vendor got something new: it knows that its copy is old
//
// A destination without a URL is told nothing: it reads, and reads what holds.
//
// Thread-safety: one thread at a time (the fold's). Lifetime: what it refers to must outlive it.
// Errors: none. Where disclosures or the outbox cannot be read nothing is planned: the read side
// refuses at once in any case, and the next "no" tells the vendor again.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cdp/app/ingest/effect.h"
#include "cdp/core/crypto/keyring.h"
#include "connectors/order_body.h"
#include "consent/policy.h"

namespace cdp::app {

// When a row that is no longer open was closed.
Time closed_at(const store::OutboxItem& row);

class OrderPlanner {
 public:
  OrderPlanner(const store::Ledger& ledger, const crypto::Keyring& keyring, std::string tenant,
               Clock& clock, Random& random);

  // `said`: denied, withdrawn, objected or restricted.
  void plan_no(const consent::Policy& policy, const Folded& folded, const event::Statement& said,
               std::vector<PlannedEffect>& out) const;
  void plan_corrections(const consent::Policy& policy, const Folded& folded,
                        std::vector<PlannedEffect>& out) const;

 private:
  // Destination, the vendor's name for the person, and the purpose or category.
  using Addressee = std::tuple<std::string, std::string, std::string>;
  struct Held {
    PersonaOrdinal member;             // whose disclosure it is
    std::set<std::string> attributes;  // of those the order is about
    Time last_at;                      // when the vendor last got them
  };
  using Orders = std::map<Addressee, Held>;

  template <class Concerned>
  Orders held_by_vendors(const consent::Policy& policy, const Folded& folded,
                         Concerned&& concerned) const;
  bool is_told(const Addressee& to, const Held& held) const;
  PlannedEffect order(const Folded& folded, const Addressee& to, const Held& held,
                      connectors::OrderBody body) const;

  const store::Ledger& ledger_;
  const crypto::Keyring& keyring_;
  const std::string tenant_;
  Clock& clock_;
  Random& random_;
};

}  // namespace cdp::app
