// cdp merge explain|undo|rejoin|retracted|restore|review list|review accept|review reject|review
// lift

#include "cdp/app/cli/identifier_option.h"
#include "cdp/app/cli/verbs.h"
#include "cdp/app/ingest/link_decision.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {
namespace {

Result<void> explain(Invocation& call) {
  const std::string body = JsonObject().raw("identifier", identifier_json(call)).done();
  CDP_TRY(const auto answer, call.ask("POST", "/admin/merge/explain", body));
  if (call.json()) return call.say(answer.root().minified());
  std::string text(answer.root().text("text").value_or(""));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return call.say(text);
}

Result<void> undo(Invocation& call) {
  const std::string body = JsonObject()
                               .raw("identifier", identifier_json(call))
                               .text("persona", call.text("persona"))
                               .text("retract", call.text("retract"))
                               .text("reason", call.text("reason"))
                               .done();
  CDP_TRY(const auto answer, call.ask("POST", "/admin/merge/undo", body));
  if (call.json()) return call.say(answer.root().minified());
  const std::string binds = "; what was said about data while merged still binds both";
  if (call.text("retract").empty())
    return call.say(call.text("persona") + " stands apart now" + binds);
  const auto subjects = answer.root().get("subjects");
  const bool parted = subjects && subjects->integer().value_or(1) > 1;
  return call.say(call.text("retract") + " is taken back" +
                  (parted ? "" : "; they are one person all the same: see cdp merge explain") +
                  (parted ? binds : ""));
}

Result<void> rejoin(Invocation& call) {
  const std::string body = JsonObject()
                               .raw("identifier", identifier_json(call))
                               .text("persona", call.text("persona"))
                               .text("reason", call.text("reason"))
                               .done();
  CDP_TRY(const auto answer, call.ask("POST", "/v1/subjects/rejoin", body));
  if (call.json()) return call.say(answer.root().minified());
  return call.say(call.text("persona") +
                  " is held apart no more; whether they are one person, cdp merge explain tells");
}

Result<void> list_retracted(Invocation& call) {
  CDP_TRY(const auto answer, call.ask("GET", "/v1/retractions"));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"id", "of", "what", "since", "reason"}};
  if (const auto all = answer.root().get("retractions")) {
    all->each([&](json::Value row) {
      const auto assertion = row.get("assertion");
      const auto text = [&](const char* name) {
        return std::string(assertion ? assertion->text(name).value_or("") : "");
      };
      const std::string other = text("other");
      rows.push_back({text("id"), text("persona") + (other.empty() ? "" : " " + other),
                      text("words"), std::string(row.text("at").value_or("")),
                      std::string(row.text("reason").value_or(""))});
      return true;
    });
  }
  if (rows.size() == 1) return call.say("nothing is retracted");
  call.screen().table(rows);
  return {};
}

Result<void> restore(Invocation& call) {
  CDP_TRY(const auto answer,
          call.ask("POST", "/v1/retractions/" + http::percent_encode(call.text("ID")) + "/restore",
                   JsonObject().text("reason", call.text("reason")).done()));
  if (call.json()) return call.say(answer.root().minified());
  return call.say(call.text("ID") + " counts again");
}

// By the value where no notice is left to name: nobody carries it any more.
Result<void> lift_value(Invocation& call) {
  const std::string body = JsonObject()
                               .raw("identifier", identifier_json(call))
                               .text("reason", call.text("reason"))
                               .done();
  CDP_TRY(const auto answer, call.ask("POST", "/v1/latches/lift", body));
  if (call.json()) return call.say(answer.root().minified());
  std::string types;
  if (const auto lifted = answer.root().get("lifted")) {
    lifted->each([&](json::Value type) {
      types += (types.empty() ? "" : ", ") + std::string(type.string().value_or(""));
      return true;
    });
  }
  return call.say("the value links again: " + types);
}

