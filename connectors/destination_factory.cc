#include "connectors/destination_factory.h"

#include "connectors/signed_webhook/signed_webhook.h"

namespace cdp::connectors {

Result<std::unique_ptr<Destination>> make_destination(const consent::DestinationConfig& config,
                                                      const crypto::Secret& secret) {
  if (config.kind == "signed_webhook") return signed_webhook::SignedWebhook::make(config, secret);
  return fail(ErrorCode::invalid_argument,
              "destination " + config.name + " of kind " + config.kind + " is not sent to",
              "kinds that are sent to: signed_webhook");
}

}  // namespace cdp::connectors
