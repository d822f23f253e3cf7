#include "connectors/shopify/shopify_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "cdp/core/event/json.h"
#include "tests/support/reference_data.h"
#include "tests/support/translated.h"

namespace cdp::connectors::shopify {
namespace {

using event::Observation;
using event::PrivacyOrder;
using testing::attribute_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::identifiers_of;
using ::testing::IsEmpty;
using testing::outcome_of;
using testing::reveal;
using testing::statements_of;

consent::SourceConfig shop() {
  consent::SourceConfig config;
  config.name = "shop";
  config.kind = "shopify";
  config.trust = event::Trust::vendor_signed;
  return config;
}

ShopifySource source(std::string_view secret = "s", const consent::SourceConfig& config = shop()) {
  return {config, crypto::Secret::copy_of(as_bytes(secret))};
}

Translated translate(std::string_view topic, std::string_view body,
                     const consent::SourceConfig& config = shop()) {
  Delivery delivery{body,
                    {{"x-shopify-topic", std::string(topic)},
                     {"x-shopify-webhook-id", "w1"},
                     {"x-shopify-triggered-at", "2026-11-22T10:00:00.123456789Z"}},
                    {},
                    *from_rfc3339("2026-11-22T12:00:00Z")};
  auto result = source("s", config).translate(delivery);
  if (!result) return Rejected{"error", result.error().what};
  EXPECT_EQ(result->size(), 1U);
  return std::move(result->front());
}

Observation observe(std::string_view topic, std::string_view body,
                    const consent::SourceConfig& config = shop()) {
  auto verdict = translate(topic, body, config);
  EXPECT_EQ(outcome_of(verdict), "observation");
  auto* observation = std::get_if<Observation>(&verdict);
  return observation != nullptr ? std::move(*observation) : Observation{};
}

TEST(ShopifySource, JudgesSignaturesAsTheOfficialLibraryDoes) {
  CDP_REQUIRE_REFERENCE(path, "connectors/shopify/hmac-vectors/shopify-api-13.1.0.json");
  const auto document = json::Document::parse(testing::read_text(path));
  ASSERT_TRUE(document);
  std::size_t count = 0;
  document->root().each([&](json::Value vector) {
    SCOPED_TRACE(std::string(*vector.text("name")));
    const std::string body(*vector.get("raw_body")->string());
    Delivery delivery{body, {}, {}, {}};
    vector.get("headers")->each_member([&](std::string_view name, json::Value value) {
      std::string lower(name);
      for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      delivery.headers.emplace_back(lower, std::string(*value.string()));
      return true;
    });
    const auto verdict = source(*vector.text("secret")).authenticate(delivery);
    EXPECT_EQ(verdict.has_value(), vector.at("/official_lib_result/valid")->boolean());
    if (!verdict) {
      EXPECT_EQ(verdict.error().code, ErrorCode::unauthenticated);
    }
    ++count;
    return true;
  });
  EXPECT_EQ(count, 11U);
}

TEST(ShopifySource, AuthenticatesNothingWithoutASecret) {
  Delivery delivery{"{}",
                    {{"x-shopify-hmac-sha256", to_base64({})},
                     {"x-shopify-topic", "t"},
                     {"x-shopify-webhook-id", "w"},
                     {"x-shopify-shop-domain", "d"},
                     {"x-shopify-api-version", "v"}},
                    {},
                    {}};
  EXPECT_FALSE(source("").authenticate(delivery));
}

// Topic -> what becomes of its official sample, the same in both versions.
const std::map<std::string, std::string>& expected_outcomes() {
  static const std::map<std::string, std::string> outcomes = {
      {"app/uninstalled", "ignored:not_personal"},
      {"carts/create", "ignored:no_person"},
      {"carts/update", "ignored:no_person"},
      {"checkouts/create", "observation"},
      {"checkouts/delete", "ignored:no_person"},
      {"checkouts/update", "observation"},
      {"customer.joined_segment", "observation"},
      {"customer.left_segment", "observation"},
      {"customer.tags_added", "observation"},
      {"customer.tags_removed", "observation"},
      {"customer_account_settings/update", "ignored:not_personal"},
      {"customers/create", "observation"},
      {"customers/data_request", "privacy_order"},
      {"customers/delete", "observation"},
      {"customers/disable", "observation"},
      {"customers/enable", "observation"},
      {"customers/merge", "ignored:merge_not_completed"},
      {"customers/purchasing_summary", "observation"},
      {"customers/redact", "privacy_order"},
      {"customers/update", "observation"},
      {"customers_email_marketing_consent/update", "observation"},
      {"customers_marketing_consent/update", "observation"},
      {"customers_whats_app_marketing_consent/update", "observation"},
      {"orders/cancelled", "observation"},
      {"orders/create", "observation"},
      {"orders/delete", "ignored:no_person"},
      {"orders/edited", "ignored:no_person"},
      {"orders/paid", "observation"},
      {"orders/updated", "observation"},
      {"products/create", "ignored:not_personal"},
      {"products/delete", "ignored:not_personal"},
      {"products/update", "ignored:not_personal"},
      {"profiles/create", "ignored:not_personal"},
      {"refunds/create", "ignored:no_person"},
      {"shop/redact", "privacy_order"},
      {"shop/update", "ignored:not_personal"},
  };
  return outcomes;
}

TEST(ShopifySource, TranslatesOrRefusesEveryOfficialSample) {
  CDP_REQUIRE_REFERENCE(root, "connectors/shopify/webhook-samples");
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "index.json") continue;
    std::string topic = entry.path().stem().string();
    if (const auto slash = topic.find("__"); slash != std::string::npos) {
      topic.replace(slash, 2, "/");
    }
    SCOPED_TRACE(entry.path().parent_path().filename().string() + " " + topic);
    const auto verdict = translate(topic, testing::read_text(entry.path()));
    const auto expected = expected_outcomes().find(topic);
    ASSERT_NE(expected, expected_outcomes().end());
    EXPECT_EQ(outcome_of(verdict), expected->second);
    if (const auto* seen = testing::observation_in(verdict)) {
      EXPECT_EQ(seen->message_id, "w1");
      EXPECT_EQ(to_rfc3339(seen->occurred_at), "2026-11-22T10:00:00.123456Z");
      EXPECT_FALSE(reveal(seen->persona_key).empty());
      // No sample carries a subscription.
      EXPECT_THAT(statements_of(*seen), IsEmpty());
    }
    ++count;
  }
  EXPECT_EQ(count, 68U);
}

