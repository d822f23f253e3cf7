// Any body under any topic of Shopify's: no crash, one verdict, and no grant without an address.
// fuzz-links: connectors_shopify
#include <cstdlib>

#include "connectors/shopify/shopify_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cdp::connectors::shopify::ShopifySource;
  static constexpr const char* kTopics[] = {
      "customers/update",
      "customers/merge",
      "customers/purchasing_summary",
      "customers/redact",
      "customers/data_request",
      "customers_email_marketing_consent/update",
      "customers_marketing_consent/update",
      "customers_whats_app_marketing_consent/update",
      "customer.tags_added",
      "customer.joined_segment",
      "orders/create",
      "checkouts/create",
  };
  if (size == 0) return 0;
  cdp::consent::SourceConfig config;
  config.checkout_box_unticked = (data[0] & 128) != 0;
  const ShopifySource source(config, {});
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto verdicts =
      source.translate({body,
                        {{"x-shopify-topic", kTopics[(data[0] & 127U) % std::size(kTopics)]},
                         {"x-shopify-webhook-id", "w"}},
                        {},
                        cdp::Time{1'795'348'800'000'000}});
  if (!verdicts) return 0;
  if (verdicts->size() != 1) std::abort();
  const auto* seen = std::get_if<cdp::event::Observation>(&verdicts->front());
  if (seen == nullptr) return 0;
  for (const auto& statement : seen->statements) {
    if (statement.choice == cdp::event::Choice::granted && !statement.contact_point) std::abort();
  }
  return 0;
}
