// cdp destination add|list

#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {
namespace {

Result<void> add(Invocation& call) {
  const std::string body = JsonObject()
                               .text("name", call.text("NAME"))
                               .text("kind", call.text("kind"))
                               .text("url", call.text("url"))
                               .text("secret", call.text("secret"))
                               .text("role", call.text("role"))
                               .texts("purposes", call.list("purposes"))
                               .texts("attributes", call.list("attributes"))
                               .done();
  CDP_TRY(const auto answer, call.ask("POST", "/admin/destinations", body));
  if (call.json()) return call.say(answer.root().minified());
  Screen& screen = call.screen();
  screen.line("destination " + call.text("NAME") + " is ready");
  screen.line("token: " + screen.bold(answer.root().text("token").value_or("")));
  screen.line("With it the destination asks POST /v1/profiles/lookup. It is shown once.");
  return {};
}

Result<void> list(Invocation& call) {
  CDP_TRY(const auto answer, call.ask("GET", "/admin/destinations"));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"name", "kind", "role", "waiting"}};
  if (const auto destinations = answer.root().get("destinations")) {
    destinations->each([&](json::Value destination) {
      rows.push_back({std::string(destination.text("name").value_or("")),
                      std::string(destination.text("kind").value_or("")),
                      std::string(destination.text("role").value_or("")),
                      destination.id_text("waiting").value_or("0")});
      return true;
    });
  }
  if (rows.size() == 1) call.screen().line("no destinations yet");
  call.screen().table(rows);
  return {};
}

}  // namespace

std::vector<Verb> destination_verbs() {
  using K = Option::Kind;
  return {{"destination add",
           "let a tool see what people agreed to; its token is shown once",
           {{"NAME", K::positional, "its name; one that stands in cdp.toml only gets a token", true,
             ""},
            {"kind", K::text, "profile_api or signed_webhook (default: profile_api)", false, ""},
            {"url", K::text, "signed_webhook: where deliveries go", false, ""},
            {"secret", K::text, "signed_webhook: name of the signing secret", false, ""},
            {"role", K::text, "processor, or unset: counts as sale or sharing", false, ""},
            {"purposes", K::list, "what for", false, ""},
            {"attributes", K::list, "no more than these", false, ""}},
           add},
          {"destination list", "where data may go, and how much waits to go there", {}, list}};
}

}  // namespace cdp::app::cli
