#include "cdp/core/http/router.h"

#include <algorithm>
#include <future>
#include <utility>

namespace cdp::http {
namespace {

bool has_parameters(std::string_view pattern) {
  return pattern.find('{') != std::string_view::npos;
}

// Takes the text up to the next '/', and the '/' with it.
std::string_view take_segment(std::string_view* rest) {
  const std::size_t end = std::min(rest->find('/'), rest->size());
  const std::string_view segment = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return segment;
}

bool matches(std::string_view pattern, std::string_view path,
             std::vector<std::string>* parameters) {
  parameters->clear();
  if (pattern.empty() || path.empty() || pattern.front() != '/' || path.front() != '/') {
    return false;
  }
  // A trailing '/' leaves an empty last segment; both sides must agree on it.
  if ((pattern.back() == '/') != (path.back() == '/') && !pattern.ends_with("...}")) return false;
  pattern.remove_prefix(1);
  path.remove_prefix(1);
  while (!pattern.empty()) {
    const std::string_view wanted = take_segment(&pattern);
    const bool parameter = wanted.starts_with('{') && wanted.ends_with('}');
    if (parameter && wanted.ends_with("...}")) {
      if (path.empty()) return false;
      parameters->emplace_back(path);
      return true;
    }
    if (path.empty()) return false;
    const std::string_view segment = take_segment(&path);
    if (parameter) {
      if (segment.empty()) return false;
      parameters->emplace_back(segment);
    } else if (segment != wanted) {
      return false;
    }
  }
  return path.empty();
}

// HEAD is served by GET.
bool serves(const std::string& route_method, const std::string& method) {
  return route_method == method || (method == "HEAD" && route_method == "GET");
}

std::string allow_header(std::vector<std::string> methods) {
  if (std::find(methods.begin(), methods.end(), "GET") != methods.end()) {
    methods.emplace_back("HEAD");
  }
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string text;
  for (const std::string& method : methods) {
    if (!text.empty()) text += ", ";
    text += method;
  }
  return text;
}

Response method_not_allowed(std::vector<std::string> allowed) {
  Response response = Response::json(405, R"({"error":{"code":"method_not_allowed",)"
                                          R"("message":"this path has no such method",)"
                                          R"("hint":"use one named in the Allow header"}})");
  response.with("Allow", allow_header(std::move(allowed)));
  return response;
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler) {
  add_route({std::move(method), std::move(pattern), std::move(handler), nullptr});
}

void Router::add_deferred(std::string method, std::string pattern, DeferredHandler handler) {
  add_route({std::move(method), std::move(pattern), nullptr, std::move(handler)});
}

void Router::add_route(Route route) {
  const std::size_t index = routes_.size();
  if (has_parameters(route.pattern)) {
    patterned_.push_back(index);
  } else {
    exact_[route.pattern].push_back(index);
  }
  routes_.push_back(std::move(route));
}

std::optional<Router::Match> Router::find(const std::string& method, const std::string& path,
                                          std::vector<std::string>* allowed) const {
  if (const auto found = exact_.find(path); found != exact_.end()) {
    for (const std::size_t index : found->second) {
      if (serves(routes_[index].method, method)) return Match{index, {}};
      allowed->push_back(routes_[index].method);
    }
  }
  Match match;
  for (const std::size_t index : patterned_) {
    if (!matches(routes_[index].pattern, path, &match.parameters)) continue;
    if (serves(routes_[index].method, method)) {
      match.route = index;
      return match;
    }
    allowed->push_back(routes_[index].method);
  }
  return std::nullopt;
}

void Router::handle(Request request, Responder respond) const {
  std::vector<std::string> allowed;
  auto match = find(request.method, request.path, &allowed);
  if (!match) {
    if (!allowed.empty()) return respond(method_not_allowed(std::move(allowed)));
    return respond(Response::error({ErrorCode::not_found, "no such path", "see /openapi.json"}));
  }
  request.path_parameters = std::move(match->parameters);
  const Route& route = routes_[match->route];
  if (route.deferred) return route.deferred(request, std::move(respond));
  Response response = route.handler(request);
  if (request.method == "HEAD") {
    // The length that GET would have (RFC 9110 §9.3.2); the server keeps it.
    response.with("Content-Length", std::to_string(response.body.size()));
    response.body.clear();
  }
  respond(std::move(response));
}

Response Router::handle(Request request) const {
  std::promise<Response> promise;
  auto answer = promise.get_future();
  handle(std::move(request),
         [&promise](Response response) { promise.set_value(std::move(response)); });
  return answer.get();
}

std::string Router::label(const Request& request) const {
  std::vector<std::string> allowed;
  const auto match = find(request.method, request.path, &allowed);
  return match ? routes_[match->route].pattern : "unmatched";
}

}  // namespace cdp::http
