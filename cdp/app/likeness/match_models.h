// MatchModels: the one trained model of a data directory (identity/match/model.h), kept in the
// ledger's meta rows under "match_model". The document names values that many people share, so it
// is made from personal data: it is sealed under the keyring's request key, in a database that is
// sealed itself, and backed up with it. Training again replaces it.
//
//   meta row = seal(request key, {tenant, no persona, "match_model", record 0}, model document)
//
// Thread-safety: safe; save() from any thread but the writer's and the fold's. Lifetime: pipeline
// and keyring outlive it.
#pragma once

#include <optional>
#include <string>

#include "cdp/app/ingest/pipeline.h"
#include "consent/policy.h"
#include "identity/match/model.h"

namespace cdp::app {

// What cdp.toml [identity.matching] says, as a matcher is told. Errors: invalid_argument for what
// cannot be compared.
Result<identity::match::Config> match_config_of(const consent::MatchingConfig& matching);

class MatchModels {
 public:
  struct Stored {
    identity::match::Model model;  // with the thresholds of [identity.matching] that hold now
    std::string version;           // "fellegi-sunter-1:" and a digest of what was learnt
  };

  MatchModels(Pipeline& pipeline, const crypto::Keyring& keyring)
      : pipeline_(pipeline), keyring_(keyring) {}

  // Non-error: none was trained yet. Errors: unprocessable for a model of another version than
  // this cdp reads, or one that was trained on other fields than `matching` names; corrupt.
  Result<std::optional<Stored>> load(const consent::MatchingConfig& matching) const;
  // Durable when it returns, with an audit entry.
  Result<Stored> save(identity::match::Model model);

 private:
  crypto::SealContext context() const;

  Pipeline& pipeline_;
  const crypto::Keyring& keyring_;
};

}  // namespace cdp::app
