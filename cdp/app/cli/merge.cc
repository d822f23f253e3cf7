// cdp merge explain|undo

#include "cdp/app/cli/identifier_option.h"
#include "cdp/app/cli/verbs.h"

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
                               .done();
  CDP_TRY(const auto answer, call.ask("POST", "/admin/merge/undo", body));
  if (call.json()) return call.say(answer.root().minified());
  return call.say(call.text("persona") +
                  " stands apart now; what was said about data while merged still binds both");
}

}  // namespace

std::vector<Verb> merge_verbs() {
  return {{"merge explain", "why these records are one person", with_identifier({}), explain},
          {"merge undo", "keep one record apart from the others",
           with_identifier({{"persona", Option::Kind::text, "per_... of merge explain", true, ""}}),
           undo}};
}

}  // namespace cdp::app::cli
