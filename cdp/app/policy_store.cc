#include "cdp/app/policy_store.h"

#include "connectors/source_factory.h"

namespace cdp::app {

Result<void> PolicyStore::replace(consent::Policy policy) {
  auto next = std::make_shared<ActivePolicy>(std::move(policy), keyed_);
  for (const auto& [name, config] : next->policy.sources) {
    if (config.kind == "segment" || config.kind == "csv")
      continue;  // a protocol that we serve; a file
    const crypto::Secret* secret = keyring_.secret(config.secret);
    if (secret == nullptr) {
      return fail(ErrorCode::unprocessable,
                  "the source " + name + " names a secret that the keyring does not hold",
                  "run: cdp secret set DIR " + config.secret +
                      "   (the value is read from standard input)");
    }
    CDP_TRY(auto source, connectors::make_source(config, secret->clone()));
    next->sources.emplace(name, std::move(source));
  }
  const std::lock_guard lock(mutex_);
  active_ = std::move(next);
  return {};
}

}  // namespace cdp::app
