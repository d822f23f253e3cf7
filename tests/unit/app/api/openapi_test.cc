// docs/api/openapi.json against the router's table, in both directions: a route that is not
// documented and a document about a route that is not there both fail.
#include "cdp/app/api/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cdp/app/config/config.h"
#include "cdp/app/durable_file.h"
#include "cdp/app/wiring.h"
#include "cdp/core/event/json.h"
#include "tests/support/shared_clock.h"
#include "tests/support/shared_random.h"
#include "tests/support/temp_directory.h"

namespace cdp::app {
namespace {

using ::testing::ContainerEq;

using Operations = std::set<std::pair<std::string, std::string>>;  // method, path

// A template name in a document takes no dots: "{path...}" stands there as "{path}".
std::string documented(std::string pattern) {
  if (const auto dots = pattern.find("...}"); dots != std::string::npos) pattern.erase(dots, 3);
  return pattern;
}

// The operator's routes answer 404 to the network and are the command line's alone.
bool is_public(const http::Router::Route& route) { return !route.pattern.starts_with("/admin/"); }

class OpenApi : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    const auto kek = crypto::key_file_kek(directory_ / "kek", true);
    ASSERT_TRUE(crypto::Keyring::create(directory_ / "keyring", *kek, random_));
    ASSERT_TRUE(write_durably(directory_ / "cdp.toml", config_template({}), 0600));
    auto opened =
        Platform::open({directory_.path(), false}, *kek, {clock_, random_, logger_, metrics_});
    ASSERT_TRUE(opened) << opened.error().what;
    platform_ = std::move(*opened);
    auto document = json::Document::parse(openapi_document());
    ASSERT_TRUE(document) << document.error().what;
    document_ = std::make_unique<json::Document>(std::move(*document));
  }

  Operations routes() const {
    Operations out;
    for (const auto& route : platform_->router().routes())
      if (is_public(route)) out.emplace(route.method, documented(route.pattern));
    return out;
  }

  void each_operation(const std::function<void(const std::string& method, const std::string& path,
                                               json::Value operation)>& take) const {
    const auto paths = document_->root().get("paths");
    ASSERT_TRUE(paths.has_value());
    paths->each_member([&](std::string_view path, json::Value item) {
      item.each_member([&](std::string_view method, json::Value operation) {
        std::string upper(method);
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        take(upper, std::string(path), operation);
        return true;
      });
      return true;
    });
  }

  testing::TempDirectory directory_;
  testing::SharedClock clock_{Time{1'767'225'600'000'000}};
  testing::SharedRandom random_{11};
  Logger logger_ = Logger::silent(clock_);
  Metrics metrics_;
  std::unique_ptr<Platform> platform_;
  std::unique_ptr<json::Document> document_;
};

TEST_F(OpenApi, NamesEveryRouteAndNoOther) {
  Operations written;
  each_operation([&](const std::string& method, const std::string& path, json::Value) {
    written.emplace(method, path);
  });
  EXPECT_THAT(written, ContainerEq(routes()));
}

TEST_F(OpenApi, KeepsTheOperatorsRoutesToTheCommandLine) {
  std::size_t seen = 0;
  for (const auto& route : platform_->router().routes()) {
    if (is_public(route)) continue;
    ++seen;
    http::Request request;
    request.method = route.method;
    request.path = route.pattern;
    EXPECT_EQ(platform_->router().handle(request).status, 404) << route.method << route.pattern;
  }
  EXPECT_GT(seen, 0U);
}

TEST_F(OpenApi, SaysForEachOperationWhoMayAndWhatItAnswers) {
  each_operation([&](const std::string& method, const std::string& path, json::Value operation) {
    const std::string name = method + " " + path;
    EXPECT_TRUE(operation.text("summary").has_value()) << name;
    EXPECT_TRUE(operation.get("security").has_value()) << name;
    const auto responses = operation.get("responses");
    ASSERT_TRUE(responses.has_value()) << name;
    bool succeeds = false;
    responses->each_member([&](std::string_view status, json::Value) {
      // A form that was taken sends its browser onward.
      succeeds = succeeds || status.starts_with("2") || status == "303";
      return true;
    });
    EXPECT_TRUE(succeeds) << name;
  });
}

TEST_F(OpenApi, NamesEachParameterOfAPath) {
  each_operation([&](const std::string& method, const std::string& path, json::Value operation) {
    std::set<std::string> in_path, described;
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1))
      in_path.insert(path.substr(at + 1, path.find('}', at) - at - 1));
    if (const auto parameters = operation.get("parameters")) {
      parameters->each([&](json::Value parameter) {
        if (parameter.text("in") == "path")
          described.insert(std::string(parameter.text("name").value_or("")));
        return true;
      });
    }
    EXPECT_THAT(described, ContainerEq(in_path)) << method << " " << path;
  });
}

}  // namespace
}  // namespace cdp::app
