#include "cdp/app/cli/demo_stage.h"

#include "cdp/app/cli/caller.h"
#include "cdp/app/cli/new_directory.h"

namespace cdp::app::cli {
namespace {

constexpr std::size_t kConnections = 32;

std::string secret_of(Random& random) {
  std::array<std::uint8_t, 32> bits{};
  random.fill(bits);
  return to_base64(bits);
}

Result<json::Document> read_answer(const http::Response& response) {
  if (response.status < 200 || response.status > 299) return fail(error_of(response));
  return json::Document::parse(response.body);
}

std::string text_of(const json::Document& document, std::string_view key) {
  return std::string(document.root().text(key).value_or(""));
}

}  // namespace

DemoStage::DemoStage(std::filesystem::path directory, World& world)
    : directory_(std::move(directory)),
      world_(world),
      logger_(Logger::silent(world.clock)),
      shop_secret_(secret_of(world.random)),
      newsletter_secret_(secret_of(world.random)),
      hook_secret_("whsec_" + secret_of(world.random)) {}

DemoStage::~DemoStage() { stop(); }

void DemoStage::stop() {
  if (live_) live_->stop();
}

Result<std::unique_ptr<DemoStage>> DemoStage::build(const std::filesystem::path& directory,
                                                    Invocation& call) {
  auto stage = std::unique_ptr<DemoStage>(new DemoStage(directory, call.world()));
  CDP_CHECK(stage->open(call));
  CDP_CHECK(stage->connect_sources());
  CDP_CHECK(stage->connect_destination());
  CDP_TRY(stage->consent_token_, stage->new_token("consent"));
  CDP_TRY(stage->officer_token_, stage->new_token("officer"));
  return stage;
}

Result<void> DemoStage::open(Invocation& call) {
  KekChoice choice;
  choice.path = directory_.string() + ".key";
  CDP_TRY(kek_, make_kek(choice, true, call));
  NewConfig config;
  config.controller_name = "Demo Shop";
  CDP_TRY(const auto made,
          make_directory(directory_, choice, *kek_, config_template(config), world_));
  audit_key_ = made.audit_key;
  CDP_TRY(receiver_, DemoReceiver::start(hook_secret_, world_.clock, logger_, receiver_metrics_));
  LiveServer::Options options;
  options.directory = directory_;
  options.allow_loopback_destinations = true;
  CDP_TRY(live_, LiveServer::start(std::move(options), *kek_,
                                   {world_.clock, world_.random, logger_, metrics_}));
  operator_ = std::make_unique<HttpClient>("http://localhost", directory_ / "admin.sock");
  client_ = std::make_unique<HttpClient>(url());
  return {};
}

Result<void> DemoStage::connect_sources() {
  const auto keep = [&](const char* name, const std::string& value) {
    return admin("POST", "/admin/secrets",
                 JsonObject().text("name", name).text("value", value).done());
  };
  CDP_CHECK(keep("shop", shop_secret_));
  CDP_CHECK(keep("newsletter", newsletter_secret_));
  CDP_CHECK(keep("mailer", hook_secret_));
  CDP_CHECK(admin("POST", "/admin/sources", R"({"name":"shop","kind":"shopify"})"));
  CDP_CHECK(admin("POST", "/admin/sources", R"({"name":"newsletter","kind":"mailchimp"})"));
  CDP_CHECK(admin("POST", "/admin/sources",
                  R"({"name":"loyalty","kind":"csv","trust":"server","region":"DE","columns":{)"
                  R"("Membership":"id","Given name":"attribute:first_name","E-mail":"email",)"
                  R"("Phone":"phone","Street":"attribute:address1",)"
                  R"("Colour":"attribute:favourite_colour"}})"));
  CDP_TRY(const auto web,
          admin("POST", "/admin/sources", R"({"name":"web","kind":"segment","trust":"server"})"));
  web_key_ = text_of(web, "write_key");
  return {};
}

Result<void> DemoStage::connect_destination() {
  CDP_TRY(const auto made, admin("POST", "/admin/destinations",
                                 JsonObject()
                                     .text("name", kDemoDestination)
                                     .text("kind", "signed_webhook")
                                     .text("url", receiver_->url())
                                     .text("secret", "mailer")
                                     .text("role", "processor")
                                     .texts("purposes", {kDemoPurpose})
                                     .texts("attributes", {"email", "first_name", "last_name",
                                                           "favourite_colour", "phone", "birthday"})
                                     .done()));
  destination_token_ = text_of(made, "token");
  return {};
}

Result<std::string> DemoStage::new_token(const std::string& role) {
  CDP_TRY(const auto made, admin("POST", "/admin/tokens", JsonObject().text("role", role).done()));
  return text_of(made, "token");
}

Result<json::Document> DemoStage::admin(const std::string& method, const std::string& path,
                                        const std::string& body) {
  http::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.headers.emplace_back("Content-Type", "application/json");
  CDP_TRY(const auto response, operator_->send(request));
  return read_answer(response);
}

Result<json::Document> DemoStage::post(const std::string& path, const std::string& token,
                                       const std::string& body) {
  http::Request request;
  request.method = "POST";
  request.path = path;
  request.body = body;
  request.headers.emplace_back("Content-Type", "application/json");
  request.headers.emplace_back("Authorization", "Bearer " + token);
  CDP_TRY(const auto response, client_->send(request));
  return read_answer(response);
}

Result<std::vector<http::Response>> DemoStage::send_all(
    const std::vector<http::Request>& requests) {
  return client_->send_all(requests, kConnections);
}

}  // namespace cdp::app::cli
