// The static files of the preference centre and the widget: embedded ones, and the shop's own.

#include "cdp/app/api/preference_api.h"
#include "cdp/core/crypto/signature.h"
#include "consent/preference_centre/template.h"
#include "consent/preference_centre/texts.h"

namespace cdp::app {
namespace {

using consent::preference_centre::embedded_file;

http::Response file(std::string_view type, std::string_view body, bool for_ever) {
  http::Response response;
  response.status = 200;
  response.headers.emplace_back("Content-Type", type);
  response.body = body;
  response.with("Cache-Control", for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  return response;
}

http::Response no_such_file() {
  return http::Response::error({ErrorCode::not_found, "there is no such file", ""});
}

http::Response asset(const PreferenceServices& services, const http::Request& request) {
  const auto brand = services.brand();
  const std::string& name = request.path_parameters.at(0);
  const bool current = request.query_value("v") == asset_version(*brand);
  http::Response response = no_such_file();
  if (name == "style.css" || name == "page.js") {
    response =
        file(name == "style.css" ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8",
             embedded_file("assets/" + name), current);
  } else if (name == "brand.css" && !brand->css.empty()) {
    response = file("text/css; charset=utf-8", brand->css, current);
  } else if (name == "logo" && !brand->logo.empty()) {
    response = file(brand->logo_type, brand->logo, current);
    // An SVG opened by itself is a document: it may run nothing here.
    response.with("Content-Security-Policy",
                  "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  }
  return response.with("Cross-Origin-Resource-Policy", "same-origin");
}

// Served to every site: it is the shop's page that includes it.
http::Response widget(const http::Request&) {
  auto response = file("text/javascript; charset=utf-8", embedded_file("assets/widget.js"), false);
  response.with("Cross-Origin-Resource-Policy", "cross-origin");
  response.with("Access-Control-Allow-Origin", "*");
  return response;
}

}  // namespace

consent::preference_centre::Frame public_frame(const PreferenceServices& services,
                                               const http::Request& request,
                                               std::string_view language) {
  const auto active = services.api.policy.active();
  const auto brand = services.brand();
  const auto& offered = active->policy.preference_centre.languages;
  consent::preference_centre::Frame frame;
  frame.language = consent::preference_centre::choose_language(
      request.query_value("lang").value_or(language), request.header("accept-language"), offered);
  frame.offered = offered;
  frame.here = request.path;
  frame.controller = active->policy.controller_name;
  frame.contact = active->policy.controller_contact;
  frame.has_css = !brand->css.empty();
  frame.has_logo = !brand->logo.empty();
  frame.version = asset_version(*brand);
  return frame;
}

std::string asset_version(const BrandFiles& brand) {
  std::string all(embedded_file("assets/style.css"));
  all.append(embedded_file("assets/page.js")).append(brand.css).append(brand.logo);
  return to_hex(crypto::sha256(as_bytes(all))).substr(0, 12);
}

void add_preference_file_routes(http::Router& router, const PreferenceServices& services) {
  router.add("GET", "/preferences/assets/{file}",
             [services](const http::Request& request) { return asset(services, request); });
  router.add("GET", "/widget.js", widget);
}

}  // namespace cdp::app
