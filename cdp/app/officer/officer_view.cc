#include "cdp/app/officer/officer_view.h"

#include "cdp/core/event/json.h"
#include "consent/standing.h"

namespace cdp::app {
namespace {

void separate(std::string& out) {
  if (!out.ends_with('[') && !out.ends_with('{')) out += ",";
}

std::string effective_json(const identity::Profile& profile, const consent::Policy& policy,
                           const crypto::BlindIndex& link_index, Time now) {
  std::string out = "[";
  for (const auto& row : consent::effective_rows(profile, policy, link_index, now)) {
    separate(out);
    out += R"({"purpose":)" + json::quote(row.purpose) + R"(,"allowed":)" +
           (row.allowed ? "true" : "false") + R"(,"reason":)" +
           json::quote(consent::to_string(row.reason)) + R"(,"source":)" + json::quote(row.source) +
           "}";
  }
  return out + "]";
}

std::string explanation_json(const consent::Explanation& explanation) {
  std::string out = R"({"overall":)" + json::quote(consent::to_string(explanation.overall)) +
                    R"(,"attributes":[)";
  for (const auto& row : explanation.rows) {
    separate(out);
    out += R"({"attribute":)" + json::quote(row.attribute) + R"(,"released":)" +
           (row.released ? "true" : "false") + R"(,"reason":)" +
           json::quote(consent::to_string(row.reason)) + R"(,"source":)" + json::quote(row.source) +
           "}";
  }
  return out + "]}";
}

}  // namespace

Result<std::string> OfficerView::render(const identity::Profile* profile,
                                        const consent::Policy& policy, const consent::Gate& gate,
                                        const crypto::BlindIndex& link_index,
                                        const Question& question, Time now) {
  const PiiAccess access;
  std::string out = R"({"known":)" + std::string(profile != nullptr ? "true" : "false");
  if (profile != nullptr) {
    out += R"(,"subject":)" + json::quote(profile->subject.to_string()) + R"(,"records":[)";
    for (const auto& member : profile->members) {
      separate(out);
      out += R"({"source":)" + json::quote(member.document.source) + R"(,"statements":)" +
             std::to_string(member.document.statements.size()) + R"(,"attributes":{)";
      for (const auto& [name, value] : member.document.attributes) {
        separate(out);
        out += json::quote(name) + ":";
        out += question.show_values ? value.json.open(access) : json::quote("(hidden)");
      }
      out += "}}";
    }
    out += R"(],"effective":)" + effective_json(*profile, policy, link_index, now);
  }
  if (!question.destination.empty()) {
    CDP_TRY(const auto explanation,
            gate.explain({question.destination, question.purpose, {}}, profile, now));
    out += R"(,"explanation":)" + explanation_json(explanation);
  }
  return out + "}";
}

}  // namespace cdp::app
