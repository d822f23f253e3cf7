#include "cdp/app/api/page_guard.h"

#include <algorithm>

namespace cdp::app {
namespace {

// `data:` is for the empty icon alone.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

http::Response guarded(http::Response response) {
  response.with("Content-Security-Policy", std::string(kPolicy));
  // Not `no-referrer`: with that a browser posts our own forms with Origin: null.
  response.with("Referrer-Policy", "same-origin");
  response.with("Cache-Control", "no-store");
  response.with("X-Frame-Options", "DENY");
  response.with("Cross-Origin-Opener-Policy", "same-origin");
  response.with("Cross-Origin-Resource-Policy", "same-origin");
  response.with("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
  response.with("X-Robots-Tag", "noindex");
  return response;
}

}  // namespace

std::string_view session_cookie(const http::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (pair.starts_with(kSessionCookie) && pair.substr(kSessionCookie.size()).starts_with('='))
        return pair.substr(kSessionCookie.size() + 1);
    }
  }
  return {};
}

std::string session_cookie_header(std::string_view value) {
  return std::string(kSessionCookie) + "=" + std::string(value) +
         "; Path=/; Secure; HttpOnly; SameSite=Lax";
}

std::string ended_session_cookie_header() { return session_cookie_header("") + "; Max-Age=0"; }

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return {};
  const std::size_t host = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  return end == host ? std::string() : lower(url.substr(0, end));
}

bool is_from_our_page(const http::Request& request, std::string_view base_url) {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return request.header("sec-fetch-site") == "same-origin";
  const std::string ours =
      base_url.empty() ? (request.tls ? "https://" : "http://") + lower(request.header("host"))
                       : origin_of(base_url);
  return !ours.empty() && lower(origin) == ours;
}

http::Response as_page(int status, std::string html) {
  return guarded(http::Response::html(status, std::move(html)));
}

http::Response see_other(std::string location) {
  http::Response response = guarded(http::Response::text(303, ""));
  response.with("Location", std::move(location));
  return response;
}

}  // namespace cdp::app
