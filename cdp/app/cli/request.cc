// cdp request open|list|show|complete: what people asked of us about their data.

#include "cdp/app/cli/identifier_option.h"
#include "cdp/app/cli/verbs.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {
namespace {

std::string text_of(const json::Value& object, std::string_view key) {
  return std::string(object.text(key).value_or("-"));
}

void show_row(Screen& screen, const json::Value& row) {
  row.each_member([&](std::string_view name, json::Value value) {
    const auto text = value.string();
    std::string label(name);
    for (char& c : label) c = c == '_' ? ' ' : c;
    label.resize(std::max<std::size_t>(label.size(), 12), ' ');
    screen.line(label + " " + (text ? std::string(*text) : value.minified()));
    return true;
  });
}

Result<void> open(Invocation& call) {
  if (call.text("kind") == "erasure") {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "an erasure is shown before it is opened",
                "run: cdp erase --type T --value V");
  }
  const std::string body =
      JsonObject().text("kind", call.text("kind")).raw("identifier", identifier_json(call)).done();
  CDP_TRY(const auto answer, call.ask("POST", "/v1/requests", body));
  if (call.json()) return call.say(answer.root().minified());
  show_row(call.screen(), answer.root());
  return {};
}

Result<void> list(Invocation& call) {
  const std::string status = call.text("status");
  CDP_TRY(const auto answer,
          call.ask("GET",
                   "/v1/requests" + (status.empty() ? std::string()
                                                    : "?status=" + http::percent_encode(status))));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"id", "kind", "status", "opened", "due"}};
  if (const auto requests = answer.root().get("requests")) {
    requests->each([&](json::Value row) {
      rows.push_back({text_of(row, "id"), text_of(row, "kind"), text_of(row, "status"),
                      text_of(row, "created_at").substr(0, 10),
                      text_of(row, "due_at").substr(0, 10)});
      return true;
    });
  }
  if (rows.size() == 1) call.screen().line("no requests");
  call.screen().table(rows);
  return {};
}

Result<void> show(Invocation& call) {
  CDP_TRY(const auto answer,
          call.ask("GET", "/v1/requests/" + http::percent_encode(call.text("ID"))));
  if (call.json()) return call.say(answer.root().minified());
  show_row(call.screen(), answer.root());
  return {};
}

Result<void> complete(Invocation& call) {
  CDP_TRY(const auto answer,
          call.ask("POST", "/v1/requests/" + http::percent_encode(call.text("ID")) + "/complete",
                   "{}"));
  if (call.json()) return call.say(answer.root().minified());
  show_row(call.screen(), answer.root());
  return {};
}

}  // namespace

std::vector<Verb> request_verbs() {
  using K = Option::Kind;
  const Option id{"ID", K::positional, "req_...", true, ""};
  return {{"request open", "take down a request; the clock of one month starts",
           with_identifier(
               {{"kind", K::text, "access, portability, rectification, restriction or objection",
                 true, ""}}),
           open},
          {"request list",
           "requests by time of opening",
           {{"status", K::text, "only these: open, in_progress, ...", false, ""}},
           list},
          {"request show", "one request, with its certificate when it has one", {id}, show},
          {"request complete",
           "done: by hand, or go on with an erasure that was cut off",
           {id},
           complete}};
}

}  // namespace cdp::app::cli
