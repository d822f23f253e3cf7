// [server]: what is taken, and what is refused with line and hint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/config/config.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ParsedPolicy parsed(const std::string& lines) {
  return parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n" +
      lines);
}
std::string mistakes(const std::string& lines) {
  return describe(parsed(lines).problems, "cdp.toml");
}

TEST(ServerConfig, NobodyIsATrustedProxyUnlessNamed) {
  EXPECT_THAT(parsed("").policy.trusted_proxies, IsEmpty());
}

TEST(ServerConfig, TrustedProxiesAreAddressesAndRanges) {
  const auto server =
      parsed("[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\", \"2001:db8::/32\"]\n");
  EXPECT_THAT(describe(server.problems, "cdp.toml"), IsEmpty());
  ASSERT_THAT(server.policy.trusted_proxies, SizeIs(3));
  EXPECT_TRUE(server.policy.trusted_proxies[1].contains(*http::Address::parse("10.9.8.7")));
}

TEST(ServerConfig, WhatIsNoRangeIsRefusedWithItsPlace) {
  for (const std::string bad :
       {"proxy.example", "10.1.0.0/8", "10.0.0.0/33", "", "10.0.0.1:80", "2001:db8::/129"}) {
    const auto said = mistakes("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"" + bad + "\"]\n");
    EXPECT_THAT(said, HasSubstr("cdp.toml:4:")) << bad;
    EXPECT_THAT(said, HasSubstr("hint: trusted_proxies = ")) << bad;
  }
  EXPECT_THAT(mistakes("[server]\ntrusted_proxies = \"10.0.0.0/8\"\n"), HasSubstr("cdp.toml:4:"));
  EXPECT_THAT(mistakes("[server]\ntrusted = []\n"), HasSubstr("cdp.toml:4:"));
}

}  // namespace
}  // namespace cdp::app
