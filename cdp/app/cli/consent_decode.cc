// cdp consent decode: what a consent string says, for eyes and for programs.

#include <istream>

#include "cdp/app/cli/verbs.h"
#include "consent/signals/any_signal.h"

namespace cdp::app::cli {
namespace {

std::string error_json(const Error& error) {
  return R"({"error":)" + JsonObject().text("message", error.what).text("hint", error.hint).done() +
         "}";
}

std::string signal_json(const consent::signals::RenderedSignal& signal) {
  return JsonObject().text("kind", signal.kind).raw("value", signal.json).done();
}

// One answer for each line, whatever the others are.
Result<void> decode_lines(Invocation& call) {
  for (std::string line; std::getline(call.world().in, line);) {
    const auto signal = consent::signals::render_any_signal(line);
    call.screen().line(signal ? signal_json(*signal) : error_json(signal.error()));
  }
  return {};
}

void add_rows(const json::Value& object, const std::string& before,
              std::vector<std::vector<std::string>>* rows) {
  object.each_member([&](std::string_view key, json::Value value) {
    const std::string name = before + std::string(key);
    if (value.is_object()) {
      add_rows(value, name + ".", rows);
    } else {
      rows->push_back({name, value.is_null() ? "(unreadable)" : value.minified()});
    }
    return true;
  });
}

Result<void> decode(Invocation& call) {
  if (!call.has("STRING")) return decode_lines(call);
  CDP_TRY(const auto signal, consent::signals::render_any_signal(call.text("STRING")));
  if (call.json()) return call.say(signal_json(signal));
  CDP_TRY(const auto document, json::Document::parse(signal.json));
  std::vector<std::vector<std::string>> rows = {{"field", std::string(signal.kind)}};
  add_rows(document.root(), "", &rows);
  call.screen().table(rows);
  if (signal.kind != "tcf") {
    call.screen().line("In the choice fields of the United States 1 is the no: opted out.");
  }
  return {};
}

}  // namespace

Verb consent_decode_verb() {
  using K = Option::Kind;
  Verb verb{"consent decode",
            "what a TC, GPP or US Privacy string says; without one, a JSON line for each line read",
            {{"STRING", K::positional, "the consent string", false, ""}},
            decode};
  verb.in_directory = false;
  return verb;
}

}  // namespace cdp::app::cli
