// PlatformWorld: a whole data directory with its cdp.toml, opened as `cdp serve` would, and short
// words to feed it, to ask it over its routes, and to open it again under another configuration.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "cdp/app/config/config.h"
#include "cdp/app/durable_file.h"
#include "cdp/app/wiring.h"
#include "cdp/core/event/json.h"
#include "identity/identifier.h"
#include "tests/support/shared_clock.h"
#include "tests/support/shared_random.h"
#include "tests/support/temp_directory.h"

namespace cdp::testing {

class PlatformWorld {
 public:
  // `lines` stand below pack and controller in cdp.toml.
  explicit PlatformWorld(const std::string& lines) {
    EXPECT_TRUE(crypto::initialise());
    kek_ = crypto::key_file_kek(directory_ / "kek", true);
    EXPECT_TRUE(crypto::Keyring::create(directory_ / "keyring", *kek_, random_).has_value());
    configure(lines);
    open();
  }
  ~PlatformWorld() { close(); }

  void configure(const std::string& lines) {
    const std::string text =
        "pack = \"shop-eu@1\"\n"
        "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n" +
        lines;
    EXPECT_TRUE(app::write_durably(directory_ / "cdp.toml", text, 0600).has_value());
  }
  void open() {
    auto opened = app::Platform::open({directory_.path(), true}, *kek_,
                                      {clock_, random_, logger_, metrics()});
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    platform_ = std::move(*opened);
  }
  void close() {
    if (platform_) platform_->stop();
    platform_.reset();
  }
  void reopen() {
    close();
    metrics_ = std::make_unique<app::Metrics>();
    open();
  }

  event::Observation observation(const std::string& key, const std::string& message_id) {
    event::Observation o;
    o.message_id = message_id;
    o.persona_key = Pii<std::string>(key);
    o.occurred_at = clock_.now();
    o.received_at = clock_.now();
    return o;
  }
  static void identify(event::Observation& o, const std::string& type, const std::string& value) {
    o.identifiers.push_back({type, Pii<std::string>(value)});
  }
  static void attribute(event::Observation& o, const std::string& name, const std::string& text) {
    o.attributes.push_back({name, Pii<std::string>(json::quote(text))});
  }
  void send(const std::string& source, event::Observation o) {
    std::vector<event::Observation> one;
    one.push_back(std::move(o));
    send_all(source, std::move(one));
  }
  void send_all(const std::string& source, std::vector<event::Observation> all) {
    std::vector<connectors::Translated> messages;
    for (auto& o : all) messages.emplace_back(std::move(o));
    const auto active = platform_->policy().active();
    std::promise<Result<app::IntakeReport>> promise;
    auto answer = promise.get_future();
    platform_->intake().take(std::move(messages), *active->policy.source(source), active->policy,
                             [&](Result<app::IntakeReport> r) { promise.set_value(std::move(r)); });
    const auto report = answer.get();
    ASSERT_TRUE(report.has_value()) << report.error().what;
    ASSERT_TRUE(report->rejected.empty());
  }
  void settle() { ASSERT_TRUE(platform_->pipeline().fold().settle().has_value()); }

  std::string token(const std::string& role, const std::string& binding = "") {
    auto made = platform_->access().create(platform_->pipeline().writer(), role, binding, "test");
    EXPECT_TRUE(made.has_value());
    return made ? made->text : "";
  }
  // Without a token: through the directory's own socket.
  http::Response call(const std::string& method, const std::string& path,
                      const std::string& body = "", const std::string& bearer = "") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.admin = bearer.empty();
    if (!bearer.empty()) request.headers.emplace_back("authorization", "Bearer " + bearer);
    return platform_->router().handle(std::move(request));
  }
  std::optional<identity::Profile> profile(const std::string& type, const std::string& value) {
    platform_->pipeline().fold().drain();
    auto found = platform_->pipeline().live().profile_by_identifier(
        identity::Normaliser::token(type, value, platform_->pipeline().keyed().link));
    EXPECT_TRUE(found.has_value());
    return found ? std::move(*found) : std::nullopt;
  }
  std::size_t together(const std::string& type, const std::string& value) {
    const auto found = profile(type, value);
    return found ? found->members.size() : 0;
  }
  // The audit entries of a kind, as text.
  std::vector<std::string> audited(const std::string& kind) {
    std::vector<std::string> out;
    const auto& ledger = platform_->stores().ledger();
    EXPECT_TRUE(ledger.read_audit(0, ledger.audit_size().value(), [&](const store::AuditRow& row) {
      const std::string text(as_text(row.entry));
      if (text.find(R"("kind":")" + kind + "\"") != std::string::npos) out.push_back(text);
    }));
    return out;
  }

  app::Platform& platform() { return *platform_; }
  SharedClock& clock() { return clock_; }
  app::Metrics& metrics() { return *metrics_; }

 private:
  TempDirectory directory_;
  SharedClock clock_{Time{1'767'225'600'000'000}};  // 2026-01-01T00:00:00Z
  SharedRandom random_{11};
  app::Logger logger_ = app::Logger::silent(clock_);
  std::unique_ptr<app::Metrics> metrics_ = std::make_unique<app::Metrics>();
  std::unique_ptr<crypto::KekProvider> kek_;
  std::unique_ptr<app::Platform> platform_;
};

}  // namespace cdp::testing
