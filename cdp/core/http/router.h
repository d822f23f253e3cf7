// Router: method + pattern -> handler, all routes visible as a table (the OpenAPI test reads it).
//
//   router.add("POST", "/v1/requests/{id}/verify", [&](const Request& r) { return verify(r); });
//
// `{name}` matches one segment and is handed over in Request::path_parameters; a trailing
// `{name...}` matches the rest. Thread-safety: add() before serving; handle() is const and safe for
// concurrent use. Non-errors: no such path answers 404, a path with other methods 405 with Allow;
// HEAD is served by GET without body.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cdp/core/http/message.h"

namespace cdp::http {

using Handler = std::function<Response(const Request&)>;

class Router {
 public:
  struct Route {
    std::string method;
    std::string pattern;
    Handler handler;
  };
  void add(std::string method, std::string pattern, Handler handler);
  Response handle(Request request) const;
  // The pattern that a request falls under: a bounded label for metrics. "unmatched" when none.
  std::string label(const Request& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace cdp::http
