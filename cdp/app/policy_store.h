// PolicyStore: the policy in force, with what is built from it: the gate, the sources'
// translators and the destinations. Replaced whole when cdp.toml changes; whoever holds the old one
// finishes with it.
//
// Thread-safety: safe. Lifetime: `keyed` and `keyring` must outlive it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cdp/app/ingest/keyed.h"
#include "connectors/destination.h"
#include "connectors/source.h"
#include "consent/gate.h"

namespace cdp::app {

struct ActivePolicy {
  ActivePolicy(consent::Policy checked, const Keyed& keyed)
      : policy(std::move(checked)), gate(policy, keyed.pseudonym, keyed.link) {}
  ActivePolicy(const ActivePolicy&) = delete;
  ActivePolicy& operator=(const ActivePolicy&) = delete;

  const consent::Policy policy;
  const consent::Gate gate;                                            // refers to `policy`
  std::map<std::string, std::unique_ptr<connectors::Source>> sources;  // those with webhooks
  std::map<std::string, std::unique_ptr<connectors::Destination>> destinations;  // those sent to
};

class PolicyStore {
 public:
  PolicyStore(const Keyed& keyed, const crypto::Keyring& keyring)
      : keyed_(keyed), keyring_(keyring) {}
  // Errors: unprocessable when a source's or destination's secret is not in the keyring, or is
  // not what its kind needs.
  Result<void> replace(consent::Policy policy);
  std::shared_ptr<const ActivePolicy> active() const {
    const std::lock_guard lock(mutex_);
    return active_;
  }

 private:
  const Keyed& keyed_;
  const crypto::Keyring& keyring_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ActivePolicy> active_;
};

}  // namespace cdp::app
