// Matching by likeness, for the operator: train, run, and why.

#include "cdp/app/api/admin_api.h"
#include "cdp/app/api/api.h"
#include "cdp/app/likeness/likeness.h"
#include "cdp/app/officer/reviews.h"
#include "cdp/app/wiring.h"
#include "identity/match/chart.h"

namespace cdp::app {
namespace {

namespace match = identity::match;

// Takes as long as it takes: everybody is compared.
Result<std::string> run(Platform& platform, const http::Request&) {
  const auto active = platform.policy().active();
  CDP_TRY(const auto under_way, platform.match_progress().begin());
  CDP_TRY(const auto report, match_people(platform.pipeline(), active->policy,
                                          platform.match_models(), under_way->teller()));
  if (report.trained) platform.likeness_watch().begin_anew();
  return R"({"model":)" + json::quote(report.model) + R"(,"trained":)" +
         (report.trained ? "true" : "false") + R"(,"records":)" + std::to_string(report.records) +
         R"(,"refused":)" + std::to_string(report.refused) + R"(,"pairs_compared":)" +
         std::to_string(report.compared) + R"(,"linked":)" + std::to_string(report.linked) +
         R"(,"proposed":)" + std::to_string(report.proposed) + R"(,"withdrawn":)" +
         std::to_string(report.withdrawn) + R"(,"unlinked":)" + std::to_string(report.unlinked) +
         "}";
}

// Whoever comes from here on is compared by the new model.
Result<std::string> train(Platform& platform, const http::Request&) {
  const auto active = platform.policy().active();
  CDP_TRY(const auto under_way, platform.match_progress().begin());
  CDP_TRY(const auto trained, train_on_people(platform.pipeline(), active->policy,
                                              platform.match_models(), under_way->teller()));
  platform.likeness_watch().begin_anew();
  return R"({"model":)" + json::quote(trained.model) + R"(,"records":)" +
         std::to_string(trained.records) + R"(,"refused":)" + std::to_string(trained.refused) + "}";
}

// How far the one or the other is.
Result<std::string> progress(Platform& platform, const http::Request&) {
  const auto now = platform.match_progress().now();
  return R"({"running":)" + std::string(now.running ? "true" : "false") + R"(,"step":)" +
         json::quote(now.step) + R"(,"done":)" + std::to_string(now.done) + "}";
}

// What it holds agreement to be worth: the model's own document.
Result<std::string> model(Platform& platform, const http::Request&) {
  CDP_TRY(const auto stored,
          platform.match_models().load(platform.policy().active()->policy.matching));
  if (stored) return match::write(stored->model);
  return fail(ErrorCode::not_found, "no model was trained yet", "cdp match train --dir DIR");
}

Result<void> audit_look(Platform& platform, PersonaOrdinal persona) {
  return platform.pipeline().writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "officer_read";
    entry.at = platform.world().clock.now();
    entry.fields["action"] = std::string("match_explain");
    return builder.audit(std::move(entry), persona);
  });
}

// Why a proposed match was proposed: fields, levels and weights as they are now; no values.
Result<std::string> explain(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  CDP_TRY(const auto id, ReviewId::parse(document.root().text("review").value_or("")));
  CDP_TRY(const auto review, Reviews(platform.pipeline()).look(id));
  if (review.why != "match") {
    return fail(ErrorCode::unprocessable, "this was not found by likeness",
                "see: cdp merge review list");
  }
  CDP_TRY(const auto why, explain_likeness(platform.pipeline(), platform.policy().active()->policy,
                                           platform.match_models(), review.first, review.second));
  CDP_CHECK(audit_look(platform, review.first));
  std::string rows;
  for (const auto& evidence : why.evidence) {
    rows += (rows.empty() ? "" : ",") + (R"({"field":)" + json::quote(evidence.field)) +
            R"(,"level":)" + json::quote(evidence.level) + R"(,"weight":)" +
            std::to_string(evidence.weight_bits) + "}";
  }
  return R"({"weight":)" + std::to_string(why.weight_bits) + R"(,"probability":)" +
         std::to_string(why.probability) + R"(,"evidence":[)" + rows + R"(],"words":)" +
         json::quote(match::in_words(why)) + R"(,"svg":)" +
         json::quote(match::waterfall_svg(why, "Are these two one person?")) + "}";
}

}  // namespace

void add_match_routes(http::Router& router, Platform& platform) {
  const auto add = [&](const char* method, const char* pattern, auto run) {
    router.add(
        method, pattern, admin_only([&platform, run](const http::Request& request) {
          auto body = run(platform, request);
          if (!body) return http::Response::error(body.error());
          return http::Response::json(200, std::move(*body)).with("Cache-Control", "no-store");
        }));
  };
  add("POST", "/admin/match/run", run);
  add("POST", "/admin/match/train", train);
  add("GET", "/admin/match/progress", progress);
  add("POST", "/admin/match/model", model);
  add("POST", "/admin/match/explain", explain);
}

}  // namespace cdp::app
