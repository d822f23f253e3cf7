#include "cdp/app/policy_store.h"

#include "connectors/destination_factory.h"
#include "connectors/source_factory.h"

namespace cdp::app {
namespace {

Result<const crypto::Secret*> secret_of(const crypto::Keyring& keyring, const std::string& owner,
                                        const std::string& secret_name) {
  const crypto::Secret* secret = keyring.secret(secret_name);
  if (secret != nullptr) return secret;
  return fail(ErrorCode::unprocessable,
              "the " + owner + " names a secret that the keyring does not hold",
              "run: cdp secret set " + secret_name +
                  " --dir DIR   (the value is read from standard input)");
}

}  // namespace

Result<void> PolicyStore::replace(consent::Policy policy) {
  auto next = std::make_shared<ActivePolicy>(std::move(policy), keyed_);
  for (const auto& [name, config] : next->policy.sources) {
    if (config.kind == "segment" || config.kind == "csv")
      continue;  // a protocol that we serve; a file
    CDP_TRY(const auto* secret, secret_of(keyring_, "source " + name, config.secret));
    CDP_TRY(auto source, connectors::make_source(config, secret->clone()));
    next->sources.emplace(name, std::move(source));
  }
  for (const auto& [name, config] : next->policy.destinations) {
    if (config.url.empty()) continue;  // asks us: nothing is sent
    CDP_TRY(const auto* secret, secret_of(keyring_, "destination " + name, config.secret));
    CDP_TRY(auto destination, connectors::make_destination(config, *secret));
    next->destinations.emplace(name, std::move(destination));
  }
  const std::lock_guard lock(mutex_);
  active_ = std::move(next);
  return {};
}

}  // namespace cdp::app
