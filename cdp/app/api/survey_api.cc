// How the rules fall out for everybody: /admin/consent/survey for `cdp consent doctor`,
// /admin/consent/simulate for `cdp consent simulate`. Reads everybody, one person at a time;
// changes nothing, and each run is an audit entry.

#include "cdp/app/api/admin_api.h"
#include "cdp/app/api/api.h"
#include "cdp/app/config/config.h"
#include "cdp/app/wiring.h"
#include "consent/survey.h"

namespace cdp::app {
namespace {

// A count as it may be shown: exact inside, and at least twenty or hidden outside.
std::string count_json(std::uint64_t count, bool outside) {
  if (outside && count > 0 && count < consent::kCountShownMin) return R"("<20")";
  return std::to_string(count);
}

Result<void> audit_survey(Platform& platform, const char* action) {
  return platform.pipeline().writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "officer_read";
    entry.at = platform.world().clock.now();
    entry.fields["action"] = std::string(action);
    return builder.audit(entry);
  });
}

// Every person once: from the smallest of their records.
Result<void> each_person(Platform& platform,
                         const std::function<void(const identity::Profile&)>& person) {
  auto& pipeline = platform.pipeline();
  pipeline.fold().drain();
  CDP_CHECK(pipeline.health());
  std::vector<PersonaOrdinal> personas;
  CDP_CHECK(pipeline.services().keys.each([&](const store::KeyRow& row) {
    personas.push_back(row.ordinal);
    return true;
  }));
  for (const PersonaOrdinal persona : personas) {
    CDP_TRY(const auto profile, pipeline.live().profile_of(persona));
    if (profile && profile->members.front().persona == persona) person(*profile);
  }
  return {};
}

bool outside(const json::Value& body) {
  const auto flag = body.get("outside");
  return flag && flag->boolean().value_or(false);
}

std::string reasons_json(const std::map<consent::Reason, std::uint64_t>& reasons, bool hide) {
  std::string out = "{";
  for (const auto& [reason, count] : reasons) {
    out += (out.size() == 1 ? "" : ",") + json::quote(consent::to_string(reason)) + ":" +
           count_json(count, hide);
  }
  return out + "}";
}

Result<std::string> survey(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const bool hide = outside(document.root());
  const auto active = platform.policy().active();
  CDP_CHECK(audit_survey(platform, "consent_survey"));
  consent::Survey counted(active->policy, platform.pipeline().keyed().link,
                          platform.world().clock.now());
  CDP_CHECK(each_person(platform, [&](const auto& profile) { counted.add(profile); }));
  std::string out = R"({"persons":)" + count_json(counted.persons(), hide) + R"(,"purposes":[)";
  for (const auto& row : counted.rows()) {
    out += std::string(out.ends_with('[') ? "" : ",") + R"({"purpose":)" +
           json::quote(row.purpose) + R"(,"channel":)" + json::quote(row.channel) +
           R"(,"contacts":)" + count_json(row.contacts, hide) + R"(,"reachable":)" +
           count_json(row.reachable, hide) + R"(,"addresses":)" + count_json(row.addresses, hide) +
           R"(,"addresses_reachable":)" + count_json(row.addresses_reachable, hide) +
           R"(,"undated":)" + count_json(row.undated, hide) + R"(,"conflicting":)" +
           count_json(row.conflicting, hide) + R"(,"stale":)" + count_json(row.stale, hide) +
           R"(,"reasons":)" + reasons_json(row.by_reason, hide) + "}";
  }
  return out + "]}";
}

std::string examples_json(const std::vector<SubjectId>& subjects) {
  std::string out = "[";
  for (const auto& subject : subjects) {
    out += (out.size() == 1 ? "" : ",") + json::quote(subject.to_string());
  }
  return out + "]";
}

std::string change_json(const consent::ChangeRow& row, bool hide) {
  std::string out = R"({"purpose":)" + json::quote(row.purpose) + R"(,"vendor":)" +
                    json::quote(row.vendor) + R"(,"gained":)" + count_json(row.gained, hide) +
                    R"(,"lost":)" + count_json(row.lost, hide) + R"(,"reason_only":)" +
                    count_json(row.reason_only, hide) + R"(,"reasons":[)";
  for (const auto& [reasons, count] : row.reasons) {
    out += std::string(out.ends_with('[') ? "" : ",") + R"({"from":)" +
           json::quote(consent::to_string(reasons.first)) + R"(,"to":)" +
           json::quote(consent::to_string(reasons.second)) + R"(,"count":)" +
           count_json(count, hide) + "}";
  }
  out += "]";
  if (!hide) {
    out += R"(,"gained_examples":)" + examples_json(row.gained_examples) + R"(,"lost_examples":)" +
           examples_json(row.lost_examples);
  }
  return out + "}";
}

Result<std::string> simulate(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto body = document.root();
  const auto text = body.text("config");
  if (!text) return fail(ErrorCode::invalid_argument, "there is no configuration to try", "");
  CDP_TRY(const auto next, load_policy(*text, body.text("file").value_or("cdp.toml")));
  const bool hide = outside(body);
  const auto active = platform.policy().active();
  CDP_CHECK(audit_survey(platform, "consent_simulate"));
  consent::Comparison compared(active->policy, next, platform.pipeline().keyed().link,
                               platform.world().clock.now());
  CDP_CHECK(each_person(platform, [&](const auto& profile) { compared.add(profile); }));
  std::string out = R"({"persons":)" + count_json(compared.persons(), hide) + R"(,"changes":[)";
  for (const auto& row : compared.rows()) {
    out += (out.ends_with('[') ? "" : ",") + change_json(row, hide);
  }
  return out + "]}";
}

}  // namespace

void add_survey_routes(http::Router& router, Platform& platform) {
  const auto add = [&](const char* pattern, auto run) {
    router.add("POST", pattern, admin_only([&platform, run](const http::Request& request) {
                 auto body = run(platform, request);
                 return body ? http::Response::json(200, std::move(*body))
                             : http::Response::error(body.error());
               }));
  };
  add("/admin/consent/survey", survey);
  add("/admin/consent/simulate", simulate);
}

}  // namespace cdp::app
