// DemoStage: what the demo plays on: a data directory, the real server on a port of this machine,
// the tool that receives webhooks, and the keys of everybody who speaks.
//
// Thread-safety: one thread. Lifetime: the world outlives it. Errors: those of the parts.
#pragma once

#include <memory>

#include "cdp/app/cli/demo_receiver.h"
#include "cdp/app/cli/http_client.h"
#include "cdp/app/cli/live_server.h"
#include "cdp/app/cli/verb.h"

namespace cdp::app::cli {

inline constexpr const char* kDemoDestination = "mailer";
inline constexpr const char* kDemoPurpose = "marketing.communications.email";

class DemoStage {
 public:
  static Result<std::unique_ptr<DemoStage>> build(const std::filesystem::path& directory,
                                                  Invocation& call);
  ~DemoStage();

  // The operator, through the admin socket; anybody else, through TCP with a bearer token.
  Result<json::Document> admin(const std::string& method, const std::string& path,
                               const std::string& body = "");
  Result<json::Document> post(const std::string& path, const std::string& token,
                              const std::string& body);
  Result<std::vector<http::Response>> send_all(const std::vector<http::Request>& requests);

  const std::string& shop_secret() const { return shop_secret_; }
  const std::string& newsletter_secret() const { return newsletter_secret_; }
  const std::string& web_key() const { return web_key_; }
  const std::string& destination_token() const { return destination_token_; }
  const std::string& consent_token() const { return consent_token_; }
  const std::string& officer_token() const { return officer_token_; }
  const std::string& audit_key() const { return audit_key_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::string url() const { return "http://" + to_text(live_->address()); }
  Platform& platform() { return live_->platform(); }
  DemoReceiver& receiver() { return *receiver_; }
  void stop();

 private:
  DemoStage(std::filesystem::path directory, World& world);
  Result<void> open(Invocation& call);
  Result<void> connect_sources();
  Result<void> connect_destination();
  Result<std::string> new_token(const std::string& role);

  std::filesystem::path directory_;
  World& world_;
  Logger logger_;
  Metrics metrics_, receiver_metrics_;
  std::unique_ptr<crypto::KekProvider> kek_;
  std::unique_ptr<DemoReceiver> receiver_;
  std::unique_ptr<LiveServer> live_;
  std::unique_ptr<HttpClient> operator_, client_;
  std::string shop_secret_, newsletter_secret_, hook_secret_;
  std::string web_key_, destination_token_, consent_token_, officer_token_, audit_key_;
};

}  // namespace cdp::app::cli
