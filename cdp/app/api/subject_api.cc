#include "cdp/app/api/subject_api.h"

#include "cdp/app/api/api.h"
#include "cdp/app/officer/merge_story.h"
#include "cdp/app/officer/retractions.h"
#include "cdp/app/officer/reviews.h"
#include "cdp/app/officer/splits.h"

namespace cdp::app {
namespace {

constexpr std::size_t kListedMax = 200;

Result<void> officer(const SubjectServices& services, const http::Request& request) {
  if (request.admin) return {};
  CDP_CHECK(services.access.authorize_bearer(request.header("authorization"), {"officer"}));
  return {};
}

// In the log before it is answered.
Result<void> audit_read(Pipeline& pipeline, const char* action, PersonaOrdinal about) {
  return pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "officer_read";
    entry.at = pipeline.services().clock.now();
    entry.fields["action"] = std::string(action);
    if (about.none()) return builder.audit(entry);
    return builder.audit(std::move(entry), about);
  });
}

Result<identity::Profile> find(const SubjectServices& services, const json::Value& body) {
  const auto identifier = body.get("identifier");
  if (!identifier) {
    return fail(ErrorCode::invalid_argument, "the request needs an identifier of the person",
                R"(send {"identifier":{"type":"email","value":"..."}})");
  }
  CDP_TRY(const auto token, identifier_token(*identifier, services.pipeline.keyed()));
  services.pipeline.fold().drain();
  CDP_TRY(auto profile, services.pipeline.live().profile_by_identifier(token));
  if (!profile) return fail(ErrorCode::not_found, "nobody is known by that identifier", "");
  return std::move(*profile);
}

Result<std::string> explain(const SubjectServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  CDP_TRY(const auto profile, find(services, document.root()));
  CDP_CHECK(audit_read(services.pipeline, "merge_explain", profile.members.front().persona));
  CDP_TRY(auto told, MergeStory(services.pipeline).tell(profile));
  return std::move(told.json);
}

template <class SomeId>
Result<std::vector<SomeId>> ids_in(const json::Value& body, const char* field) {
  std::vector<SomeId> out;
  std::optional<Error> error;
  if (const auto list = body.get(field)) {
    list->each([&](json::Value item) {
      const auto id = SomeId::parse(item.string().value_or(""));
      if (!id) error = id.error();
      if (id) out.push_back(*id);
      return id.has_value();
    });
  }
  if (error) return fail(*error);
  return out;
}

template <class List>
std::string ids_json(const List& ids) {
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : ",") + json::quote(id.to_string());
  return "[" + out + "]";
}

// The id in the path says which person was looked at: another one by now means look again.
Result<std::string> split_subject(const SubjectServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto body = document.root();
  CDP_TRY(const auto personas, ids_in<PersonaId>(body, "personas"));
  CDP_TRY(const auto assertions, ids_in<AssertionId>(body, "retract"));
  if (personas.empty() == assertions.empty()) {
    return fail(ErrorCode::invalid_argument, "the split names either records or assertions",
                R"(send {"personas":["per_..."]} or {"retract":["asr_..."]}, )"
                "as POST /v1/subjects/explain names them");
  }
  const std::string reason(body.text("reason").value_or(""));
  CDP_CHECK(check_reason(reason));
  CDP_TRY(const auto profile, find(services, body));
  if (profile.subject.to_string() != request.path_parameters.at(0)) {
    return fail(ErrorCode::conflict, "this identifier belongs to another subject by now",
                "look again: POST /v1/subjects/explain");
  }
  CDP_TRY(const auto outcome,
          assertions.empty() ? split(services.pipeline, profile, personas, reason)
                             : split_by_retracting(services.pipeline, profile, assertions, reason));
  return R"({"split_off":)" + ids_json(outcome.gone) + R"(,"retracted":)" + ids_json(assertions) +
         R"(,"from_members":)" + std::to_string(outcome.members) + R"(,"subjects":)" +
         ids_json(outcome.subjects) + "}";
}

// By any identifier of the two: after a split both may carry it, and nobody is found by it.
Result<std::string> rejoin_split(const SubjectServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto identifier = document.root().get("identifier");
  const auto persona = PersonaId::parse(document.root().text("persona").value_or(""));
  if (!identifier || !persona) {
    return fail(ErrorCode::invalid_argument,
                "the request needs an identifier of the person and the record that was split off",
                R"(send {"identifier":{"type":"email","value":"..."},"persona":"per_..."})");
  }
  CDP_TRY(const auto token, identifier_token(*identifier, services.pipeline.keyed()));
  const std::string reason(document.root().text("reason").value_or(""));
  CDP_CHECK(check_reason(reason));
  CDP_TRY(const auto subjects, rejoin(services.pipeline, token, *persona, reason));
  return R"({"rejoined":)" + json::quote(persona->to_string()) + R"(,"subjects":)" +
         ids_json(subjects) + "}";
}

