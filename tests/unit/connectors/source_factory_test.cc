#include "connectors/source_factory.h"

#include <gtest/gtest.h>

namespace cdp::connectors {
namespace {

Result<std::unique_ptr<Source>> make(std::string kind, std::string auth, std::string_view secret) {
  consent::SourceConfig config;
  config.name = "shop";
  config.secret = "shop_key";
  config.kind = std::move(kind);
  config.auth = std::move(auth);
  return make_source(config, crypto::Secret::copy_of(as_bytes(secret)));
}

TEST(SourceFactory, MakesWebhookSourcesOnly) {
  EXPECT_TRUE(make("shopify", "", "s"));
  EXPECT_TRUE(make("mailchimp", "", "s"));
  EXPECT_TRUE(make("mailchimp", "secret_url", "s"));
  EXPECT_FALSE(make("csv", "", "s"));
  EXPECT_FALSE(make("segment", "", "s"));
}

TEST(SourceFactory, RefusesMissingSecretsAndUnknownWaysToAuthenticate) {
  EXPECT_NE(make("shopify", "", "").error().hint.find("shop_key"), std::string::npos);
  EXPECT_EQ(make("mailchimp", "none", "s").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(make("shopify", "secret_url", "s").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace cdp::connectors
