// One person, for the officer: the lookup with real reasons, and merges: why, and undone.

#include "cdp/app/api/admin_api.h"
#include "cdp/app/api/api.h"
#include "cdp/app/officer/merge_story.h"
#include "cdp/app/officer/officer_view.h"
#include "cdp/app/officer/reviews.h"
#include "cdp/app/officer/splits.h"
#include "cdp/app/wiring.h"

namespace cdp::app {
namespace {

// The read is in the log before it is answered; about nobody in particular when nobody is known.
Result<void> audit_read(Platform& platform, const char* action,
                        const std::optional<identity::Profile>& profile) {
  return platform.pipeline().writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "officer_read";
    entry.at = platform.world().clock.now();
    entry.fields["action"] = std::string(action);
    if (!profile) return builder.audit(entry);
    return builder.audit(std::move(entry), profile->members.front().persona);
  });
}

Result<std::optional<identity::Profile>> find(Platform& platform, const json::Value& body) {
  const auto identifier = body.get("identifier");
  if (!identifier)
    return fail(ErrorCode::invalid_argument, "the request needs an identifier",
                "give --type and --value");
  CDP_TRY(const auto token, identifier_token(*identifier, platform.pipeline().keyed()));
  platform.pipeline().fold().drain();
  return platform.pipeline().live().profile_by_identifier(token);
}

Result<std::string> lookup(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto body = document.root();
  CDP_TRY(const auto profile, find(platform, body));
  CDP_CHECK(audit_read(platform, "lookup", profile));
  OfficerView::Question question;
  question.destination = std::string(body.text("destination").value_or(""));
  question.purpose = std::string(body.text("purpose").value_or(""));
  const auto show = body.get("show_values");
  question.show_values = show && show->boolean().value_or(false);
  const auto active = platform.policy().active();
  return OfficerView::render(profile ? &*profile : nullptr, active->policy, active->gate,
                             platform.pipeline().keyed().link, question,
                             platform.world().clock.now());
}

Result<std::string> explain(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  CDP_TRY(const auto profile, find(platform, document.root()));
  if (!profile) return fail(ErrorCode::not_found, "nobody is known by that identifier", "");
  CDP_CHECK(audit_read(platform, "merge_explain", profile));
  CDP_TRY(auto told, MergeStory(platform.pipeline()).tell(*profile));
  return std::move(told.json);
}

// By one of the two; the other is empty.
Result<SplitOutcome> undone(Pipeline& pipeline, const identity::Profile& profile,
                            const std::string& persona, const std::string& assertion,
                            const std::string& reason) {
  if (assertion.empty()) {
    CDP_TRY(const auto wanted, PersonaId::parse(persona));
    return split(pipeline, profile, {wanted}, reason);
  }
  CDP_TRY(const auto wanted, AssertionId::parse(assertion));
  return split_by_retracting(pipeline, profile, {wanted}, reason);
}

Result<std::string> undo(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  CDP_TRY(const auto profile, find(platform, document.root()));
  if (!profile || profile->members.size() < 2) {
    return fail(ErrorCode::not_found, "no merge is known by that identifier",
                "see: cdp merge explain");
  }
  const std::string persona(document.root().text("persona").value_or(""));
  const std::string assertion(document.root().text("retract").value_or(""));
  if (persona.empty() == assertion.empty()) {
    return fail(ErrorCode::invalid_argument, "name either the record or the assertion",
                "--persona per_... or --retract asr_..., as cdp merge explain names them");
  }
  const std::string reason(document.root().text("reason").value_or("different_people_confirmed"));
  CDP_CHECK(check_reason(reason));
  CDP_TRY(const auto outcome, undone(platform.pipeline(), *profile, persona, assertion, reason));
  return R"({"split_off":)" + json::quote(persona) + R"(,"retracted":)" + json::quote(assertion) +
         R"(,"from_members":)" + std::to_string(outcome.members) + R"(,"subjects":)" +
         std::to_string(outcome.subjects.size()) + "}";
}

}  // namespace

void add_person_routes(http::Router& router, Platform& platform) {
  const auto add = [&](const char* pattern, auto run) {
    router.add(
        "POST", pattern, admin_only([&platform, run](const http::Request& request) {
          auto body = run(platform, request);
          if (!body) return http::Response::error(body.error());
          return http::Response::json(200, std::move(*body)).with("Cache-Control", "no-store");
        }));
  };
  add("/admin/lookup", lookup);
  add("/admin/merge/explain", explain);
  add("/admin/merge/undo", undo);
}

}  // namespace cdp::app
