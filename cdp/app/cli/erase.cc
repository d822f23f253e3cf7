// cdp erase: forgets one person. Shows the manifest, asks, and answers the certificate.

#include <istream>

#include "cdp/app/cli/identifier_option.h"
#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {
namespace {

std::string body_of(const Invocation& call, bool confirmed) {
  JsonObject body;
  body.text("kind", "erasure").raw("identifier", identifier_json(call));
  if (call.has("include-declared")) body.raw("include_declared", "true");
  if (call.has("do-not-contact")) body.raw("do_not_contact", "true");
  body.text("reason", call.text("reason"));
  if (confirmed) body.raw("confirm", "true");
  return body.done();
}

// Somebody who types "erase" means it; nothing else does.
Result<void> confirm(Invocation& call) {
  if (call.has("yes")) return {};
  if (!call.world().terminal_in) {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "nobody is here to confirm the erasure",
                "nothing was done; add --yes when you have read the manifest");
  }
  call.screen().prompt("This cannot be undone. Type \"erase\" to go on: ");
  std::string word;
  std::getline(call.world().in, word);
  if (word == "erase") return {};
  return fail(ErrorCode::invalid_argument, "not confirmed", "nothing was done");
}

Result<void> run(Invocation& call) {
  CDP_TRY(const auto plan, call.ask("POST", "/v1/requests", body_of(call, false)));
  if (!call.json()) call.screen().line(plan.root().text("text").value_or(""));
  CDP_CHECK(confirm(call));
  CDP_TRY(const auto answer, call.ask("POST", "/v1/requests", body_of(call, true)));
  if (call.json()) return call.say(answer.root().minified());
  const auto id = std::string(answer.root().text("id").value_or(""));
  call.screen().line("request " + id + ": " +
                     std::string(answer.root().text("status").value_or("")));
  call.screen().line("The signed certificate: cdp request show " + id);
  return {};
}

}  // namespace

Verb erase_verb() {
  using K = Option::Kind;
  return {"erase", "forget one person: shows what would go, asks, does it, and proves it",
          with_identifier(
              {{"yes", K::flag, "do not ask", false, ""},
               {"do-not-contact", K::flag,
                "and put the address on the do-not-contact list, which outlives the erasure", false,
                ""},
               {"include-declared", K::flag,
                "also records linked only by what was declared; needs --reason", false, ""},
               {"reason", K::text, "why they are the same person (it is recorded)", false, ""}}),
          run};
}

}  // namespace cdp::app::cli
