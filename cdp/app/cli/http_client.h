// HttpClient: HTTP/1.1 from the command line to this machine: the admin socket of a data directory,
// and the demo's shop over loopback. It never speaks to a vendor; that is connectors/transport.
//
// Thread-safety: one thread; keeps its connections. Errors: unavailable when there is no answer.
// Non-errors: any status that the server answers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cdp/core/base/result.h"
#include "cdp/core/base/time.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {

class HttpClient {
 public:
  // An erasure or a first import step may take its time; a server that is stopping may not.
  static constexpr Duration kAnswerTime = Duration::seconds(120);

  // Through a Unix socket when `unix_socket` is not empty. `base_url`: "http://127.0.0.1:8080".
  // `answer_time`: within which an answer has come; zero = for as long as the server is there.
  explicit HttpClient(std::string base_url, std::filesystem::path unix_socket = {},
                      Duration answer_time = kAnswerTime);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // method, path (with its query, encoded), headers and body of `request`.
  Result<http::Response> send(const http::Request& request);
  // All of them over at most `connections` connections; answers in the order of the requests.
  Result<std::vector<http::Response>> send_all(const std::vector<http::Request>& requests,
                                               std::size_t connections);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cdp::app::cli
