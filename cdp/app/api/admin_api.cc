#include "cdp/app/api/admin_api.h"

#include <fstream>
#include <mutex>

#include "cdp/app/api/api.h"
#include "cdp/app/config/config.h"
#include "cdp/app/durable_file.h"
#include "cdp/app/wiring.h"

namespace cdp::app {
namespace {

std::string text_or(const json::Value& body, std::string_view key,
                    std::string_view otherwise = "") {
  return std::string(body.text(key).value_or(otherwise));
}

std::vector<std::string> texts(const json::Value& body, std::string_view key) {
  std::vector<std::string> out;
  if (const auto list = body.get(key)) {
    list->each([&](json::Value item) {
      if (const auto text = item.string()) out.emplace_back(*text);
      return true;
    });
  }
  return out;
}

http::Response answer(Result<std::string> body) {
  if (!body) return http::Response::error(body.error());
  return http::Response::json(200, std::move(*body));
}

std::string token_json(const Access::Created& created) {
  return R"({"id":)" + json::quote(created.token.id.to_string()) + R"(,"role":)" +
         json::quote(created.token.role) + R"(,"binding":)" + json::quote(created.token.binding) +
         R"(,"token":)" + json::quote(created.text) + "}";
}

// Checks the new text as a whole, writes it durably, then puts it in force.
Result<void> change_config(Platform& platform, const std::string& text) {
  CDP_TRY(auto policy, load_policy(text, "cdp.toml"));
  // In force first: a file that names a secret we do not hold must never be the one on disk.
  CDP_CHECK(platform.policy().replace(std::move(policy)));
  if (auto written = write_durably(platform.options().directory / "cdp.toml", text, 0600);
      !written) {
    CDP_CHECK(platform.reload_policy());
    return written;
  }
  return platform.reload_policy();
}

Result<std::string> add_source(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto body = document.root();
  const std::lock_guard lock(platform.change_mutex());
  const std::string name = text_or(body, "name");
  const auto active = platform.policy().active();
  const auto* existing = active->policy.source(name);
  // A source that stands in the file already only needs its key.
  std::string kind = existing != nullptr ? existing->kind : text_or(body, "kind", "segment");
  if (existing == nullptr) {
    consent::SourceConfig source;
    source.name = name;
    source.kind = kind;
    source.secret = text_or(body, "secret", kind == "shopify" || kind == "mailchimp" ? name : "");
    source.auth = text_or(body, "auth");
    source.default_region = text_or(body, "region");
    source.trust = text_or(body, "trust", kind == "csv" ? "server" : "public") == "server"
                       ? event::Trust::server
                       : event::Trust::public_key;
    if (const auto columns = body.get("columns")) {
      columns->each_member([&](std::string_view column, json::Value meaning) {
        source.columns[std::string(column)] = std::string(meaning.string().value_or(""));
        return true;
      });
    }
    CDP_TRY(const auto text, read_config(platform.options().directory));
    CDP_TRY(const auto next, with_source(text, source));
    CDP_CHECK(change_config(platform, next));
  }
  if (kind != "segment")
    return R"({"source":)" + json::quote(name) + R"(,"kind":)" + json::quote(kind) + "}";
  CDP_TRY(const auto created,
          platform.access().create(platform.pipeline().writer(), "source", name, ""));
  return R"({"source":)" + json::quote(name) + R"(,"kind":)" + json::quote(kind) +
         R"(,"write_key":)" + json::quote(created.text) + R"(,"id":)" +
         json::quote(created.token.id.to_string()) + "}";
}

Result<std::string> rotate_source(Platform& platform, const std::string& name) {
  if (platform.policy().active()->policy.source(name) == nullptr) {
    return fail(ErrorCode::not_found, "there is no source of that name", "see: cdp source list");
  }
  CDP_TRY(const auto created,
          platform.access().create(platform.pipeline().writer(), "source", name, "rotated"));
  return R"({"source":)" + json::quote(name) + R"(,"write_key":)" + json::quote(created.text) +
         R"(,"note":"older keys stay valid until you revoke them: cdp token list, cdp token revoke"})";
}

Result<std::string> list_sources(Platform& platform) {
  std::string out = R"({"sources":[)";
  const auto active = platform.policy().active();
  bool first = true;
  for (const auto& [name, source] : active->policy.sources) {
    const char* trust = source.trust == event::Trust::public_key ? "public"
                        : source.trust == event::Trust::server   ? "server"
                                                                 : "vendor_signed";
    out += std::string(first ? "" : ",") + R"({"name":)" + json::quote(name) + R"(,"kind":)" +
           json::quote(source.kind) + R"(,"trust":")" + trust + R"("})";
    first = false;
  }
  return out + "]}";
}

Result<std::string> add_destination(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto body = document.root();
  const std::lock_guard lock(platform.change_mutex());
  consent::DestinationConfig destination;
  destination.name = text_or(body, "name");
  if (platform.policy().active()->policy.destination(destination.name) == nullptr) {
    destination.kind = text_or(body, "kind", "profile_api");
    destination.url = text_or(body, "url");
    destination.secret = text_or(body, "secret");
    destination.role = text_or(body, "role") == "processor"
                           ? consent::DestinationRole::processor
                           : consent::DestinationRole::sale_or_share;
    destination.purposes = texts(body, "purposes");
    destination.attributes = texts(body, "attributes");
    CDP_TRY(const auto text, read_config(platform.options().directory));
    CDP_TRY(const auto next, with_destination(text, destination));
    CDP_CHECK(change_config(platform, next));
  }
  CDP_TRY(const auto created, platform.access().create(platform.pipeline().writer(), "destination",
                                                       destination.name, ""));
  return token_json(created);
}

Result<std::string> list_destinations(Platform& platform) {
  std::string out = R"({"destinations":[)";
  const auto active = platform.policy().active();
  bool first = true;
  for (const auto& [name, destination] : active->policy.destinations) {
    CDP_TRY(const auto waiting, platform.stores().ledger().outbox_waiting(name));
    out +=
        std::string(first ? "" : ",") + R"({"name":)" + json::quote(name) + R"(,"kind":)" +
        json::quote(destination.kind) + R"(,"role":")" +
        (destination.role == consent::DestinationRole::processor ? "processor" : "sale_or_share") +
        R"(","waiting":)" + std::to_string(waiting) + "}";
    first = false;
  }
  return out + "]}";
}

