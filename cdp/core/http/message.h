// HTTP as values: what a route takes and answers. No sockets here (DESIGN §2): cdp/app/server
// speaks to the network.
//
// Thread-safety: values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cdp/core/base/error.h"

namespace cdp::http {

struct Request {
  std::string method;                                        // upper case
  std::string path;                                          // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names lower-case, in order
  std::string body;                                          // after Content-Encoding was undone
  std::vector<std::string> path_parameters;  // filled by the router, in the order of the pattern
  std::string peer;                          // "127.0.0.1"; for rate limits, never logged
  bool tls = false;
  bool admin = false;  // came through the directory's 0600 socket, or from the CLI in process

  // First value; empty when absent. `name` lower-case.
  std::string_view header(std::string_view name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  static Response json(int status, std::string body);
  static Response text(int status, std::string body);
  static Response html(int status, std::string body);
  // {"error":{"code","message","hint"}}, with Retry-After on 429 and 503.
  static Response error(const Error& error);
  Response& with(std::string name, std::string value);
};

// application/x-www-form-urlencoded, in order; malformed escapes are kept as they are.
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view body);
// Percent-decoding; '+' is a space only when `form`.
std::string percent_decode(std::string_view text, bool form);
std::string percent_encode(std::string_view text);
// "Basic dXNlcjpwYXNz" -> user; empty when it is not Basic.
std::optional<std::pair<std::string, std::string>> basic_credentials(
    std::string_view authorization);
// "Bearer abc" -> abc.
std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace cdp::http
