// What stands between a browser and our pages: the session's cookie, the check that a form came
// from our own page, and the headers that keep a page from being framed, scripted, stored or told
// about to others (OWASP ASVS 5.0 §3; RFC 6265bis §4.1.3 for `__Host-`).
//
// Thread-safety: pure.
#pragma once

#include <string>
#include <string_view>

#include "cdp/core/http/message.h"

namespace cdp::app {

inline constexpr std::string_view kSessionCookie = "__Host-cdp-preferences";

// The cookie's value; empty when there is none.
std::string_view session_cookie(const http::Request& request);
// Set-Cookie: Secure, HttpOnly, SameSite=Lax (Strict would sign out whoever comes by a link), gone
// with the browser.
std::string session_cookie_header(std::string_view value);
std::string ended_session_cookie_header();

// "https://a.example" of "https://a.example/x"; empty when it has no scheme and host.
std::string origin_of(std::string_view url);
// A form's post is from our own page: its Origin is ours (Sec-Fetch-Site stands in where a browser
// sends none). `base_url` empty: ours is what the browser calls us, the Host header.
bool is_from_our_page(const http::Request& request, std::string_view base_url);

// A page with a strict policy: nothing from elsewhere, nothing inline, never framed, never stored.
http::Response as_page(int status, std::string html);
// 303, so that going back never posts again.
http::Response see_other(std::string location);

}  // namespace cdp::app
