#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "cdp/core/crypto/keyring.h"
#include "cdp/core/crypto/wipe.h"

extern char** environ;

namespace cdp::crypto {
namespace {

constexpr int kSilenceMaxMs = 30'000;  // a plug-in that asks a distant service; then it is killed
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
// A pipe takes this much without a reader (PIPE_BUF): the request is written before the child runs.
constexpr std::size_t kRequestBytesMax = 4096;

struct Pipe {
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) ends[0] = ends[1] = -1;
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  bool ok() const { return ends[0] >= 0; }
  int ends[2] = {-1, -1};  // 0 to read, 1 to write
};

tl::unexpected<Error> failed(const char* what) {
  return fail(ErrorCode::unavailable, what, "run the key plug-in by hand to see why");
}

int wait_for(pid_t child) {
  int status = -1;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

pid_t start(const std::vector<std::string>& argv, const Pipe& in, const Pipe& out) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return -1;
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  pid_t child = -1;
  // posix_spawn, not posix_spawnp: the path is absolute and nothing is searched.
  const int error = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? child : -1;
}

// Everything until the child closes its output; false when it was silent or talked for too long.
bool read_answer(int fd, std::string* answer) {
  answer->reserve(kAnswerBytesMax);  // grown, it would leave copies of a key behind
  for (;;) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kSilenceMaxMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    Wiped<std::array<char, 4096>> chunk;
    const ssize_t got = ::read(fd, chunk.value.data(), chunk.value.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    if (answer->size() + static_cast<std::size_t>(got) > kAnswerBytesMax) return false;
    answer->append(chunk.value.data(), static_cast<std::size_t>(got));
  }
}

class PluginKek final : public KekProvider {
 public:
  explicit PluginKek(std::vector<std::string> argv) : argv_(std::move(argv)) {}

  std::string kind() const override { return "plugin"; }

  Result<Bytes> wrap(ByteView root_key, std::string* parameters, Random&) override {
    const Wiped<std::string> plain(to_base64(root_key));
    Wiped<std::string> request;
    request.value.reserve(kRequestBytesMax);
    request.value.append(R"({"op":"wrap","plaintext":")").append(plain.value).append("\"}\n");
    Wiped<std::string> answer;
    CDP_CHECK(ask(request.value, &answer.value));
    const auto json = nlohmann::json::parse(answer.value, nullptr, false);
    const auto cipher = field(json, "ciphertext");
    const auto key_id = field(json, "key_id");
    if (!cipher || !key_id) return failed("the key plug-in's answer lacks a field");
    auto wrapped = from_base64(*cipher);
    if (!wrapped) return failed("the key plug-in's ciphertext is not base64");
    *parameters = nlohmann::json{{"key_id", *key_id}}.dump();
    return std::move(*wrapped);
  }

  Result<Secret> unwrap(ByteView wrapped, const std::string& parameters) override {
    const auto stored = nlohmann::json::parse(parameters, nullptr, false);
    const auto key_id = field(stored, "key_id");
    if (!key_id) return fail(ErrorCode::corrupt, "the keyring's plug-in parameters are not ours");
    const std::string request = "{\"op\":\"unwrap\",\"key_id\":" + nlohmann::json(*key_id).dump() +
                                ",\"ciphertext\":\"" + to_base64(wrapped) + "\"}\n";
    Wiped<std::string> answer;
    CDP_CHECK(ask(request, &answer.value));
    auto json = nlohmann::json::parse(answer.value, nullptr, false);
    auto plain = field(json, "plaintext");
    if (!plain) return failed("the key plug-in's answer lacks a field");
    const Wiped<std::string> text(std::move(*plain));
    auto& parsed = json["plaintext"].get_ref<std::string&>();
    sodium_memzero(parsed.data(), parsed.size());
    auto decoded = from_base64(text.value);
    if (!decoded) return failed("the key plug-in's plaintext is not base64");
    const Wiped<Bytes> root(std::move(*decoded));
    return Secret::copy_of(root.value);
  }

 private:
  static std::optional<std::string> field(const nlohmann::json& json, const char* name) {
    if (!json.is_object()) return std::nullopt;
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  }

  Result<void> ask(std::string_view request, std::string* answer) const {
    if (argv_.empty() || !argv_[0].starts_with('/')) {
      return fail(ErrorCode::invalid_argument, "the key plug-in's path is not absolute",
                  "write it from the root: it is never searched for");
    }
    Pipe in;
    Pipe out;
    if (!in.ok() || !out.ok()) return failed("the key plug-in cannot be started");
    if (request.size() > kRequestBytesMax || ::write(in.ends[1], request.data(), request.size()) !=
                                                 static_cast<ssize_t>(request.size())) {
      return failed("the key plug-in cannot take a request of this size");
    }
    const pid_t child = start(argv_, in, out);
    if (child < 0) return failed("the key plug-in cannot be started");
    in.close_end(0);
    in.close_end(1);
    out.close_end(1);
    const bool answered = read_answer(out.ends[0], answer);
    if (!answered) ::kill(child, SIGKILL);
    const int status = wait_for(child);
    if (!answered) return failed("the key plug-in did not answer");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed("the key plug-in failed");
    return {};
  }

  std::vector<std::string> argv_;
};

}  // namespace

std::unique_ptr<KekProvider> plugin_kek(std::vector<std::string> argv) {
  return std::make_unique<PluginKek>(std::move(argv));
}

}  // namespace cdp::crypto
