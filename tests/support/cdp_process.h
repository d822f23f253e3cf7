// The built binary as another program uses it: one verb run to its end, or a server started, killed
// or stopped, and a plain keep-alive connection to it. For kill tests and the bench.
//
// Thread-safety: each object in one thread; kill9() from any. Errors: unavailable when the program
// cannot be started or ends with another status than 0.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/base/result.h"

namespace cdp::testing {

// Standard output of `binary arguments...`.
Result<std::string> run_cdp(const std::filesystem::path& binary,
                            const std::vector<std::string>& arguments);

// `cdp serve` on a free port of the loopback.
class ServedCdp {
 public:
  // Returns when it listens.
  static Result<ServedCdp> start(const std::filesystem::path& binary,
                                 const std::filesystem::path& directory);
  // Returns at once, while it is still starting: port() is 0.
  static Result<ServedCdp> launch(const std::filesystem::path& binary,
                                  const std::filesystem::path& directory);
  ServedCdp(ServedCdp&& other) noexcept;
  ServedCdp& operator=(ServedCdp&&) = delete;
  ~ServedCdp();  // kills what still runs

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  void kill9();
  // SIGTERM; true when it ended by itself with status 0.
  bool stop();

 private:
  ServedCdp(pid_t pid, int output, std::uint16_t port) : pid_(pid), output_(output), port_(port) {}
  pid_t pid_;
  int output_;
  std::uint16_t port_;
};

// One keep-alive connection, blocking.
class HttpLine {
 public:
  explicit HttpLine(std::uint16_t port);
  HttpLine(const HttpLine&) = delete;
  HttpLine& operator=(const HttpLine&) = delete;
  ~HttpLine();

  struct Answer {
    int status = 0;
    std::string body;
  };
  // Nothing when the connection broke before a whole answer.
  std::optional<Answer> exchange(const std::string& request);

 private:
  bool read_more();
  int socket_;
  std::string buffer_;
};

// The text of a POST with a JSON body and this Authorization header.
std::string post_request(const std::string& path, const std::string& authorization,
                         const std::string& body);
std::string basic_authorization(const std::string& user);
// The value of a string member of a flat JSON answer; empty when it is not there.
std::string json_text(const std::string& json, const std::string& name);
std::uint64_t json_number(const std::string& json, const std::string& name);

}  // namespace cdp::testing