Result<std::string> set_secret(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const std::string name = text_or(document.root(), "name");
  const auto value = document.root().text("value");
  if (name.empty() || !value) {
    return fail(ErrorCode::invalid_argument, "a secret needs a name and a value",
                "pipe the value into: cdp secret set NAME");
  }
  const std::lock_guard lock(platform.change_mutex());
  platform.keyring().set_secret(name, crypto::Secret::copy_of(as_bytes(*value)));
  CDP_CHECK(platform.keyring().save(platform.world().random));
  CDP_CHECK(platform.reload_policy());
  return R"({"secret":)" + json::quote(name) + "}";
}

Result<std::string> create_token(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const std::string role = text_or(document.root(), "role");
  const std::string binding = text_or(document.root(), "for");
  const auto active = platform.policy().active();
  if ((role == "source" && active->policy.source(binding) == nullptr) ||
      (role == "destination" && active->policy.destination(binding) == nullptr)) {
    return fail(ErrorCode::not_found, "a " + role + " token needs the name of a configured " + role,
                "add --for NAME");
  }
  CDP_TRY(const auto created, platform.access().create(platform.pipeline().writer(), role, binding,
                                                       text_or(document.root(), "label")));
  return token_json(created);
}

Result<std::string> list_tokens(Platform& platform) {
  std::string out = R"({"tokens":[)";
  bool first = true;
  for (const auto& token : platform.access().list()) {
    out += std::string(first ? "" : ",") + R"({"id":)" + json::quote(token.id.to_string()) +
           R"(,"role":)" + json::quote(token.role) + R"(,"binding":)" + json::quote(token.binding) +
           R"(,"label":)" + json::quote(token.label) + R"(,"created_at":)" +
           json::quote(to_rfc3339(token.created_at)) + R"(,"revoked":)" +
           (token.revoked_at.known() ? "true" : "false") + "}";
    first = false;
  }
  return out + "]}";
}

Result<std::string> revoke_token(Platform& platform, const std::string& id) {
  CDP_TRY(const auto parsed, TokenId::parse(id));
  CDP_CHECK(platform.access().revoke(platform.pipeline().writer(), parsed));
  return R"({"revoked":)" + json::quote(id) + "}";
}

// Everything acknowledged so far is folded; then the numbers of the house.
Result<std::string> statistics(Platform& platform) {
  platform.pipeline().fold().drain();
  const auto sizes = platform.pipeline().live().sizes();
  const auto writer = platform.pipeline().writer().stats();
  CDP_TRY(const auto audit, platform.stores().ledger().audit_size());
  return R"({"observations":)" + std::to_string(sizes.observations) + R"(,"personas":)" +
         std::to_string(sizes.personas) + R"(,"subjects":)" + std::to_string(sizes.subjects) +
         R"(,"links":)" + std::to_string(sizes.links) + R"(,"audit_entries":)" +
         std::to_string(audit) + R"(,"accepted":)" + std::to_string(writer.accepted) +
         R"(,"duplicates":)" + std::to_string(writer.duplicates) + R"(,"suppressed":)" +
         std::to_string(writer.suppressed) + R"(,"dedup_keys":)" +
         std::to_string(writer.dedup_keys) + "}";
}

}  // namespace

http::Handler admin_only(http::Handler handler) {
  return [handler = std::move(handler)](const http::Request& request) {
    if (!request.admin)
      return http::Response::error({ErrorCode::not_found, "no such path", "see /openapi.json"});
    return handler(request);
  };
}

void add_admin_routes(http::Router& router, Platform& platform) {
  const auto add = [&](const char* method, const char* pattern, auto run) {
    router.add(method, pattern, admin_only([&platform, run](const http::Request& r) {
                 return answer(run(platform, r));
               }));
  };
  using R = const http::Request&;
  add("POST", "/admin/sources", add_source);
  add("GET", "/admin/sources", [](Platform& p, R) { return list_sources(p); });
  add("POST", "/admin/sources/{name}/rotate",
      [](Platform& p, R r) { return rotate_source(p, r.path_parameters.at(0)); });
  add("POST", "/admin/destinations", add_destination);
  add("GET", "/admin/destinations", [](Platform& p, R) { return list_destinations(p); });
  add("POST", "/admin/secrets", set_secret);
  add("POST", "/admin/tokens", create_token);
  add("GET", "/admin/tokens", [](Platform& p, R) { return list_tokens(p); });
  add("POST", "/admin/tokens/{id}/revoke",
      [](Platform& p, R r) { return revoke_token(p, r.path_parameters.at(0)); });
  add("GET", "/admin/statistics", [](Platform& p, R) { return statistics(p); });
  add_person_routes(router, platform);
  add_match_routes(router, platform);
  add_survey_routes(router, platform);
  add_import_routes(router, platform);
  add_evidence_routes(router, platform);
}

}  // namespace cdp::app
