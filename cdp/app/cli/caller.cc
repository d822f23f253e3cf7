#include "cdp/app/cli/caller.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <future>

#include "cdp/app/cli/http_client.h"
#include "cdp/app/cli/kek_choice.h"
#include "cdp/app/config/config.h"
#include "cdp/app/wiring.h"

namespace cdp::app::cli {
namespace {

constexpr std::chrono::milliseconds kBesideEvery{250};

class SocketCaller final : public Caller {
 public:
  explicit SocketCaller(const std::filesystem::path& directory)
      : socket_(directory / "admin.sock"), client_("http://localhost", socket_) {}
  Result<http::Response> call(const http::Request& request) override {
    return client_.send(request);
  }
  Result<http::Response> call_long(const http::Request& request,
                                   const std::function<void(Caller& calls)>& beside) override {
    HttpClient patient("http://localhost", socket_, Duration{});
    const auto job = [&] { return patient.send(request); };
    if (!beside) return job();
    return run_beside(job, [&] { beside(*this); });
  }
  bool through_server() const override { return true; }

 private:
  std::filesystem::path socket_;
  HttpClient client_;
};

class InProcessCaller final : public Caller {
 public:
  InProcessCaller(World& world, std::unique_ptr<crypto::KekProvider> kek)
      : logger_(Logger::silent(world.clock)), kek_(std::move(kek)) {}
  ~InProcessCaller() override {
    if (platform_) platform_->stop();
  }

  Result<void> open(const std::filesystem::path& directory, World& world) {
    PlatformOptions options;
    options.directory = directory;
    options.allow_loopback_destinations = true;  // judged by the server that delivers
    CDP_TRY(platform_,
            Platform::open(options, *kek_, {world.clock, world.random, logger_, metrics_}));
    return {};
  }
  Result<http::Response> call(const http::Request& request) override {
    http::Request admin = request;
    admin.admin = true;
    return platform_->router().handle(std::move(admin));
  }
  Result<http::Response> call_long(const http::Request& request,
                                   const std::function<void(Caller& calls)>& beside) override {
    const auto job = [&] { return call(request); };  // routes run beside each other
    if (!beside) return job();
    return run_beside(job, [&] { beside(*this); });
  }
  bool through_server() const override { return false; }

 private:
  Logger logger_;
  Metrics metrics_;
  std::unique_ptr<crypto::KekProvider> kek_;
  std::unique_ptr<Platform> platform_;
};

ErrorCode code_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (to_string(code) == name) return code;
  }
  return ErrorCode::internal;
}

}  // namespace

Result<http::Response> run_beside(const std::function<Result<http::Response>()>& job,
                                  const std::function<void()>& beside) {
  auto answer = std::async(std::launch::async, job);
  do {
    beside();
  } while (answer.wait_for(kBesideEvery) != std::future_status::ready);
  return answer.get();
}

bool server_answers(const std::filesystem::path& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (directory / "admin.sock").string();
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool answers =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return answers;
}

Error error_of(const http::Response& response) {
  Error error{ErrorCode::internal,
              "the server answered with status " + std::to_string(response.status), ""};
  const auto document = json::Document::parse(response.body);
  if (!document) return error;
  // A list of verdicts, none of them good: the first says what to do.
  if (const auto verdict = document->root().at("/rejected/0")) {
    return {ErrorCode::unprocessable,
            "nothing was taken: " + std::string(verdict->text("reason").value_or("refused")),
            std::string(verdict->text("hint").value_or(""))};
  }
  const auto body = document->root().get("error");
  if (!body) return error;
  error.code = code_of(body->text("code").value_or(""));
  error.what = std::string(body->text("message").value_or(error.what));
  error.hint = std::string(body->text("hint").value_or(""));
  return error;
}

Result<std::unique_ptr<Caller>> Caller::open(Invocation& call) {
  const auto directory = call.directory();
  if (server_answers(directory)) {
    return std::unique_ptr<Caller>(std::make_unique<SocketCaller>(directory));
  }
  call.configuration_at_fault();
  CDP_TRY(const auto choice, read_kek_choice(directory));
  CDP_TRY(const auto text, read_config(directory));
  CDP_CHECK(load_policy(text, "cdp.toml"));
  CDP_TRY(auto kek, make_kek(choice, false, call));
  auto caller = std::make_unique<InProcessCaller>(call.world(), std::move(kek));
  call.configuration_is_good();
  CDP_CHECK(caller->open(directory, call.world()));
  return std::unique_ptr<Caller>(std::move(caller));
}

}  // namespace cdp::app::cli