TEST(ShopifySource, KeepsIdsBeyondTwoToThe53Exactly) {
  // As tools print it: the number rounded, the gid exact.
  EXPECT_EQ(reveal(observe("customers/update",
                           R"({"id":706405506930370000,
      "admin_graphql_api_id":"gid://shopify/Customer/706405506930370084"})")
                       .persona_key),
            "customer:706405506930370084");
  // As Shopify sends it.
  EXPECT_EQ(reveal(observe("customers/update", R"({"id":706405506930370084})").persona_key),
            "customer:706405506930370084");
  EXPECT_EQ(reveal(observe("customer.tags_added",
                           R"({"customerId":"gid://shopify/Customer/9007199254740993","tags":[]})")
                       .persona_key),
            "customer:9007199254740993");
}

TEST(ShopifySource, ReadsACustomersProfile) {
  const auto seen = observe("customers/create", R"({"id":7,"email":"bob@biller.example",
      "phone":null,"first_name":"Bob","last_name":"Biller","note":"likes ice cream",
      "verified_email":true,"orders_count":2,"total_spent":"10.50","currency":"EUR",
      "tags":"vip, new","default_address":{"city":"Ottawa","zip":"K2P 2L8","country_code":"CA",
      "province_code":"ON"}})");
  EXPECT_THAT(identifiers_of(seen.identifiers),
              ElementsAre("email=bob@biller.example", "shopify.customer_id=7"));
  EXPECT_EQ(attribute_of(seen, "email"), R"("bob@biller.example")");
  EXPECT_EQ(attribute_of(seen, "first_name"), R"("Bob")");
  EXPECT_EQ(attribute_of(seen, "phone"), "null");
  EXPECT_EQ(attribute_of(seen, "country"), R"("CA")");
  EXPECT_EQ(attribute_of(seen, "zip"), R"("K2P 2L8")");
  EXPECT_EQ(attribute_of(seen, "orders_count"), "2");
  EXPECT_EQ(attribute_of(seen, "total_spent"), R"("10.50")");
  EXPECT_EQ(attribute_of(seen, "tags"), R"(["vip","new"])");
  EXPECT_EQ(attribute_of(seen, "note"), "-");
  EXPECT_EQ(seen.event->name, "Customer Created");
  EXPECT_FALSE(seen.new_act);
}

