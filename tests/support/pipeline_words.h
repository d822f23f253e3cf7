// Words over PipelineWorld that more than one test of the pipeline uses.
#pragma once

#include "cdp/core/event/json.h"
#include "tests/support/pii_for_tests.h"
#include "tests/support/pipeline_world.h"

namespace cdp::testing {

inline event::Attribute text_attribute(const std::string& name, const std::string& text) {
  return {name, Pii<std::string>(json::quote(text))};
}

inline event::StatementDraft choice(event::Choice choice,
                                    const std::string& purpose = "personalize.content") {
  event::StatementDraft draft;
  draft.purpose = purpose;
  draft.choice = choice;
  return draft;
}

inline std::future<Result<app::Verdicts>> send_later(app::Pipeline& pipeline,
                                                     std::vector<app::Prepared> items) {
  auto promise = std::make_shared<std::promise<Result<app::Verdicts>>>();
  auto answer = promise->get_future();
  app::Submission submission{std::move(items), [promise](Result<app::Verdicts> verdicts) {
                               promise->set_value(std::move(verdicts));
                             }};
  EXPECT_EQ(pipeline.submit(submission), app::Busy::no);
  return answer;
}

inline std::future<Result<app::Verdicts>> send_later(PipelineWorld& world, event::Observation o) {
  std::vector<app::Prepared> items;
  items.push_back(world.prepare(std::move(o)));
  return send_later(world.pipeline(), std::move(items));
}

inline bool is_unavailable(const Result<app::Verdicts>& answer) {
  return !answer && answer.error().code == ErrorCode::unavailable;
}

// The persona's own document, as readers see it; empty when nobody answers to the user id.
inline std::optional<identity::PersonaDocument> document_of(PipelineWorld& world,
                                                            const std::string& user) {
  const auto profile = world.profile("user_id", user);
  if (!profile) return std::nullopt;
  const auto key = "user:" + user;
  for (const auto& member : profile->members) {
    if (reveal(member.document.persona_key) == key) return member.document;
  }
  return std::nullopt;
}

// What the planner does with a "no" (the effect planner proper needs a policy and destinations).
inline std::vector<app::PlannedEffect> plan_copies(const app::Folded& folded) {
  std::vector<app::PlannedEffect> effects;
  for (const auto& statement : folded.statements) {
    if (statement.choice == event::Choice::granted) continue;
    for (const PersonaOrdinal member : folded.members) {
      if (member == folded.persona) continue;
      effects.push_back({folded.position, app::CopyStatement{member, statement}});
    }
  }
  return effects;
}

// The persona's number; none when nobody knows it.
inline PersonaOrdinal ordinal_of(PipelineWorld& world, const std::string& user) {
  world.pipeline().fold().drain();
  PersonaOrdinal found;
  const Token token = world.pipeline().keyed().persona_token(world.source().name, "user:" + user);
  world.pipeline().live().with_graph([&](const identity::Graph& graph) {
    found = graph.persona(token).value_or(PersonaOrdinal{});
  });
  return found;
}

// An officer's decision, as a record; returns when readers see it.
inline Result<void> record_decision(PipelineWorld& world, Bytes body) {
  auto items = std::make_shared<std::vector<app::FoldItem>>();
  auto promise = std::make_shared<std::promise<Result<void>>>();
  auto answer = promise->get_future();
  app::Command command;
  command.fold_items = items;
  command.fill = [&world, body, items](app::BatchBuilder& builder) -> Result<void> {
    items->clear();
    const auto position =
        builder.append_clear(store::RecordKind::link_decision, {}, body, world.clock().now());
    items->push_back({position, {}, store::RecordKind::link_decision, body});
    return {};
  };
  command.done = [promise](Result<void> result) { promise->set_value(std::move(result)); };
  world.pipeline().writer().command(std::move(command));
  return answer.get();
}

inline Result<void> decide(PipelineWorld& world, app::LinkDecision::Kind kind, const std::string& a,
                           const std::string& b,
                           app::LinkDecision::Origin origin = app::LinkDecision::Origin::accepted) {
  app::LinkDecision decision;
  decision.kind = kind;
  decision.first = ordinal_of(world, a);
  decision.second = ordinal_of(world, b);
  decision.origin = origin;
  return record_decision(world, decision.encode());
}

// Keeps two personas apart, or no longer.
inline Result<void> decide_link(PipelineWorld& world, bool apart, const std::string& a,
                                const std::string& b) {
  using Kind = app::LinkDecision::Kind;
  return decide(world, apart ? Kind::apart : Kind::not_apart, a, b);
}

}  // namespace cdp::testing
