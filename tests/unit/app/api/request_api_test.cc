// What officers may ask over HTTP, and what it answers.
#include "cdp/app/api/request_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/erasure_world.h"

namespace cdp {
namespace {

using testing::ErasureWorld;
using ::testing::HasSubstr;
using ::testing::Not;

class RequestApiTest : public ::testing::Test {
 protected:
  RequestApiTest()
      : access_(world_.keyring(), world_.clock(), random_),
        book_({world_.stores().ledger(), world_.keyring(), world_.clock(), random_, "default",
               [this](store::RequestRow row, audit::Entry entry) {
                 return world_.pipeline().writer().run(
                     [&](app::BatchBuilder& builder) -> Result<void> {
                       CDP_CHECK(builder.audit(std::move(entry)));
                       builder.batch().requests.push_back(std::move(row));
                       return {};
                     });
               }}) {
    app::add_request_routes(
        router_, {world_.eraser(), book_, access_, world_.pipeline().keyed(), logger_, metrics_,
                  [](const auto&) -> Result<void> { return {}; }});
    auto o = world_.observation("customer-1001", "shop-message-1");
    ErasureWorld::identify(o, "shopify.customer_id", "customer-1001");
    ErasureWorld::identify(o, "email", "ada@shop.example");
    world_.send("shop", std::move(o));
    auto listed = world_.observation("row-0001", "list-message-1");
    ErasureWorld::identify(listed, "email", "ada@shop.example");
    world_.send("list", std::move(listed));
  }
  http::Response call(const std::string& method, const std::string& path, const std::string& body,
                      const std::string& token = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.admin = token.empty();
    if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + token);
    return router_.handle(std::move(request));
  }
  static std::string id_of(const http::Response& response) {
    const auto document = json::Document::parse(response.body);
    return document ? std::string(document->root().text("id").value_or("")) : "";
  }

  ErasureWorld world_;
  testing::SharedRandom random_{9};
  app::Logger logger_ = app::Logger::silent(world_.clock());
  app::Metrics metrics_;
  app::Access access_;
  compliance::RequestBook book_;
  http::Router router_;
};

constexpr const char* kAda =
    R"({"kind":"erasure","identifier":{"type":"email","value":"Ada@Shop.example "})";

TEST_F(RequestApiTest, ShowsTheManifestFirstAndErasesWhenConfirmed) {
  const auto plan = call("POST", "/v1/requests", std::string(kAda) + "}");
  EXPECT_EQ(plan.status, 200);
  EXPECT_THAT(plan.body, HasSubstr(R"({"manifest":{"personas":2,)"));
  EXPECT_TRUE(world_.profile("email", "ada@shop.example").has_value());
  const auto done = call("POST", "/v1/requests", std::string(kAda) + R"(,"confirm":true})");
  EXPECT_EQ(done.status, 202);
  EXPECT_THAT(done.body, HasSubstr(R"("status":"vendors_complete")"));
  EXPECT_THAT(done.body, HasSubstr(R"("certificate":{)"));
  EXPECT_THAT(done.body, Not(HasSubstr("ada")));
  EXPECT_FALSE(world_.profile("email", "ada@shop.example").has_value());
  const auto shown = call("GET", "/v1/requests/" + id_of(done), "");
  EXPECT_EQ(shown.body, done.body);
  EXPECT_THAT(call("GET", "/v1/requests", "").body, HasSubstr(id_of(done)));
  EXPECT_EQ(call("POST", "/v1/requests", std::string(kAda) + "}").status, 404);
}

TEST_F(RequestApiTest, LetsOfficersInAndNobodyElse) {
  const auto officer = access_.create(world_.pipeline().writer(), "officer", "", "test");
  const auto marketer = access_.create(world_.pipeline().writer(), "marketer", "", "test");
  ASSERT_TRUE(officer.has_value() && marketer.has_value());
  EXPECT_EQ(call("GET", "/v1/requests", "", officer->text).status, 200);
  EXPECT_EQ(call("GET", "/v1/requests", "", marketer->text).status, 403);
  EXPECT_EQ(call("GET", "/v1/requests", "", "wrong").status, 401);
  EXPECT_THAT(metrics_.render(), HasSubstr("cdp_unauthenticated_total{surface=\"requests\"} 2"));
  EXPECT_EQ(call("POST", "/v1/requests", std::string(kAda) + R"(,"confirm":true})", "wrong").status,
            401);
  EXPECT_TRUE(world_.profile("email", "ada@shop.example").has_value());
}

TEST_F(RequestApiTest, AsksForAReasonWhereLinksWereOnlyDeclared) {
  const auto without =
      call("POST", "/v1/requests", std::string(kAda) + R"(,"include_declared":true})");
  EXPECT_EQ(without.status, 400);
  EXPECT_EQ(call("POST", "/v1/requests",
                 std::string(kAda) + R"(,"include_declared":true,"reason":"shown in person"})")
                .status,
            200);
}

TEST_F(RequestApiTest, OpensTheOtherKindsAndLeavesThemToPeople) {
  const auto opened =
      call("POST", "/v1/requests",
           R"({"kind":"access","identifier":{"type":"email","value":"ada@shop.example"}})");
  EXPECT_EQ(opened.status, 202);
  EXPECT_THAT(opened.body, HasSubstr(R"("status":"open")"));
  EXPECT_THAT(opened.body, HasSubstr(R"("due_at":"2026-02-01T00:00:00Z")"));
  const auto done = call("POST", "/v1/requests/" + id_of(opened) + "/complete", "{}");
  EXPECT_THAT(done.body, HasSubstr(R"("status":"complete")"));
  EXPECT_EQ(call("POST", "/v1/requests",
                 R"({"kind":"x","identifier":{"type":"email","value":"a@b.example"}})")
                .status,
            400);
  EXPECT_EQ(call("GET", "/v1/requests/req_unknown", "").status, 404);
}

TEST_F(RequestApiTest, CarriesOutAVendorsRedactionForItsOwnSourceWhenAnOfficerSaysSo) {
  event::PrivacyOrder order;
  order.vendor_request_id = "redact-1";
  order.identifiers.push_back({"shopify.customer_id", Pii<std::string>("customer-1001")});
  order.identifiers.push_back({"email", Pii<std::string>("ada@shop.example")});
  const auto row = book_.queue(order, "shop");
  ASSERT_TRUE(row.has_value());
  // Queued is not done.
  EXPECT_EQ(world_.profile("email", "ada@shop.example")->members.size(), 2U);
  const auto done = call("POST", "/v1/requests/" + row->id.to_string() + "/complete", "{}");
  EXPECT_EQ(done.status, 200) << done.body;
  ASSERT_EQ(world_.profile("email", "ada@shop.example")->members.size(), 1U);
  EXPECT_EQ(world_.profile("email", "ada@shop.example")->members[0].document.source, "list");
  order.kind = event::PrivacyOrder::Kind::shop_redact;
  const auto shop = book_.queue(order, "shop");
  EXPECT_EQ(call("POST", "/v1/requests/" + shop->id.to_string() + "/complete", "{}").status, 422);
}

}  // namespace
}  // namespace cdp