TEST(ShopifySource, ReadsEveryStateOfConsentAsTheRulesSay) {
  struct Row {
    const char* consent;
    std::vector<std::string> statements;
    bool dated;
  };
  const std::string purpose = "marketing.communications.email ";
  const Row rows[] = {
      {R"({"state":"subscribed","opt_in_level":"single_opt_in",
           "consent_updated_at":"2026-01-01T00:00:00Z"})",
       {purpose + "granted recorded single_opt_in email=b@x.example"},
       true},
      {R"({"state":"SUBSCRIBED","opt_in_level":"CONFIRMED_OPT_IN",
           "consent_updated_at":"2026-01-01T00:00:00Z"})",
       {purpose + "granted double_opt_in confirmed_opt_in email=b@x.example"},
       true},
      {R"({"state":"subscribed","opt_in_level":"single_opt_in","consent_updated_at":null})",
       {purpose + "granted asserted single_opt_in email=b@x.example"},
       false},
      {R"({"state":"subscribed","opt_in_level":null,"consent_updated_at":"2026-01-01T00:00:00Z"})",
       {purpose + "granted asserted unknown email=b@x.example"},
       true},
      {R"({"state":"unsubscribed","opt_in_level":null,"consent_updated_at":null})",
       {purpose + "withdrawn recorded unsubscribed email=b@x.example"},
       false},
      {R"({"state":"not_subscribed"})", {}, false},
      {R"({"state":"pending"})", {}, false},
      {R"({"state":"redacted"})", {}, false},
      {R"({"state":"invalid"})", {}, false},
      {R"({"state":null})", {}, false},
      {"null", {}, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.consent);
    const auto seen =
        observe("customers_email_marketing_consent/update",
                R"({"customer_id":7,"email_address":"b@x.example","email_marketing_consent":)" +
                    std::string(row.consent) + "}");
    EXPECT_EQ(statements_of(seen), row.statements);
    if (!seen.statements.empty()) {
      EXPECT_EQ(seen.statements[0].occurred_at.known(), row.dated);
      EXPECT_EQ(seen.statements[0].channel, "email");
    }
  }
}

TEST(ShopifySource, NeverGrantsWithoutAnAddressButAlwaysWithdraws) {
  const auto sms = [](const char* state) {
    return statements_of(observe(
        "customers_marketing_consent/update",
        R"({"id":7,"phone":null,"sms_marketing_consent":{"opt_in_level":"single_opt_in","state":")" +
            std::string(state) + R"("}})"));
  };
  EXPECT_THAT(sms("subscribed"), IsEmpty());
  EXPECT_THAT(sms("unsubscribed"),
              ElementsAre("marketing.communications.sms withdrawn recorded unsubscribed"));
}

