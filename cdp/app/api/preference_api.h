// The preference centre over HTTP: /preferences and below, for the person; /widget.js and
// /v1/widget/{writeKey}, for the shop's own site and anonymous visitors.
//
// A session is opened by a single-use link that was mailed to the address it is for; every form
// carries the session's key, and its Origin must be ours. Nothing personal stands in a URL; a
// link's text is spent by a POST, so that mail scanners, which GET, leave it usable.
//
// Thread-safety: as api.h. Lifetime: the desk and the services outlive the router.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cdp/app/api/api.h"
#include "cdp/app/api/own_statements.h"
#include "cdp/app/preferences/desk.h"
#include "cdp/app/preferences/opt_in_desk.h"

namespace cdp::app {

struct PreferenceServices {
  ApiServices api;
  PreferenceDesk& desk;
  OptInDesk& opt_ins;
  // The shop's files as of the configuration in force; never null.
  std::function<std::shared_ptr<const BrandFiles>()> brand;
  // Mints a code for a session (its form key) and a number (its blind index) and sends it there; on
  // the codes' lane, after the page has answered.
  std::function<void(const std::string& session, const Token& number, const std::string& language)>
      text_code;
};

// GET and POST below /preferences.
void add_preference_routes(http::Router& router, const PreferenceServices& services);
// GET and POST /unsubscribe/{token}: one click (RFC 8058).
void add_unsubscribe_routes(http::Router& router, const PreferenceServices& services);
// GET, POST and OPTIONS /preferences/subscribe, GET and POST below /preferences/opt-in: our double
// opt-in.
void add_subscribe_routes(http::Router& router, const PreferenceServices& services);
// GET /preferences/assets/{file}, GET /widget.js.
void add_preference_file_routes(http::Router& router, const PreferenceServices& services);
// GET and POST /v1/widget/{writeKey}, with CORS.
void add_widget_routes(http::Router& router, const ApiServices& services);

// A page of a session, or a form on one. A browser's Global Privacy Control is noted before `run`,
// once a session; a page is asked for once more when the signal is in force, so that it shows it.
// `run` answers then from another thread.
using SessionRoute = http::Response (*)(const PreferenceServices&, const http::Request&);
void run_after_signal(const PreferenceServices& services, const http::Request& request,
                      const http::Responder& respond, SessionRoute run);

// Round a page for somebody who is not signed in: their language, the shop's names and files.
consent::preference_centre::Frame public_frame(const PreferenceServices& services,
                                               const http::Request& request,
                                               std::string_view language = {});

// The first 12 hex digits of the SHA-256 of the static files and the shop's: their address changes
// with their content, so that a browser may keep them for ever.
std::string asset_version(const BrandFiles& brand);

}  // namespace cdp::app
