#include "connectors/source_factory.h"

#include <utility>

#include "connectors/mailchimp/mailchimp_source.h"
#include "connectors/shopify/shopify_source.h"

namespace cdp::connectors {

Result<std::unique_ptr<Source>> make_source(const consent::SourceConfig& config,
                                            crypto::Secret secret) {
  const bool shopify = config.kind == "shopify";
  if (!shopify && config.kind != "mailchimp") {
    return fail(ErrorCode::invalid_argument,
                "source " + config.name + " of kind " + config.kind + " takes no webhooks",
                "webhook kinds are shopify and mailchimp");
  }
  if (secret.empty()) {
    return fail(ErrorCode::invalid_argument, "source " + config.name + " has no secret",
                "store it with: cdp secret set " + config.secret);
  }
  if (!config.auth.empty() && config.auth != "signed" && config.auth != "secret_url") {
    return fail(ErrorCode::invalid_argument,
                "source " + config.name + " authenticates in an unknown way",
                "auth is signed or secret_url");
  }
  if (shopify && config.auth == "secret_url") {
    return fail(ErrorCode::invalid_argument, "Shopify always signs its webhooks",
                "remove auth from source " + config.name);
  }
  std::unique_ptr<Source> source;
  if (shopify) {
    source = std::make_unique<shopify::ShopifySource>(config, std::move(secret));
  } else {
    source = std::make_unique<mailchimp::MailchimpSource>(config, std::move(secret));
  }
  return source;
}

}  // namespace cdp::connectors
