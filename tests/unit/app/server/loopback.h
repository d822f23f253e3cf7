// A blocking client on raw sockets, so that tests send exactly the bytes they mean, and a clock
// that tests move while the server's threads read it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "cdp/core/base/time.h"

namespace cdp::app::testing {

class SharedClock final : public Clock {
 public:
  Time now() override { return {us_.load()}; }
  Duration elapsed() override { return {us_.load()}; }
  void advance(Duration by) { us_ += by.us; }

 private:
  std::atomic<std::int64_t> us_{1'795'378'980'000'000};  // 2026-11-22T20:23:00Z
};

class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    connect(reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  explicit Client(const std::filesystem::path& path) {
    fd_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
    connect(reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  ~Client() { hang_up(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void hang_up() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }

  // False when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  struct Reply {
    int status = 0;  // 0: the connection ended first
    std::string head;
    std::string body;
  };
  // One answer; `head_only` for HEAD and 100.
  Reply receive(bool head_only = false) {
    std::size_t end = std::string::npos;
    while ((end = got_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return {};
    }
    Reply reply;
    reply.head = got_.substr(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    got_.erase(0, end + 4);
    const std::size_t at = reply.head.find("Content-Length: ");
    if (head_only || at == std::string::npos) return reply;
    const std::size_t length = std::stoul(reply.head.substr(at + 16));
    while (got_.size() < length) {
      if (!more()) return {};
    }
    reply.body = got_.substr(0, length);
    got_.erase(0, length);
    return reply;
  }
  Reply ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  // The server has closed, with nothing more to say.
  bool ended() { return got_.empty() && !more() && !timed_out_; }

 private:
  void connect(const sockaddr* to, socklen_t size) {
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_, to, size) == 0;
  }
  bool more() {
    char bytes[16 * 1024];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    timed_out_ = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (n <= 0) return false;
    got_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  int fd_ = -1;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string got_;
};

inline std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

inline std::string post(std::string_view path, std::string_view body, std::string_view more = {}) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace cdp::app::testing
