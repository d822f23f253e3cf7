// Random streams of observations by seed: few people under many identifiers, so that they meet;
// choices, repeats, and officers' decisions in between.
#pragma once

#include "tests/support/pipeline_words.h"

namespace cdp::testing {

struct StreamStep {
  enum class Kind : std::uint8_t { observe, keep_apart, let_together } kind = Kind::observe;
  std::string user, other;  // `other`: of a decision
  std::string message;
  std::string attribute, value;
  std::string shared;  // an identifier that others carry too; "" = none
  bool anonymous = false;
  std::optional<event::Choice> said;
  std::int64_t age_s = 0;  // occurred this long before it was received
};

inline StreamStep random_step(SeededRandom& random, std::size_t number, std::uint64_t people) {
  StreamStep step;
  step.user = "u" + std::to_string(random.below(people));
  step.message = "m" + std::to_string(number);
  const auto dice = random.below(20);
  if (dice == 0 || dice == 1) {
    step.kind = dice == 0 ? StreamStep::Kind::keep_apart : StreamStep::Kind::let_together;
    step.other = "u" + std::to_string(random.below(people));
    if (step.other != step.user) return step;
    step.kind = StreamStep::Kind::observe;
  }
  if (random.below(3) != 0) {
    step.attribute = "a" + std::to_string(random.below(4));
    step.value = std::to_string(number);
  }
  if (random.below(3) == 0) step.shared = "s" + std::to_string(random.below(people / 2 + 1));
  if (random.below(4) == 0) {
    constexpr std::array kChoices = {event::Choice::granted, event::Choice::denied,
                                     event::Choice::withdrawn, event::Choice::objected};
    step.said = kChoices[random.below(kChoices.size())];
  }
  step.age_s = static_cast<std::int64_t>(random.below(100));
  return step;
}

inline std::vector<StreamStep> random_stream(std::uint64_t seed, std::size_t steps,
                                             std::uint64_t people) {
  SeededRandom random(seed);
  std::vector<StreamStep> out;
  for (std::size_t i = 0; i < steps; ++i) out.push_back(random_step(random, i, people));
  return out;
}

inline event::Observation observation_of(PipelineWorld& world, const StreamStep& step) {
  auto o = world.observation(step.user, step.message);
  o.occurred_at = o.received_at - Duration::seconds(step.age_s);
  if (!step.attribute.empty()) {
    o.attributes.push_back(text_attribute(step.attribute, step.value));
  }
  if (!step.shared.empty()) {
    o.identifiers.push_back({"customer_id", Pii<std::string>(step.shared)});
  }
  if (step.said) o.statements.push_back(choice(*step.said));
  return o;
}

// Sends the steps, observations in groups of up to `batch`, and waits for the effects.
inline void play(PipelineWorld& world, const std::vector<StreamStep>& steps, std::size_t batch) {
  std::vector<app::Prepared> items;
  const auto send = [&] {
    if (items.empty()) return;
    const auto verdicts = world.send(std::exchange(items, {}));
    ASSERT_TRUE(verdicts.has_value()) << verdicts.error().what;
  };
  for (const auto& step : steps) {
    if (step.kind == StreamStep::Kind::observe) {
      items.push_back(world.prepare(observation_of(world, step)));
      if (items.size() >= batch) send();
      continue;
    }
    send();
    ASSERT_TRUE(
        decide_link(world, step.kind == StreamStep::Kind::keep_apart, step.user, step.other));
  }
  send();
  ASSERT_TRUE(world.pipeline().fold().settle());
}

// What the live state means, without what chance decides (ids, nonces): partition and documents.
struct Meaning {
  Token partition{};
  std::map<Token, Bytes> documents;  // by persona token
  bool operator==(const Meaning&) const = default;
};

inline Meaning meaning_of(app::Pipeline& pipeline) {
  Meaning meaning;
  std::vector<PersonaOrdinal> personas;
  pipeline.live().with_graph([&](const identity::Graph& graph) {
    meaning.partition = graph.partition_hash();
    for (std::uint64_t n = 1; n <= 1'000; ++n) {
      if (graph.persona_token(PersonaOrdinal(n))) personas.emplace_back(n);
    }
  });
  for (const PersonaOrdinal persona : personas) {
    const auto profile = pipeline.live().profile_of(persona);
    EXPECT_TRUE(profile.has_value() && profile->has_value());
    if (!profile || !*profile) continue;
    for (const auto& member : (*profile)->members) {
      meaning.documents[member.document.persona_token] = member.document.encode();
    }
  }
  return meaning;
}

}  // namespace cdp::testing
