#include "cdp/app/api/do_not_contact_api.h"

#include "cdp/app/api/api.h"

namespace cdp::app {
namespace {

constexpr std::size_t kAddressesMax = 10'000;

Result<void> officer(const DoNotContactServices& services, const http::Request& request) {
  if (request.admin) return {};
  const auto token = services.access.authorize_bearer(request.header("authorization"), {"officer"});
  if (token) return {};
  count_unauthenticated(services.metrics, "do_not_contact");
  return fail(token.error());
}

// {"channel":"email","address":"..."}; a member that is missing is an empty text, which is no
// address.
ChannelAddress address_in(const json::Value& item) {
  ChannelAddress address;
  address.channel = std::string(item.text("channel").value_or(""));
  address.address = {std::string(consent::contact_type_of(address.channel)),
                     Pii<std::string>(std::string(item.text("address").value_or("")))};
  return address;
}

// What was taken is put as a whole; what cannot be read is told by its place in the list.
Result<http::Response> put(const DoNotContactServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto given = document.root().get("addresses");
  if (!given || !given->is_array()) {
    return fail(ErrorCode::invalid_argument, "the request needs a list of addresses",
                R"(send {"addresses":[{"channel":"email","address":"..."}]})");
  }
  std::vector<ChannelAddress> addresses;
  std::string rejected;
  std::size_t count = 0;
  given->each([&](json::Value item) {
    if (count++ >= kAddressesMax) return false;
    auto address = address_in(item);
    if (const auto usable = services.list.check(address); !usable) {
      rejected += (rejected.empty() ? "" : ",") + std::string(R"({"index":)") +
                  std::to_string(count - 1) + R"(,"reason":)" + json::quote(usable.error().what) +
                  R"(,"hint":)" + json::quote(usable.error().hint) + "}";
    } else {
      addresses.push_back(std::move(address));
    }
    return true;
  });
  if (count > kAddressesMax) {
    return fail(ErrorCode::too_large, "the list is too long",
                "send at most 10,000 addresses at once");
  }
  if (addresses.empty()) {
    return fail(ErrorCode::unprocessable, "none of the addresses can be used",
                "channel email with an e-mail address; sms, whatsapp or phone with +49...");
  }
  CDP_TRY(const auto fresh, services.list.put(addresses));
  return http::Response::json(200, R"({"listed":)" + std::to_string(fresh) + R"(,"already":)" +
                                       std::to_string(addresses.size() - fresh) +
                                       R"(,"rejected":[)" + rejected + "]}");
}

Result<http::Response> lookup(const DoNotContactServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  CDP_TRY(const auto since, services.list.since(address_in(document.root())));
  return http::Response::json(
      200, since ? R"({"listed":true,"since":)" + json::quote(to_rfc3339(*since)) + "}"
                 : std::string(R"({"listed":false})"));
}

using Route = Result<http::Response> (*)(const DoNotContactServices&, const http::Request&);

}  // namespace

void add_do_not_contact_routes(http::Router& router, const DoNotContactServices& services) {
  const auto add = [&](const char* pattern, Route route) {
    router.add("POST", pattern, [services, route](const http::Request& request) {
      if (const auto allowed = officer(services, request); !allowed)
        return http::Response::error(allowed.error());
      auto response = route(services, request);
      if (!response) return http::Response::error(response.error());
      return std::move(response->with("Cache-Control", "no-store"));
    });
  };
  add("/v1/do-not-contact", put);
  add("/v1/do-not-contact/lookup", lookup);
}

}  // namespace cdp::app
