// Router: method + pattern -> handler, all routes visible as a table (the OpenAPI test reads it).
//
//   router.add("POST", "/v1/requests/{id}/verify", [&](const Request& r) { return verify(r); });
//
// `{name}` matches one segment and is handed over in Request::path_parameters; a trailing
// `{name...}` matches the rest. Thread-safety: add() before serving; handle() is const and safe for
// concurrent use. A path without parameters wins over one with; else the route added first.
// Non-errors: no such path answers 404, a path with other methods 405 with Allow;
// HEAD is served by GET without body.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cdp/core/http/message.h"

namespace cdp::http {

using Handler = std::function<Response(const Request&)>;
// Called once, from any thread.
using Responder = std::function<void(Response)>;
// Answers later: an ingest call is acknowledged when its group commit is durable, and no thread
// waits for it.
using DeferredHandler = std::function<void(const Request&, Responder)>;

class Router {
 public:
  struct Route {
    std::string method;
    std::string pattern;
    Handler handler;  // one of the two
    DeferredHandler deferred;
  };
  void add(std::string method, std::string pattern, Handler handler);
  void add_deferred(std::string method, std::string pattern, DeferredHandler handler);
  void handle(Request request, Responder respond) const;
  // The same, waiting for the answer: the CLI in process, and tests.
  Response handle(Request request) const;
  // The pattern that a request falls under: a bounded label for metrics. "unmatched" when none.
  std::string label(const Request& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  void add_route(Route route);

  struct Match {
    std::size_t route = 0;
    std::vector<std::string> parameters;
  };
  // The first route of that path whose method fits; `allowed` collects the methods that would.
  std::optional<Match> find(const std::string& method, const std::string& path,
                            std::vector<std::string>* allowed) const;

  std::vector<Route> routes_;
  std::unordered_map<std::string, std::vector<std::size_t>> exact_;  // patterns without parameters
  std::vector<std::size_t> patterned_;                               // the rest, in order
};

}  // namespace cdp::http
