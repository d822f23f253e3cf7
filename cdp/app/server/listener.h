// Listening sockets: TCP on a numeric address, or a Unix socket that only its owner may open.
//
// Thread-safety: one thread at a time; the umask is changed for the moment of listen_unix(), so
// call it before other threads make files. Errors: invalid_argument (not an address, path too
// long), conflict (in use), unavailable (anything else the system says).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cdp/core/base/result.h"

namespace cdp::app {

class ListenSocket {
 public:
  struct Accepted {
    int fd = -1;  // non-blocking; the caller's to close
    std::string peer;
  };
  enum class Kind { tcp, local };

  // `address` is numeric ("127.0.0.1", "::1", "0.0.0.0"); port 0 takes a free one.
  static Result<ListenSocket> listen_tcp(const std::string& address, std::uint16_t port);
  // Mode 0600. A socket file that nobody answers on is a dead process's, and replaced.
  static Result<ListenSocket> listen_unix(const std::filesystem::path& path);

  ~ListenSocket();
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;

  // The next connection; nothing when none waits. `exhausted` says that the process is out of
  // descriptors: try again later.
  std::optional<Accepted> accept(bool* exhausted);

  int fd() const { return fd_; }
  int family() const { return family_; }
  Kind kind() const { return kind_; }
  std::uint16_t port() const { return port_; }

 private:
  ListenSocket(int fd, int family, Kind kind) : fd_(fd), family_(family), kind_(kind) {}

  int fd_;
  int family_;
  Kind kind_;
  std::uint16_t port_ = 0;
  std::filesystem::path path_;  // removed at the end
};

}  // namespace cdp::app
