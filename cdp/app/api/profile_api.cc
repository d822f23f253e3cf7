// POST /v1/profiles/lookup: what a destination may see of a person, now.

#include "cdp/app/api/api.h"

namespace cdp::app {
namespace {

std::string view_json(const consent::ConsentedView& view) {
  std::string out = R"({"subject":)" + json::quote(view.subject()) + R"(,"purpose":)" +
                    json::quote(view.purpose()) + R"(,"attributes":{)";
  bool first = true;
  for (const auto& attribute : view.attributes()) {
    out += std::string(first ? "" : ",") + json::quote(attribute.name) + ":" + attribute.json;
    first = false;
  }
  out += R"(},"withheld":[)";
  first = true;
  for (const auto& name : view.withheld()) {
    // One reason for all: a destination must not learn whether a value exists (DESIGN §7, no
    // oracles).
    out += std::string(first ? "" : ",") + R"({"attribute":)" + json::quote(name) +
           R"(,"reason":"not_permitted"})";
    first = false;
  }
  return out + "]}";
}

struct Question {
  consent::GateRequest request;
  Token identifier{};
};

Result<Question> read_question(const ApiServices& services, const http::Request& request,
                               const std::string& destination) {
  CDP_TRY(const auto document, parse_body(request));
  const auto identifier = document.root().get("identifier");
  const auto purpose = document.root().text("purpose");
  if (!identifier || !purpose) {
    return fail(ErrorCode::invalid_argument, "the lookup needs an identifier and a purpose",
                R"(send {"identifier":{"type":"email","value":"..."},"purpose":"..."})");
  }
  Question question;
  CDP_TRY(question.identifier, identifier_token(*identifier, services.pipeline.keyed()));
  question.request.destination = destination;
  question.request.purpose = *purpose;
  if (const auto wanted = document.root().get("attributes")) {
    wanted->each([&](json::Value name) {
      question.request.attributes.emplace_back(name.string().value_or(""));
      return true;
    });
  }
  return question;
}

void lookup(const ApiServices& services, const http::Request& request, http::Responder respond) {
  const auto refuse = [&](const Error& error) { respond(http::Response::error(error)); };
  const auto token =
      services.access.authorize_bearer(request.header("authorization"), {"destination"});
  if (!token) {
    count_unauthenticated(services, "profile");
    return refuse(token.error());
  }
  if (services.misses.spent(token->binding)) {
    return refuse({ErrorCode::overloaded, "too many lookups released nothing",
                   "wait; all lookups of this destination wait with it"});
  }
  const auto question = read_question(services, request, token->binding);
  if (!question) return refuse(question.error());
  const auto active = services.policy.active();
  const Time now = services.clock.now();
  // A fold that stopped shows yesterday's consent: nothing may be read from it (invariant 2).
  const auto healthy = services.pipeline.health();
  const auto profile = services.pipeline.live().profile_for_lookup(question->identifier);
  if (!healthy || !profile)
    return refuse({ErrorCode::unavailable, "the profile could not be read", "try again"});
  auto verdict = active->gate.admit(question->request, *profile ? &**profile : nullptr, now);
  if (!verdict) return refuse(verdict.error());
  if (auto* view = std::get_if<consent::ConsentedView>(&*verdict)) {
    auto answer = std::make_shared<std::string>(view_json(*view));
    return services.disclosures.record(
        *view, (*profile)->members.front().persona, active->policy.version,
        [answer, respond](Result<void> recorded) {
          // No audit row, no answer (invariant 2).
          if (!recorded) return respond(http::Response::error(recorded.error()));
          respond(http::Response::json(200, *answer).with("Cache-Control", "no-store"));
        });
  }
  services.metrics
      .counter("cdp_lookups_refused_total", "Lookups answered without a released attribute")
      .add();
  const auto empty = active->gate.refused_view(question->request, question->identifier, now);
  if (!empty) return refuse(empty.error());
  services.misses.miss(token->binding);
  auto answer = std::make_shared<std::string>(view_json(*empty));
  services.disclosures.record_miss(
      question->request.destination, question->request.purpose, question->identifier,
      [answer, respond](Result<void> recorded) {
        if (!recorded) return respond(http::Response::error(recorded.error()));
        respond(http::Response::json(200, *answer).with("Cache-Control", "no-store"));
      });
}

}  // namespace

void add_profile_routes(http::Router& router, const ApiServices& services) {
  router.add_deferred("POST", "/v1/profiles/lookup",
                      [services](const http::Request& request, http::Responder respond) {
                        lookup(services, request, std::move(respond));
                      });
}

}  // namespace cdp::app
