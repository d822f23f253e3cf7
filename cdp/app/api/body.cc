#include "cdp/app/api/api.h"
#include "identity/identifier.h"

namespace cdp::app {

void count_unauthenticated(const ApiServices& services, std::string_view surface) {
  count_unauthenticated(services.metrics, surface);
}

void count_unauthenticated(Metrics& metrics, std::string_view surface) {
  metrics
      .counter("cdp_unauthenticated_total", "Calls with a wrong key, token or signature",
               {{"surface", surface}})
      .add();
}

Result<json::Document> parse_body(const http::Request& request) {
  CDP_TRY(auto document, json::Document::parse(request.body));
  if (!document.root().is_object()) {
    return fail(ErrorCode::invalid_argument, "the body is not a JSON object",
                "send one JSON object");
  }
  return document;
}

Result<Token> identifier_token(const json::Value& identifier, const Keyed& keyed) {
  const auto type = identifier.text("type");
  const auto value = identifier.id_text("value");
  if (!type || !value) {
    return fail(ErrorCode::invalid_argument, "the identifier needs a type and a value",
                R"(send {"identifier":{"type":"email","value":"..."}})");
  }
  const auto normalised = identity::Normaliser::normalise(*type, Pii<std::string>(*value), "");
  if (const auto* rejection = std::get_if<identity::Rejection>(&normalised)) {
    return fail(ErrorCode::invalid_argument,
                "the identifier is not usable: " + std::string(identity::to_string(*rejection)),
                "see docs/guide/identifiers.md");
  }
  return identity::Normaliser::token(*type, std::get<std::string>(normalised), keyed.link);
}

}  // namespace cdp::app
