// cdp source add|list|rotate

#include "cdp/app/cli/columns.h"
#include "cdp/app/cli/verbs.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {
namespace {

Result<void> add(Invocation& call) {
  CDP_TRY(const auto columns, parse_columns(call.list("columns")));
  JsonObject body;
  body.text("name", call.text("NAME"))
      .text("kind", call.text("kind"))
      .text("secret", call.text("secret"))
      .text("auth", call.text("auth"))
      .text("trust", call.text("trust"))
      .text("region", call.text("region"));
  if (!columns.empty()) {
    JsonObject map;
    for (const auto& [column, meaning] : columns) map.text(column, meaning);
    body.raw("columns", map.done());
  }
  CDP_TRY(const auto answer, call.ask("POST", "/admin/sources", body.done()));
  if (call.json()) return call.say(answer.root().minified());
  const auto key = answer.root().text("write_key");
  Screen& screen = call.screen();
  screen.line("source " + call.text("NAME") + " (" +
              std::string(answer.root().text("kind").value_or("")) + ") is ready");
  if (key) {
    screen.line("write key: " + screen.bold(*key));
    screen.line("It is shown once. Only a hash of it is kept.");
  } else if (answer.root().text("kind") == "csv") {
    screen.line("Import with: cdp import --source " + call.text("NAME") + " FILE");
  } else {
    screen.line("Point the vendor's webhooks at: /v1/webhooks/" + call.text("NAME"));
  }
  return {};
}

Result<void> list(Invocation& call) {
  CDP_TRY(const auto answer, call.ask("GET", "/admin/sources"));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"name", "kind", "trust"}};
  if (const auto sources = answer.root().get("sources")) {
    sources->each([&](json::Value source) {
      rows.push_back({std::string(source.text("name").value_or("")),
                      std::string(source.text("kind").value_or("")),
                      std::string(source.text("trust").value_or(""))});
      return true;
    });
  }
  if (rows.size() == 1) call.screen().line("no sources yet; add one with: cdp source add NAME");
  call.screen().table(rows);
  return {};
}

Result<void> rotate(Invocation& call) {
  CDP_TRY(const auto answer,
          call.ask("POST", "/admin/sources/" + http::percent_encode(call.text("NAME")) + "/rotate",
                   "{}"));
  if (call.json()) return call.say(answer.root().minified());
  call.screen().line("write key: " +
                     call.screen().bold(answer.root().text("write_key").value_or("")));
  call.screen().line(answer.root().text("note").value_or(""));
  return {};
}

}  // namespace

std::vector<Verb> source_verbs() {
  using K = Option::Kind;
  return {
      {"source add",
       "connect a source; a segment source gets a write key, shown once",
       {{"NAME", K::positional, "its name; one that stands in cdp.toml only gets a key", true, ""},
        {"kind", K::text, "segment, shopify, mailchimp or csv (default: segment)", false, ""},
        {"trust", K::text, "public (a browser's key) or server (default: public)", false, ""},
        {"secret", K::text, "name of the vendor's signing secret (default: NAME)", false, ""},
        {"auth", K::text, "mailchimp: signed or secret_url", false, ""},
        {"region", K::text, "country of phone numbers without a prefix", false, ""},
        {"columns", K::list, "csv: \"E-mail=email,Town=attribute:city\"", false, ""}},
       add},
      {"source list", "what is connected", {}, list},
      {"source rotate",
       "make another write key; the old ones stay valid until revoked",
       {{"NAME", K::positional, "the source", true, ""}},
       rotate}};
}

}  // namespace cdp::app::cli
