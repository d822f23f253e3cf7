// OwnStatements: choices that people make on our own pages, on their way into the ledger and back
// out: recorded at grade 3, in force for every reader when `done` is called, each with its receipt.
//
//   own.record({identifier}, choices, [](Result<Recorded> recorded) { ... });
//   own.state(identifier, question)     // what holds now, and the history
//   own.receipt(identifier, "stm_...")  // signed, to be downloaded
//
// The caller has made sure that the person proved control of `identifier` (a signed link mailed to
// it); an anonymous visitor's choice does not come this way but as any browser's (POST /v1/...).
//
// Thread-safety: safe. `done` is called exactly once, from another thread. Errors: those of
// consent::own_draft, of Intake (overloaded, unavailable); not_found for a receipt that this person
// has no statement for.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cdp/app/api/api.h"
#include "consent/consent_state.h"
#include "consent/own_choice.h"

namespace cdp::app {

struct OwnPerson {
  event::Identifier proven;  // the address that they proved control of
};

struct Recorded {
  std::vector<std::string> statements;  // ids for receipts, in the order of the choices
};

// The key of the record of ours for an address (its blind index).
std::string own_record_key(const Token& address);

class OwnStatements {
 public:
  explicit OwnStatements(const ApiServices& services) : services_(services) {}

  // All or none: a choice that cannot be taken loses its neighbours, so that a page is never half
  // saved. `session` makes a repeated form post the same statements, not new ones. `used_up` goes
  // in the same transaction, and so do the do-not-contact entries of an address that a yes is bound
  // to: the person's own verified word lifts them, and nothing else (DESIGN §8).
  void record(const OwnPerson& person, std::vector<consent::OwnChoice> choices,
              const std::string& session, const std::function<void(Result<Recorded>)>& done,
              UsedUp used_up = {}) const;

  // Somebody we do not know gets the same rows, every one closed.
  Result<consent::ConsentState> state(const OwnPerson& person,
                                      const consent::StateQuestion& question) const;

  // The receipt as JSON (compliance/evidence/consent_receipt.h).
  Result<std::string> receipt(const OwnPerson& person, const std::string& statement) const;

 private:
  ApiServices services_;
};

}  // namespace cdp::app
