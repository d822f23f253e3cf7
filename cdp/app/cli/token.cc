// cdp token create|list|revoke

#include "cdp/app/cli/verbs.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {
namespace {

Result<void> create(Invocation& call) {
  const std::string body = JsonObject()
                               .text("role", call.text("role"))
                               .text("for", call.text("for"))
                               .text("label", call.text("label"))
                               .done();
  CDP_TRY(const auto answer, call.ask("POST", "/admin/tokens", body));
  if (call.json()) return call.say(answer.root().minified());
  call.screen().line("token: " + call.screen().bold(answer.root().text("token").value_or("")));
  call.screen().line("It is shown once. Revoke it with: cdp token revoke " +
                     std::string(answer.root().text("id").value_or("")));
  return {};
}

Result<void> list(Invocation& call) {
  CDP_TRY(const auto answer, call.ask("GET", "/admin/tokens"));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"id", "role", "for", "made", "state", "label"}};
  if (const auto tokens = answer.root().get("tokens")) {
    tokens->each([&](json::Value token) {
      const auto revoked = token.get("revoked");
      rows.push_back({std::string(token.text("id").value_or("")),
                      std::string(token.text("role").value_or("")),
                      std::string(token.text("binding").value_or("-")),
                      std::string(token.text("created_at").value_or("").substr(0, 19)),
                      revoked && revoked->boolean().value_or(false) ? "revoked" : "live",
                      std::string(token.text("label").value_or(""))});
      return true;
    });
  }
  if (rows.size() == 1) call.screen().line("no tokens yet");
  call.screen().table(rows);
  return {};
}

Result<void> revoke(Invocation& call) {
  CDP_TRY(
      const auto answer,
      call.ask("POST", "/admin/tokens/" + http::percent_encode(call.text("ID")) + "/revoke", "{}"));
  call.screen().line(call.json() ? answer.root().minified() : call.text("ID") + " is revoked");
  return {};
}

}  // namespace

std::vector<Verb> token_verbs() {
  using K = Option::Kind;
  return {{"token create",
           "make an access token; it is shown once",
           {{"role", K::text,
             "source, destination, consent, operator, marketer, officer or auditor", true, ""},
            {"for", K::text, "the source or destination that it speaks for", false, ""},
            {"label", K::text, "a note for yourself", false, ""}},
           create},
          {"token list", "every token, without its text", {}, list},
          {"token revoke",
           "end a token at once",
           {{"ID", K::positional, "tok_...", true, ""}},
           revoke}};
}

}  // namespace cdp::app::cli