TEST(ShopifySource, ReadsWhatsAppConsent) {
  const auto seen =
      observe("customers_whats_app_marketing_consent/update",
              R"({"customer_id":7,"phone_number":"+4930123","whats_app_marketing_consent":
      {"state":"subscribed","opt_in_level":"single_opt_in","updated_at":"2026-01-01T00:00:00Z"}})");
  EXPECT_THAT(
      statements_of(seen),
      ElementsAre(
          "marketing.communications.whatsapp granted recorded single_opt_in phone=+4930123"));
  EXPECT_EQ(seen.statements[0].channel, "whatsapp");
}

TEST(ShopifySource, TakesConsentInsideAProfileAsAState) {
  const auto seen = observe("customers/update", R"({"id":7,"email":"b@x.example",
      "phone":"+4930123","email_marketing_consent":{"state":"subscribed",
      "opt_in_level":"single_opt_in","consent_updated_at":"2036-01-01T00:00:00Z"},
      "sms_marketing_consent":{"state":"unsubscribed","consent_updated_at":null}})");
  EXPECT_THAT(
      statements_of(seen),
      ElementsAre(
          "state: marketing.communications.email granted recorded single_opt_in email=b@x.example",
          "state: marketing.communications.sms withdrawn recorded unsubscribed phone=+4930123"));
  // Dated in the future: clamped to the time of receipt.
  EXPECT_EQ(to_rfc3339(seen.statements[0].occurred_at), "2026-11-22T12:00:00Z");
}

constexpr std::string_view kOrder = R"({"id":820982911946154500,
    "admin_graphql_api_id":"gid://shopify/Order/820982911946154508","email":"jon@x.example",
    "buyer_accepts_marketing":true,"created_at":"2026-11-20T10:00:00+01:00",
    "total_price":"404.95","currency":"EUR","note":"ring twice",
    "discount_codes":[{"code":"TEN"}],"billing_address":{"first_name":"Jo","country_code":"DE"},
    "line_items":[{"product_id":788032119674292922,"variant_id":null,"sku":"S-1","title":"Sofa",
    "price":"89.99","quantity":1}],"customer":CUSTOMER})";

std::string order(std::string_view customer) {
  std::string text(kOrder);
  text.replace(text.find("CUSTOMER"), 8, customer);
  return text;
}

TEST(ShopifySource, TurnsAnOrderIntoAnEventOfItsCustomer) {
  const auto seen = observe("orders/create", order(R"({"id":9,"email":"john@x.example",
      "first_name":"John","phone":null})"));
  EXPECT_EQ(reveal(seen.persona_key), "customer:9");
  // The address typed into the order may be somebody else's.
  EXPECT_THAT(identifiers_of(seen.identifiers),
              ElementsAre("email=john@x.example", "shopify.customer_id=9"));
  EXPECT_EQ(attribute_of(seen, "first_name"), R"("John")");
  EXPECT_EQ(attribute_of(seen, "phone"), "-");
  EXPECT_EQ(seen.event->name, "Order Completed");
  EXPECT_EQ(reveal(seen.event->properties),
            R"({"total":"404.95","currency":"EUR","coupon":"TEN","products":[)"
            R"({"product_id":"788032119674292922","sku":"S-1","name":"Sofa","price":"89.99",)"
            R"("quantity":1}],"order_id":"820982911946154508"})");
  EXPECT_TRUE(seen.new_act);
  EXPECT_FALSE(observe("orders/updated", order(R"({"id":9})")).new_act);
}

TEST(ShopifySource, KnowsAGuestByTheOrderAndItsAddresses) {
  const auto seen = observe("orders/create", order("null"));
  EXPECT_EQ(reveal(seen.persona_key), "order:820982911946154508");
  EXPECT_THAT(identifiers_of(seen.identifiers),
              ElementsAre("email=jon@x.example", "shopify.order_id=820982911946154508"));
  EXPECT_EQ(attribute_of(seen, "email"), R"("jon@x.example")");
  EXPECT_EQ(attribute_of(seen, "first_name"), R"("Jo")");
  EXPECT_EQ(outcome_of(translate("orders/create", R"({"id":1,"customer":null})")),
            "ignored:no_person");
  EXPECT_EQ(
      reveal(observe("checkouts/create", R"({"token":"t1","email":"a@x.example"})").persona_key),
      "checkout:t1");
}

