#include "cdp/app/api/request_api.h"

#include "cdp/app/api/api.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

constexpr std::size_t kListedMax = 1'000;

Result<void> officer(const RequestServices& services, const http::Request& request) {
  if (request.admin) return {};
  const auto token = services.access.authorize_bearer(request.header("authorization"), {"officer"});
  if (token) return {};
  count_unauthenticated(services.metrics, "requests");
  return fail(token.error());
}

std::string_view step_name(const store::RequestRow& row) {
  switch (static_cast<compliance::ErasureStep>(row.step)) {
    case compliance::ErasureStep::none:
      return "none";
    case compliance::ErasureStep::intent:
      return "intent";
    case compliance::ErasureStep::frozen:
      return "frozen";
    case compliance::ErasureStep::keys_gone:
      return "keys_gone";
    case compliance::ErasureStep::rows_gone:
      return "rows_gone";
    case compliance::ErasureStep::logs_emptied:
      return "logs_emptied";
    case compliance::ErasureStep::verified:
      return "verified";
    case compliance::ErasureStep::local_done:
      return "local_done";
  }
  return "none";
}

std::string row_json(const store::RequestRow& row) {
  std::string out = R"({"id":)" + json::quote(row.id.to_string()) + R"(,"kind":)" +
                    json::quote(row.kind) + R"(,"status":)" + json::quote(row.status) +
                    R"(,"created_at":)" + json::quote(to_rfc3339(row.created_at)) +
                    R"(,"updated_at":)" + json::quote(to_rfc3339(row.updated_at)) +
                    R"(,"due_at":)" + json::quote(to_rfc3339(compliance::due_at(row.created_at)));
  if (row.kind != compliance::kErasureKind) return out + "}";
  out += R"(,"step":)" + json::quote(step_name(row));
  const auto certificate = compliance::Eraser::certificate_of(row);
  if (certificate && !certificate->empty()) out += R"(,"certificate":)" + *certificate;
  return out + "}";
}

http::Response answer(int status, const store::RequestRow& row) {
  return http::Response::json(status, row_json(row)).with("Cache-Control", "no-store");
}

struct Posted {
  std::string kind;
  event::Identifier identifier;
  compliance::ErasureAsk ask;
  bool is_confirmed = false;
  bool do_not_contact = false;  // not even when they come back
};

bool flag(const json::Value& body, std::string_view name) {
  const auto value = body.get(name);
  return value && value->boolean().value_or(false);
}

Result<Posted> read_posted(const RequestServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto body = document.root();
  const auto identifier = body.get("identifier");
  if (!identifier) {
    return fail(ErrorCode::invalid_argument, "the request needs an identifier",
                R"(send {"kind":"erasure","identifier":{"type":"email","value":"..."}})");
  }
  Posted posted;
  posted.kind = std::string(body.text("kind").value_or(""));
  CDP_TRY(const auto token, identifier_token(*identifier, services.keyed));
  posted.ask.identifiers.push_back(token);
  posted.identifier = {std::string(identifier->text("type").value_or("")),
                       Pii<std::string>(identifier->id_text("value").value_or(""))};
  posted.ask.include_declared = flag(body, "include_declared");
  posted.ask.reason = std::string(body.text("reason").value_or(""));
  posted.is_confirmed = flag(body, "confirm");
  posted.do_not_contact = flag(body, "do_not_contact");
  if (posted.ask.include_declared && posted.ask.reason.empty()) {
    return fail(ErrorCode::invalid_argument, "declared links enter only with a recorded reason",
                R"(send "reason" with "include_declared")");
  }
  return posted;
}

// The identifier and its variants: an address waits for its confirmation under its mailbox, however
// that is spelled.
std::vector<Token> spellings_of(const RequestServices& services, const Posted& posted) {
  std::vector<Token> tokens = posted.ask.identifiers;
  const auto indexed =
      identity::Normaliser::index(posted.identifier, event::Trust::server, "", services.keyed.link);
  if (const auto* variants = std::get_if<std::vector<event::FactIdentifier>>(&indexed)) {
    for (const auto& variant : *variants) tokens.push_back(variant.token);
  }
  return tokens;
}

