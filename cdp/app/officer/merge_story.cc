#include "cdp/app/officer/merge_story.h"

#include <algorithm>
#include <set>

#include "cdp/app/officer/retractions.h"
#include "cdp/app/officer/reviews.h"
#include "cdp/core/event/json.h"
#include "identity/resolver.h"

namespace cdp::app {
namespace {

// The newest changes of a person who changed very often.
constexpr std::size_t kVersionsShown = 100;

std::string record_number(Position position) {
  return "record " + std::to_string(position.value());
}

std::string decision_in_words(const LinkDecision& decision) {
  using Kind = LinkDecision::Kind;
  const std::string because = decision.reason.empty() ? "" : ", " + decision.reason;
  switch (decision.kind) {
    case Kind::apart:
      return "an officer's decision: two people" + because;
    case Kind::not_apart:
      return "an officer's decision: no longer held apart" + because;
    case Kind::latch:
      return "an identifier that too many carry";
    case Kind::lift:
      return "an officer's decision: an identifier links again" + because;
    case Kind::join:
      if (decision.origin == LinkDecision::Origin::matched) {
        return "a match by likeness (" + decision.model + ")";
      }
      return "an officer's decision: one person" + because;
    case Kind::not_join:
      if (decision.origin == LinkDecision::Origin::proposed)
        return "a proposal withdrawn" + because;
      if (decision.origin == LinkDecision::Origin::matched) {
        return "a match by likeness parted" + because;
      }
      return "an officer's decision: no longer joined" + because;
    case Kind::propose:
      return "a proposal";
    case Kind::retract:
      return "an officer's decision: a join is taken back" + because;
    case Kind::restore:
      return "an officer's decision: a join is given back" + because;
  }
  return "a decision";
}

template <class List, class F>
std::string array_of(const List& list, F&& one) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? "," : "") + one(item);
  return out + "]";
}

std::string sizes_in_words(const std::vector<std::size_t>& sizes) {
  std::string out;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == sizes.size() ? " and " : ", ") + std::to_string(sizes[i]);
  }
  return out + (sizes == std::vector<std::size_t>{1} ? " record" : " records");
}

}  // namespace

Result<std::string> MergeStory::cause_in_words(Position cause) const {
  CDP_TRY(const auto record, pipeline_.services().ledger.get(cause));
  if (!record) return "a record that was erased since";
  if (record->kind == store::RecordKind::link_decision) {
    CDP_TRY(const auto decision, LinkDecision::decode(record->body));
    return decision_in_words(decision) + " (" + record_number(cause) + ")";
  }
  if (record->kind == store::RecordKind::retraction) {
    CDP_TRY(const auto item, open_record(*record, pipeline_.persona_keys(), pipeline_.codec()));
    CDP_TRY(const auto said, Retraction::decode(std::get<Bytes>(item.content)));
    return std::string("an officer's decision: an assertion is ") +
           (said.retracted ? "taken back" : "given back") + ", " + said.reason + " (" +
           record_number(cause) + ")";
  }
  CDP_TRY(const auto profile, pipeline_.live().profile_of(record->persona));
  if (profile) {
    for (const auto& member : profile->members) {
      if (member.persona != record->persona) continue;
      return "what " + member.document.source + " asserted (" + record_number(cause) + ")";
    }
  }
  return "an assertion (" + record_number(cause) + ")";
}

Result<std::vector<MergeStory::Version>> MergeStory::history(
    const identity::Profile& profile) const {
  std::set<Position> records;
  for (const auto& member : profile.members) {
    CDP_TRY(const auto of_member, pipeline_.live().versions_of(member.persona));
    records.insert(of_member.begin(), of_member.end());
  }
  while (records.size() > kVersionsShown) records.erase(records.begin());
  std::vector<Version> out;
  for (const Position position : records) {
    CDP_TRY(const auto record, pipeline_.services().ledger.get(position));
    if (!record) continue;
    CDP_TRY(const auto change, SubjectChange::decode(record->body));
    Version version{position,
                    change.cause,
                    record->received_at,
                    change.merged ? "merged" : "parted",
                    {},
                    change.rules,
                    {}};
    CDP_TRY(version.because, cause_in_words(change.cause));
    for (const auto& members : change.subjects) version.sizes.push_back(members.size());
    out.push_back(std::move(version));
  }
  return out;
}

std::vector<MergeStory::OverCap> MergeStory::over_cap(const identity::Profile& profile) const {
  std::vector<OverCap> out;
  std::set<Token> seen;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    for (const auto& member : profile.members) {
      for (const auto& link : graph.links_of(member.persona)) {
        const std::size_t carriers = graph.degree(link.identifier);
        const bool latched = graph.latched(link.identifier);
        const bool over = carriers > graph.rules().rule(link.kind).degree_max;
        if ((!latched && !over) || !seen.insert(link.identifier).second) continue;
        out.push_back({std::string(graph.rules().name_of(link.kind)), carriers, latched});
      }
    }
  });
  return out;
}