Result<std::string> list_retractions(const SubjectServices& services, const http::Request&) {
  const Retractions retractions(services.pipeline);
  CDP_TRY(const auto all, retractions.list());
  CDP_CHECK(audit_read(services.pipeline, "retraction_list", {}));
  std::string out;
  for (const auto& one : all) {
    CDP_TRY(const auto assertion, retractions.to_json(one.assertion));
    out += (out.empty() ? "" : ",") + std::string(R"({"assertion":)") + assertion + R"(,"at":)" +
           json::quote(to_rfc3339(one.at)) + R"(,"reason":)" + json::quote(one.reason) + "}";
  }
  return R"({"retractions":[)" + out + "]}";
}

Result<std::string> restore(const SubjectServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto id = AssertionId::parse(request.path_parameters.at(0));
  if (!id) {
    return fail(ErrorCode::not_found, "no assertion of that id is retracted",
                "GET /v1/retractions lists them");
  }
  const std::string reason(document.root().text("reason").value_or(""));
  CDP_CHECK(Retractions(services.pipeline).restore(*id, reason));
  return R"({"restored":)" + json::quote(id->to_string()) + "}";
}

Result<std::string> list_reviews(const SubjectServices& services, const http::Request& request) {
  Token after{};
  if (const auto given = request.query_value("after")) {
    CDP_TRY(const auto id, ReviewId::parse(*given));
    after = id.bytes();
  }
  const Reviews reviews(services.pipeline);
  CDP_TRY(const auto rows, reviews.list(after, kListedMax));
  CDP_CHECK(audit_read(services.pipeline, "review_list", {}));
  std::string out = R"({"reviews":[)";
  for (const auto& row : rows) {
    CDP_TRY(const auto one, reviews.to_json(row));
    out += (&row == rows.data() ? "" : ",") + one;
  }
  out += "]";
  if (rows.size() == kListedMax) out += R"(,"next":)" + json::quote(rows.back().id.to_string());
  return out + "}";
}

Result<std::string> decide(const SubjectServices& services, const http::Request& request,
                           bool accept) {
  CDP_TRY(const auto document, parse_body(request));
  const auto id = ReviewId::parse(request.path_parameters.at(0));
  if (!id) {
    return fail(ErrorCode::not_found, "nothing of that id waits for a decision",
                "GET /v1/reviews lists them");
  }
  const std::string reason(document.root().text("reason").value_or(""));
  CDP_TRY(const bool before, Reviews(services.pipeline).decide(*id, accept, reason));
  return R"({"id":)" + json::quote(id->to_string()) + R"(,"outcome":)" +
         (accept ? R"("accepted")" : R"("rejected")") + R"(,"decided_before":)" +
         (before ? "true" : "false") + "}";
}

Result<std::string> lift(const SubjectServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto id = ReviewId::parse(request.path_parameters.at(0));
  if (!id) {
    return fail(ErrorCode::not_found, "no notice of that id is there",
                "GET /v1/reviews lists them");
  }
  const std::string reason(document.root().text("reason").value_or(""));
  CDP_CHECK(Reviews(services.pipeline).lift(*id, reason));
  return R"({"lifted":)" + json::quote(id->to_string()) + "}";
}

// By the value, which whoever asks still has: of a latch that outlived its carriers nothing else is
// left to name it by.
Result<std::string> lift_value(const SubjectServices& services, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto identifier = document.root().get("identifier");
  if (!identifier) {
    return fail(ErrorCode::invalid_argument, "the request needs the identifier that is to link",
                R"(send {"identifier":{"type":"email","value":"..."},"reason":"..."})");
  }
  CDP_CHECK(identifier_token(*identifier, services.pipeline.keyed()));
  const event::Identifier value{std::string(*identifier->text("type")),
                                Pii<std::string>(*identifier->id_text("value"))};
  const std::string reason(document.root().text("reason").value_or(""));
  CDP_TRY(const auto types, Reviews(services.pipeline).lift(value, reason));
  std::string out;
  for (const auto& type : types) out += (out.empty() ? "" : ",") + json::quote(type);
  return R"({"lifted":[)" + out + "]}";
}

}  // namespace

void add_subject_routes(http::Router& router, const SubjectServices& services) {
  const auto add = [&](const char* method, const char* pattern, auto run) {
    router.add(method, pattern, [services, run](const http::Request& request) {
      if (auto allowed = officer(services, request); !allowed)
        return http::Response::error(allowed.error());
      auto body = run(services, request);
      if (!body) return http::Response::error(body.error());
      return http::Response::json(200, std::move(*body)).with("Cache-Control", "no-store");
    });
  };
  using S = const SubjectServices&;
  using R = const http::Request&;
  add("POST", "/v1/subjects/explain", explain);
  add("POST", "/v1/subjects/{id}/split", split_subject);
  add("POST", "/v1/subjects/rejoin", rejoin_split);
  add("GET", "/v1/retractions", list_retractions);
  add("POST", "/v1/retractions/{id}/restore", restore);
  add("GET", "/v1/reviews", list_reviews);
  add("POST", "/v1/reviews/{id}/lift", lift);
  add("POST", "/v1/latches/lift", lift_value);
  add("POST", "/v1/reviews/{id}/accept", [](S s, R r) { return decide(s, r, true); });
  add("POST", "/v1/reviews/{id}/reject", [](S s, R r) { return decide(s, r, false); });
}

}  // namespace cdp::app
