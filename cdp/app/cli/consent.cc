// cdp consent record|show

#include "cdp/app/cli/identifier_option.h"
#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {
namespace {

std::string text_of(const json::Value& object, std::string_view key) {
  return std::string(object.text(key).value_or("-"));
}

Result<void> record(Invocation& call) {
  JsonObject statement;
  statement.raw("identifier", identifier_json(call))
      .text("purpose", call.text("purpose"))
      .text("choice", call.text("choice"))
      .text("channel", call.text("channel"))
      .text("occurred_at", call.text("occurred-at"))
      .text("method", call.text("method"));
  // A grant of a channel is one of an address: the one that is named here.
  const std::string type = call.text("type");
  if (call.text("choice") == "granted" && (type == "email" || type == "phone"))
    statement.raw("contact_point", identifier_json(call));
  CDP_TRY(const auto answer, call.ask("POST", "/v1/consents", statement.done()));
  if (call.json()) return call.say(answer.root().minified());
  const auto duplicates = answer.root().get("duplicates");
  if (duplicates && duplicates->integer().value_or(0) > 0)
    return call.say("known already; nothing has changed");
  call.screen().line("recorded, in force, and in the audit log");
  if (call.text("choice") == "granted") {
    call.screen().line("A grant typed here is asserted, not shown: by itself it opens nothing.");
  }
  return {};
}

Result<void> show(Invocation& call) {
  const std::string body = JsonObject().raw("identifier", identifier_json(call)).done();
  CDP_TRY(const auto answer, call.ask("POST", "/v1/consents/lookup", body));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"purpose", "now", "reason", "said through"}};
  if (const auto effective = answer.root().get("effective")) {
    effective->each([&](json::Value row) {
      const auto allowed = row.get("allowed");
      rows.push_back({text_of(row, "purpose"),
                      allowed && allowed->boolean().value_or(false) ? "yes" : "no",
                      text_of(row, "reason"), text_of(row, "source")});
      return true;
    });
  }
  std::vector<std::vector<std::string>> history = {
      {"received", "choice", "purpose", "evidence", "said through"}};
  if (const auto statements = answer.root().get("history")) {
    statements->each([&](json::Value row) {
      history.push_back({text_of(row, "received_at").substr(0, 19), text_of(row, "choice"),
                         text_of(row, "purpose"), text_of(row, "grade"), text_of(row, "source")});
      return true;
    });
  }
  Screen& screen = call.screen();
  screen.line(screen.bold("in force"));
  screen.table(rows);
  screen.line(screen.bold("what was said"));
  screen.table(history);
  if (history.size() == 1) screen.line("nothing is on record");
  return {};
}

}  // namespace

std::vector<Verb> consent_verbs() {
  using K = Option::Kind;
  return {{"consent record",
           "write down what somebody said; a denial works at once, a grant is only asserted",
           with_identifier(
               {{"purpose", K::text, "a purpose or a parent of one", true, ""},
                {"choice", K::text, "granted, denied, withdrawn, objected or restricted", true, ""},
                {"channel", K::text, "email, sms, ...", false, ""},
                {"occurred-at", K::text, "when it was said (RFC 3339)", false, ""},
                {"method", K::text, "how it was said", false, ""}}),
           record},
          {"consent show", "what is in force for somebody, and what was said", with_identifier({}),
           show}};
}

}  // namespace cdp::app::cli