// Each by the id under which it is retracted; told in words at the end of `text`.
Result<std::string> MergeStory::assertions(const identity::Profile& profile,
                                           std::string& text) const {
  const Retractions retractions(pipeline_);
  CDP_TRY(const auto all, retractions.of(profile));
  if (!all.empty()) text += "what joins them, and can be taken back (merge undo --retract):\n";
  std::string json = "[";
  for (const auto& assertion : all) {
    CDP_TRY(const auto one, retractions.to_json(assertion));
    json += (json.size() > 1 ? "," : "") + one;
    text += "  " + assertion.id.to_string() + ": " + retractions.words(assertion);
    for (const PersonaOrdinal record : {assertion.persona, assertion.other}) {
      if (record.none()) continue;
      CDP_TRY(const auto key, pipeline_.persona_keys().open(record));
      text += (record == assertion.persona ? " of " : " and ") + key.persona.to_string();
    }
    text += "\n";
  }
  return json + "]";
}

std::string MergeStory::to_json(const std::string& text, const std::string& merge,
                                const std::string& assertions, const std::vector<Version>& versions,
                                const std::vector<Review>& held, const std::vector<OverCap>& over) {
  return R"({"text":)" + json::quote(text) + R"(,"merge":)" + merge + R"(,"assertions":)" +
         assertions + R"(,"history":)" +
         array_of(versions,
                  [](const Version& version) {
                    return R"({"at":)" + json::quote(to_rfc3339(version.at)) + R"(,"what":)" +
                           json::quote(version.what) + R"(,"record":)" +
                           std::to_string(version.record.value()) + R"(,"cause":)" +
                           std::to_string(version.cause.value()) + R"(,"because":)" +
                           json::quote(version.because) + R"(,"rules":)" +
                           json::quote(version.rules) + R"(,"members":)" +
                           array_of(version.sizes,
                                    [](std::size_t n) { return std::to_string(n); }) +
                           "}";
                  }) +
         R"(,"held":)" +
         array_of(held,
                  [](const Review& review) {
                    return R"({"id":)" + json::quote(review.id.to_string()) + R"(,"words":)" +
                           json::quote(Reviews::words(review)) + "}";
                  }) +
         R"(,"over_cap":)" +
         array_of(over,
                  [](const OverCap& one) {
                    return R"({"type":)" + json::quote(one.type) + R"(,"carriers":)" +
                           std::to_string(one.carriers) + R"(,"latched":)" +
                           (one.latched ? "true" : "false") + "}";
                  }) +
         "}";
}

Result<MergeStory::Told> MergeStory::tell(const identity::Profile& profile) const {
  identity::MergeExplanation explanation;
  explanation.subject = profile.subject;
  for (const auto& member : profile.members) {
    CDP_TRY(const auto key, pipeline_.persona_keys().open(member.persona));
    explanation.members.push_back({member.persona, key.persona.to_string(), member.document.source,
                                   member.document.anonymous});
  }
  const PersonaOrdinal first = profile.members.front().persona;
  explanation.joins = pipeline_.live().explain(first).joins;
  Told told;
  std::string merge;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    told.text = identity::explain_in_words(explanation, graph.rules());
    merge = identity::explain_as_json(explanation, graph.rules());
  });
  CDP_TRY(const auto retractable, assertions(profile, told.text));
  CDP_TRY(const auto versions, history(profile));
  if (!versions.empty()) told.text += "how it came about (rules in brackets):\n";
  for (const auto& version : versions) {
    told.text += "  " + to_rfc3339(version.at) + " " + version.what + " into " +
                 sizes_in_words(version.sizes) + " by " + version.because + " [" + version.rules +
                 "]\n";
  }
  std::vector<Review> held;
  CDP_TRY(held, Reviews(pipeline_).of(profile));
  if (!held.empty()) told.text += "held apart, although something is shared:\n";
  for (const auto& review : held) {
    told.text += "  " + review.id.to_string() + ": " + Reviews::words(review) + "\n";
  }
  const auto over = over_cap(profile);
  for (const auto& one : over) {
    told.text += "a value of the type " + one.type + " is carried by " +
                 std::to_string(one.carriers) + " records: it links nobody" +
                 (one.latched ? " until it is lifted" : "") + "\n";
  }
  told.json = to_json(told.text, merge, retractable, versions, held, over);
  return told;
}

}  // namespace cdp::app
