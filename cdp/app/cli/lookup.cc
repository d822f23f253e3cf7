// cdp lookup: one person, for the officer: what is known, what is allowed, and the real reasons.

#include "cdp/app/cli/identifier_option.h"
#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {
namespace {

std::string text_of(const json::Value& object, std::string_view key) {
  return std::string(object.text(key).value_or(""));
}

bool is_true(const json::Value& object, std::string_view key) {
  const auto value = object.get(key);
  return value && value->boolean().value_or(false);
}

void show_records(Screen& screen, const json::Value& records) {
  screen.line(screen.bold(std::to_string(records.size()) + " records"));
  records.each([&](json::Value record) {
    screen.line("  from " + text_of(record, "source"));
    if (const auto attributes = record.get("attributes")) {
      attributes->each_member([&](std::string_view name, json::Value value) {
        screen.line("    " + std::string(name) + ": " + value.minified());
        return true;
      });
    }
    return true;
  });
}

void show_effective(Screen& screen, const json::Value& effective) {
  std::vector<std::vector<std::string>> rows = {{"purpose", "now", "reason", "said through"}};
  effective.each([&](json::Value row) {
    rows.push_back({text_of(row, "purpose"), is_true(row, "allowed") ? "yes" : "no",
                    text_of(row, "reason"), text_of(row, "source")});
    return true;
  });
  screen.line(screen.bold("what the person allows"));
  screen.table(rows);
}

void show_explanation(Screen& screen, const Invocation& call, const json::Value& explanation) {
  std::vector<std::vector<std::string>> rows = {{"attribute", "released", "reason", "from"}};
  if (const auto attributes = explanation.get("attributes")) {
    attributes->each([&](json::Value row) {
      rows.push_back({text_of(row, "attribute"), is_true(row, "released") ? "yes" : "no",
                      text_of(row, "reason"), text_of(row, "source")});
      return true;
    });
  }
  screen.line(screen.bold("what " + call.text("destination") + " may see for " +
                          call.text("purpose") + ": " + text_of(explanation, "overall")));
  screen.table(rows);
}

Result<void> run(Invocation& call) {
  if (call.has("destination") != call.has("purpose")) {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "a destination is asked about together with a purpose",
                "give --destination and --purpose, or neither");
  }
  JsonObject body;
  body.raw("identifier", identifier_json(call))
      .text("destination", call.text("destination"))
      .text("purpose", call.text("purpose"));
  if (call.has("show-values")) body.raw("show_values", "true");
  CDP_TRY(const auto answer, call.ask("POST", "/admin/lookup", body.done()));
  const auto root = answer.root();
  if (call.json()) return call.say(root.minified());
  Screen& screen = call.screen();
  if (is_true(root, "known")) {
    screen.line("subject " + text_of(root, "subject"));
    if (const auto records = root.get("records")) show_records(screen, *records);
    if (!call.has("show-values"))
      screen.line(screen.dim("(values are hidden; --show-values shows them and is logged too)"));
    if (const auto effective = root.get("effective")) show_effective(screen, *effective);
  } else {
    screen.line("nobody is known by that identifier");
  }
  if (const auto explanation = root.get("explanation"))
    show_explanation(screen, call, *explanation);
  return {};
}

}  // namespace

Verb lookup_verb() {
  using K = Option::Kind;
  return {"lookup",
          "one person with the real reasons, for the officer; every look is in the audit log",
          with_identifier({{"destination", K::text, "what this destination may see", false, ""},
                           {"purpose", K::text, "for this purpose", false, ""},
                           {"show-values", K::flag, "show personal data, too", false, ""}}),
          run};
}

}  // namespace cdp::app::cli