// Without "confirm" an erasure answers its manifest, and nothing is done.
http::Response open_request(const RequestServices& services, const http::Request& request) {
  if (auto allowed = officer(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto posted = read_posted(services, request);
  if (!posted) return http::Response::error(posted.error());
  if (posted->kind != compliance::kErasureKind) {
    const auto row = services.book.open(posted->kind, {posted->identifier});
    return row ? answer(202, *row) : http::Response::error(row.error());
  }
  if (!posted->is_confirmed) {
    const auto manifest = services.eraser.plan(posted->ask);
    if (!manifest) return http::Response::error(manifest.error());
    return http::Response::json(200, R"({"manifest":)" + manifest->to_json() + R"(,"text":)" +
                                         json::quote(manifest->to_text()) + "}")
        .with("Cache-Control", "no-store");
  }
  // Before: what fails here has erased nobody, and a no said to no end does no harm.
  if (posted->do_not_contact) {
    if (const auto put = services.do_not_contact(posted->identifier); !put)
      return http::Response::error(put.error());
  }
  if (auto forgotten = services.forget_opt_ins(spellings_of(services, *posted)); !forgotten)
    return http::Response::error(forgotten.error());
  const auto row = services.eraser.erase(posted->ask);
  if (!row) {
    services.logger.error("erasure_stopped",
                          {{"code", LogWord::label(to_string(row.error().code))}});
    return http::Response::error(row.error());
  }
  return answer(202, *row);
}

http::Response list_requests(const RequestServices& services, const http::Request& request) {
  if (auto allowed = officer(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto rows =
      services.book.list(std::string(request.query_value("status").value_or("")), kListedMax);
  if (!rows) return http::Response::error(rows.error());
  std::string out = R"({"requests":[)";
  for (const auto& row : *rows) out += (&row == rows->data() ? "" : ",") + row_json(row);
  return http::Response::json(200, out + "]}").with("Cache-Control", "no-store");
}

Result<store::RequestRow> find_request(const RequestServices& services,
                                       const http::Request& request) {
  const tl::unexpected<Error> unknown =
      fail(ErrorCode::not_found, "there is no such request", "GET /v1/requests lists them");
  const auto id = RequestId::parse(request.path_parameters.at(0));
  if (!id) return unknown;
  CDP_TRY(auto row, services.book.show(*id));
  if (!row) return unknown;
  return std::move(*row);
}

http::Response show_request(const RequestServices& services, const http::Request& request) {
  if (auto allowed = officer(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto row = find_request(services, request);
  return row ? answer(200, *row) : http::Response::error(row.error());
}

// A vendor says who is to be forgotten: by its signature that counts as proven, for its own source.
Result<store::RequestRow> redact(const RequestServices& services, const store::RequestRow& row) {
  CDP_TRY(const auto contents, services.book.contents_of(row));
  compliance::ErasureAsk ask;
  ask.only_source = contents.source;
  for (const auto& identifier : contents.identifiers) {
    const auto normalised = identity::Normaliser::normalise(identifier.type, identifier.value, "");
    if (const auto* value = std::get_if<std::string>(&normalised)) {
      ask.identifiers.push_back(
          identity::Normaliser::token(identifier.type, *value, services.keyed.link));
    }
  }
  if (const auto erased = services.eraser.erase(ask);
      !erased && erased.error().code != ErrorCode::not_found) {
    return fail(erased.error());
  }
  return services.book.complete(row.id);
}

Result<store::RequestRow> complete(const RequestServices& services, const http::Request& request) {
  CDP_TRY(const auto row, find_request(services, request));
  if (row.kind == compliance::kErasureKind) {
    return row.status == compliance::kInProgress ? services.eraser.resume(row.id)
                                                 : services.eraser.confirm_by_hand(row.id);
  }
  if (row.kind == compliance::kVendorRedact && row.status == "open") return redact(services, row);
  if (row.kind == "vendor_shop_redact") {
    return fail(ErrorCode::unprocessable, "a whole shop is not erased by one officer alone",
                "erase its people one by one");
  }
  return services.book.complete(row.id);
}

http::Response complete_request(const RequestServices& services, const http::Request& request) {
  if (auto allowed = officer(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto row = complete(services, request);
  return row ? answer(200, *row) : http::Response::error(row.error());
}

}  // namespace

void add_request_routes(http::Router& router, const RequestServices& services) {
  router.add("POST", "/v1/requests",
             [services](const http::Request& r) { return open_request(services, r); });
  router.add("GET", "/v1/requests",
             [services](const http::Request& r) { return list_requests(services, r); });
  router.add("GET", "/v1/requests/{id}",
             [services](const http::Request& r) { return show_request(services, r); });
  router.add("POST", "/v1/requests/{id}/complete",
             [services](const http::Request& r) { return complete_request(services, r); });
}

}  // namespace cdp::app