TEST(ShopifySource, CountsTheCheckoutBoxOnlyWhenDeclaredUnticked) {
  EXPECT_THAT(statements_of(observe("orders/create", order("null"))), IsEmpty());
  auto config = shop();
  config.checkout_box_unticked = true;
  const auto seen = observe("orders/create", order("null"), config);
  EXPECT_THAT(statements_of(seen), ElementsAre("marketing.communications.email granted recorded "
                                               "checkout_box email=jon@x.example"));
  EXPECT_EQ(to_rfc3339(seen.statements[0].occurred_at), "2026-11-20T09:00:00Z");
  EXPECT_THAT(statements_of(observe("orders/updated", order("null"), config)), IsEmpty());
  std::string unticked = order("null");
  unticked.replace(unticked.find("true"), 4, "false");
  EXPECT_THAT(statements_of(observe("orders/create", unticked, config)), IsEmpty());
}

TEST(ShopifySource, LinksBothCustomersOfAFinishedMerge) {
  const auto merge = [](const char* status) {
    return R"({"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/1",
        "admin_graphql_api_customer_deleted_id":"gid://shopify/Customer/2","status":")" +
           std::string(status) + "\"}";
  };
  const auto seen = observe("customers/merge", merge("completed"));
  EXPECT_EQ(reveal(seen.persona_key), "customer:1");
  EXPECT_THAT(identifiers_of(seen.identifiers),
              ElementsAre("shopify.customer_id=1", "shopify.customer_id=2"));
  EXPECT_EQ(outcome_of(translate("customers/merge", merge("in_progress"))),
            "ignored:merge_not_completed");
}

TEST(ShopifySource, QueuesPrivacyRequestsWithEverythingThatNamesThePerson) {
  const auto verdict = translate("customers/redact", R"({"shop_id":1,"customer":{"id":191167,
      "email":"john@x.example","phone":"555"},"orders_to_redact":[299938]})");
  const auto& redact = std::get<PrivacyOrder>(verdict);
  EXPECT_EQ(redact.kind, PrivacyOrder::Kind::redact);
  EXPECT_EQ(redact.vendor_request_id, "w1");
  EXPECT_THAT(identifiers_of(redact.identifiers),
              ElementsAre("email=john@x.example", "phone=555", "shopify.customer_id=191167",
                          "shopify.order_id=299938"));
  const auto asked =
      translate("customers/data_request", R"({"customer":{"id":1},"data_request":{"id":9999}})");
  EXPECT_EQ(std::get<PrivacyOrder>(asked).vendor_request_id, "9999");
  EXPECT_EQ(outcome_of(translate("customers/redact", R"({"customer":{}})")),
            "rejected:missing_persona");
  const auto closed = translate("shop/redact", R"({"shop_id":1})");
  EXPECT_EQ(std::get<PrivacyOrder>(closed).kind, PrivacyOrder::Kind::shop_redact);
}

TEST(ShopifySource, RefusesWhatItCannotUse) {
  EXPECT_EQ(outcome_of(translate("customers/update", "{}")), "rejected:missing_persona");
  EXPECT_EQ(outcome_of(translate("customers/update", R"({"id":1.5})")), "rejected:missing_persona");
  EXPECT_EQ(outcome_of(translate("orders/create", "{}")), "rejected:malformed");
  EXPECT_EQ(outcome_of(translate("customers/promoted", R"({"id":1})")), "rejected:unknown_topic");
  EXPECT_EQ(outcome_of(translate("customers/update", "[]")), "rejected:error");
  EXPECT_EQ(outcome_of(translate("customers/update", "{")), "rejected:error");
}

}  // namespace
}  // namespace cdp::connectors::shopify
