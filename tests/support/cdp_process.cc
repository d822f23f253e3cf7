#include "tests/support/cdp_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "cdp/core/base/bytes.h"

namespace cdp::testing {
namespace {

struct Child {
  pid_t pid = -1;
  int output = -1;
};

tl::unexpected<Error> cannot(const std::string& what) {
  return fail(ErrorCode::unavailable, what, "is CDP_BINARY the built cdp?");
}

// Standard error goes nowhere: a server's log is not what these tests look at.
Result<Child> spawn(const std::filesystem::path& binary, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), binary.string());
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot("there are no pipes left");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDERR_FILENO);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return cannot("a process could not be started");
  }
  return Child{pid, ends[0]};
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Up to the end, or to the end of the first line.
std::string read_output(int handle, bool one_line) {
  std::string text;
  char c = 0;
  while (::read(handle, &c, 1) == 1) {
    if (one_line && c == '\n') break;
    text.push_back(c);
  }
  return text;
}

}  // namespace

Result<std::string> run_cdp(const std::filesystem::path& binary,
                            const std::vector<std::string>& arguments) {
  CDP_TRY(const auto child, spawn(binary, arguments));
  std::string text = read_output(child.output, false);
  ::close(child.output);
  const int status = wait_for(child.pid);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return cannot("cdp " + arguments.front() + " did not end well");
  }
  return text;
}

Result<ServedCdp> ServedCdp::launch(const std::filesystem::path& binary,
                                    const std::filesystem::path& directory) {
  CDP_TRY(const auto child,
          spawn(binary, {"serve", directory.string(), "--listen", "127.0.0.1:0"}));
  return ServedCdp(child.pid, child.output, 0);
}

Result<ServedCdp> ServedCdp::start(const std::filesystem::path& binary,
                                   const std::filesystem::path& directory) {
  CDP_TRY(auto server, launch(binary, directory));
  const std::string address = json_text(read_output(server.output_, true), "listening");
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return cannot("cdp serve did not say where it listens");
  server.port_ = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
  return server;
}

ServedCdp::ServedCdp(ServedCdp&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      port_(other.port_) {}

ServedCdp::~ServedCdp() {
  kill9();
  if (output_ >= 0) ::close(output_);
}

void ServedCdp::kill9() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  wait_for(pid_);
  pid_ = -1;
}

bool ServedCdp::stop() {
  if (pid_ <= 0) return false;
  ::kill(pid_, SIGTERM);
  const int status = wait_for(pid_);
  pid_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

HttpLine::HttpLine(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int one = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // A refused connection shows with the first exchange.
  (void)::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

HttpLine::~HttpLine() { ::close(socket_); }

bool HttpLine::read_more() {
  std::array<char, 8'192> chunk{};
  const ssize_t got = ::recv(socket_, chunk.data(), chunk.size(), 0);
  if (got <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<HttpLine::Answer> HttpLine::exchange(const std::string& request) {
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t n = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return std::nullopt;
    sent += static_cast<std::size_t>(n);
  }
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  const auto at = buffer_.find("Content-Length: ");
  if (at == std::string::npos || at > end || buffer_.size() < 12) return std::nullopt;
  const std::size_t size = std::stoul(buffer_.substr(at + 16, 12));
  while (buffer_.size() < end + 4 + size) {
    if (!read_more()) return std::nullopt;
  }
  Answer answer{std::stoi(buffer_.substr(9, 3)), buffer_.substr(end + 4, size)};
  buffer_.erase(0, end + 4 + size);
  return answer;
}

std::string post_request(const std::string& path, const std::string& authorization,
                         const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + authorization +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string basic_authorization(const std::string& user) {
  return "Basic " + to_base64(as_bytes(user + ":"));
}

std::string json_text(const std::string& json, const std::string& name) {
  const std::string before = "\"" + name + "\":\"";
  const auto at = json.find(before);
  if (at == std::string::npos) return {};
  const auto from = at + before.size();
  return json.substr(from, json.find('"', from) - from);
}

std::uint64_t json_number(const std::string& json, const std::string& name) {
  const std::string before = "\"" + name + "\":";
  const auto at = json.find(before);
  if (at == std::string::npos) return 0;
  return std::strtoull(json.c_str() + at + before.size(), nullptr, 10);
}

}  // namespace cdp::testing
