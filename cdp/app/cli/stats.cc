// cdp stats: the numbers of the house.

#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {
namespace {

Result<void> run(Invocation& call) {
  CDP_TRY(const auto answer, call.ask("GET", "/admin/statistics"));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"what", "how many"}};
  answer.root().each_member([&](std::string_view name, json::Value value) {
    std::string words(name);
    for (char& c : words) c = c == '_' ? ' ' : c;
    rows.push_back({words, grouped(static_cast<std::uint64_t>(value.integer().value_or(0)))});
    return true;
  });
  call.screen().table(rows);
  return {};
}

}  // namespace

Verb stats_verb() { return {"stats", "how much is here", {}, run}; }

}  // namespace cdp::app::cli
