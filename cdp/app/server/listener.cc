#include "cdp/app/server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cdp::app {
namespace {

constexpr int kBacklog = 1024;

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
  sockaddr_storage storage;
};

// The size of the filled address; 0 when the text is not numeric.
socklen_t fill(const std::string& text, std::uint16_t port, Address* address) {
  *address = {};
  if (inet_pton(AF_INET, text.c_str(), &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    return sizeof(sockaddr_in);
  }
  if (inet_pton(AF_INET6, text.c_str(), &address->v6.sin6_addr) == 1) {
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    return sizeof(sockaddr_in6);
  }
  return 0;
}

tl::unexpected<Error> system_error(int code) {
  if (code == EADDRINUSE) {
    return fail(ErrorCode::conflict, "the address is in use",
                "stop the other process or choose another port");
  }
  if (code == EACCES || code == EPERM) {
    return fail(ErrorCode::permission_denied, "this address may not be listened on",
                "choose a port above 1023, or a directory you own");
  }
  return fail(ErrorCode::unavailable, "the address cannot be listened on",
              "choose an address of this machine");
}

std::string peer_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &address.v4.sin_addr, text.data(), text.size());
  } else if (address.any.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &address.v6.sin6_addr, text.data(), text.size());
  } else {
    return "local";
  }
  return text.data();
}

bool somebody_answers(const Address& address, socklen_t size) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;  // not known: leave the file alone
  const bool refused = ::connect(probe, &address.any, size) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return !refused;
}

}  // namespace

Result<ListenSocket> ListenSocket::listen_tcp(const std::string& address, std::uint16_t port) {
  Address where{};
  socklen_t size = fill(address, port, &where);
  if (size == 0) {
    return fail(ErrorCode::invalid_argument, "the listen address is not a numeric IP address",
                "write 127.0.0.1:8080");
  }
  const int family = where.any.sa_family;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return system_error(errno);
  ListenSocket socket(fd, family, Kind::tcp);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, &where.any, size) != 0 || ::listen(fd, kBacklog) != 0 ||
      ::getsockname(fd, &where.any, &size) != 0) {
    return system_error(errno);
  }
  socket.port_ = ntohs(family == AF_INET ? where.v4.sin_port : where.v6.sin6_port);
  return socket;
}

Result<ListenSocket> ListenSocket::listen_unix(const std::filesystem::path& path) {
  Address where{};
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof where.local.sun_path) {
    return fail(ErrorCode::invalid_argument,
                "the path of the socket is longer than a system allows",
                "use a directory with a shorter path (under 100 bytes)");
  }
  where.local.sun_family = AF_UNIX;
  std::memcpy(where.local.sun_path, text.data(), text.size());
  constexpr socklen_t size = sizeof(sockaddr_un);
  std::error_code ignored;
  if (std::filesystem::is_socket(path, ignored)) {
    if (somebody_answers(where, size)) {
      return fail(ErrorCode::conflict, "another process serves this directory", "stop it first");
    }
    std::filesystem::remove(path, ignored);
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return system_error(errno);
  ListenSocket socket(fd, AF_UNIX, Kind::local);
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd, &where.any, size);
  const int bind_error = errno;
  ::umask(before);
  if (bound != 0) return system_error(bind_error);
  socket.path_ = path;
  if (::listen(fd, kBacklog) != 0) return system_error(errno);
  return socket;
}

ListenSocket::~ListenSocket() {
  if (fd_ < 0) return;
  ::close(fd_);
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      family_(other.family_),
      kind_(other.kind_),
      port_(other.port_),
      path_(std::move(other.path_)) {}

std::optional<ListenSocket::Accepted> ListenSocket::accept(bool* exhausted) {
  Address from{};
  socklen_t size = sizeof from;
  int fd = -1;
  do {
    fd = ::accept4(fd_, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  *exhausted = fd < 0 && errno != EAGAIN && errno != EWOULDBLOCK;
  if (fd < 0) return std::nullopt;
  if (kind_ == Kind::tcp) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return Accepted{fd, peer_text(from)};
}

}  // namespace cdp::app