Result<void> lift(Invocation& call) {
  if (call.has("ID") == call.has("value")) {
    return fail(ErrorCode::invalid_argument, "a lift names a notice or a value",
                "give rev_... of merge review list, or --value");
  }
  if (call.has("value")) return lift_value(call);
  CDP_TRY(const auto answer,
          call.ask("POST", "/v1/reviews/" + http::percent_encode(call.text("ID")) + "/lift",
                   JsonObject().text("reason", call.text("reason")).done()));
  if (call.json()) return call.say(answer.root().minified());
  return call.say("what " + call.text("ID") + " names links again");
}

Result<void> list_reviews(Invocation& call) {
  const std::string after = call.text("after");
  CDP_TRY(
      const auto answer,
      call.ask("GET", "/v1/reviews" + (after.empty() ? std::string()
                                                     : "?after=" + http::percent_encode(after))));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"id", "why", "who", "what"}};
  if (const auto reviews = answer.root().get("reviews")) {
    reviews->each([&](json::Value row) {
      std::string who;
      if (const auto personas = row.get("personas")) {
        personas->each([&](json::Value id) {
          who += (who.empty() ? "" : " ") + std::string(id.string().value_or(""));
          return true;
        });
      }
      const bool notice = !row.get("decidable") || !row.get("decidable")->boolean().value_or(false);
      rows.push_back({std::string(row.text("id").value_or("")),
                      std::string(row.text("why").value_or("")) + (notice ? " (notice)" : ""), who,
                      std::string(row.text("words").value_or(""))});
      return true;
    });
  }
  if (rows.size() == 1) return call.say("nothing waits for a decision");
  call.screen().table(rows);
  if (const auto next = answer.root().text("next")) {
    return call.say("more: cdp merge review list --after " + std::string(*next));
  }
  return {};
}

Result<void> decide(Invocation& call, const char* verb) {
  CDP_TRY(const auto answer,
          call.ask("POST", "/v1/reviews/" + http::percent_encode(call.text("ID")) + "/" + verb,
                   JsonObject().text("reason", call.text("reason")).done()));
  if (call.json()) return call.say(answer.root().minified());
  const auto before = answer.root().get("decided_before");
  return call.say(call.text("ID") + " is " +
                  std::string(answer.root().text("outcome").value_or("")) +
                  (before && before->boolean().value_or(false) ? ", as it was before" : ""));
}

std::string reasons() {
  std::string out;
  for (const auto& reason : known_reasons()) out += (out.empty() ? "" : ", ") + reason;
  return out;
}

}  // namespace

std::vector<Verb> merge_verbs() {
  using K = Option::Kind;
  const Option id{"ID", K::positional, "rev_... of merge review list", true, ""};
  const Option reason{"reason", K::text, "one of " + reasons(), true, ""};
  return {
      {"merge explain", "why these records are one person", with_identifier({}), explain},
      {"merge undo", "keep one record apart, or take one assertion back",
       with_identifier(
           {{"persona", K::text, "per_... of merge explain: hold it apart", false, ""},
            {"retract", K::text, "asr_... of merge explain: take it back", false, ""},
            {"reason", K::text, "one of " + reasons(), false, "different_people_confirmed"}}),
       undo},
      {"merge rejoin", "take a split back: the record is held apart no more",
       with_identifier(
           {{"persona", K::text, "per_... of the record that was split off", true, ""}, reason}),
       rejoin},
      {"merge retracted", "which assertions are taken back", {}, list_retracted},
      {"merge restore",
       "a retracted assertion counts again",
       {{"ID", K::positional, "asr_... of merge retracted", true, ""}, reason},
       restore},
      {"merge review lift",
       "an identifier that was over its cap links again",
       {{"ID", K::positional, "rev_... of merge review list", false, ""},
        {"type", K::text, "of --value: email, phone, ...", false, "email"},
        {"value", K::text, "instead of ID: the identifier itself", false, ""},
        reason},
       lift},
      {"merge review list",
       "what is held apart although something is shared",
       {{"after", K::text, "go on after this rev_...", false, ""}},
       list_reviews},
      {"merge review accept",
       "the two are one person",
       {id, reason},
       [](Invocation& call) { return decide(call, "accept"); }},
      {"merge review reject", "the two are two people", {id, reason}, [](Invocation& call) {
         return decide(call, "reject");
       }}};
}

}  // namespace cdp::app::cli
