#include "cdp/app/likeness/likeness.h"

#include <algorithm>
#include <map>
#include <set>

#include "cdp/app/likeness/pairs.h"
#include "cdp/app/likeness/scores_now.h"
#include "cdp/app/likeness/take_backs.h"
#include "identity/match/batch.h"

namespace cdp::app {
namespace {

namespace match = identity::match;

// Everybody who may be compared, in memory, with blocks. Lifetime: blocks point into the table.
struct People {
  match::Config config;
  match::Table table;
  crypto::BlindIndex blocking;  // only equality of keys matters, and only while this lives
  match::Blocks blocks;
  std::vector<PersonaOrdinal> personas;  // by row
  std::vector<PersonaOrdinal> subjects;  // by row: the subject's first member
  std::set<PersonaOrdinal> refused;

  People(match::Config wanted, Random& random)
      : config(std::move(wanted)),
        table(config),
        blocking(crypto::Secret::random(random, 32), "match", 1),
        blocks(table, match::block_rules(config.fields), blocking, config.block_records_max) {}
};

constexpr std::size_t kProgressEvery = 1'000;

Result<void> check_enabled(const consent::Policy& policy) {
  if (policy.matching.enabled && policy.purpose(kLinkingPurpose) != nullptr) return {};
  return fail(ErrorCode::unprocessable, "matching by likeness is off",
              "[identity.matching] enabled = true in cdp.toml turns it on");
}

// Opens a person's records, but for those that refused.
Result<void> add_person(const identity::Profile& profile, const consent::Policy& policy,
                        const crypto::BlindIndex& link_index, Time now, People* people) {
  const auto allowed = may_be_matched(profile, policy, now);
  for (const auto& member : profile.members) {
    if (!allowed.contains(member.persona)) people->refused.insert(member.persona);
  }
  for (const OpenedRecord& record :
       open_records(profile, allowed, policy, link_index, people->config.fields)) {
    if (people->personas.size() >= static_cast<std::uint64_t>(policy.matching.records_max)) {
      return fail(ErrorCode::unprocessable,
                  "the store has more records than matching may hold in memory",
                  "[identity.matching] records_max in cdp.toml; a record takes about 1 kB");
    }
    people->blocks.add(people->table.add(record.persona.value(), record.values));
    people->personas.push_back(record.persona);
    people->subjects.push_back(profile.members.front().persona);
  }
  return {};
}

Result<std::unique_ptr<People>> open_people(Pipeline& pipeline, const consent::Policy& policy,
                                            match::Config config, const match::Progress& progress) {
  pipeline.fold().drain();
  auto people = std::make_unique<People>(std::move(config), pipeline.services().random);
  std::vector<PersonaOrdinal> all;
  CDP_CHECK(pipeline.services().keys.each([&](const store::KeyRow& row) {
    all.push_back(row.ordinal);
    return true;
  }));
  const Time now = pipeline.services().clock.now();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % kProgressEvery == 0) {
      progress("reading", static_cast<double>(i) / static_cast<double>(all.size()));
    }
    const PersonaOrdinal persona = all[i];
    CDP_TRY(const auto profile, pipeline.live().profile_of(persona));
    if (!profile || profile->members.front().persona != persona) continue;
    CDP_CHECK(add_person(*profile, policy, pipeline.keyed().link, now, people.get()));
  }
  return people;
}

std::vector<LikePair> pairs_of(const People& people, const match::BatchResult& result) {
  std::map<match::Row, std::size_t> cluster_of;
  for (std::size_t i = 0; i < result.clusters.size(); ++i) {
    for (const match::Row row : result.clusters[i]) cluster_of[row] = i + 1;
  }
  LikePairs pairs;
  for (const auto& edge : result.edges) {
    const auto a = cluster_of.find(edge.a), b = cluster_of.find(edge.b);
    const bool same = a != cluster_of.end() && b != cluster_of.end() && a->second == b->second;
    pairs.add(people.subjects[edge.a], people.subjects[edge.b],
              {people.personas[edge.a], people.personas[edge.b], edge.weight, same});
  }
  return pairs.take();
}

Result<void> audit_run(Pipeline& pipeline, const LikenessReport& report) {
  return pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "match_run";
    entry.at = pipeline.services().clock.now();
    entry.fields["model"] = report.model;
    entry.fields["records"] = static_cast<std::int64_t>(report.records);
    entry.fields["refused"] = static_cast<std::int64_t>(report.refused);
    entry.fields["linked"] = static_cast<std::int64_t>(report.linked);
    entry.fields["proposed"] = static_cast<std::int64_t>(report.proposed);
    entry.fields["withdrawn"] = static_cast<std::int64_t>(report.withdrawn);
    entry.fields["unlinked"] = static_cast<std::int64_t>(report.unlinked);
    return builder.audit(entry);
  });
}

Result<MatchModels::Stored> train_on(People& people, MatchModels& models,
                                     const match::Progress& progress) {
  CDP_TRY(auto model, match::train(people.config, people.table, people.blocks, progress));
  return models.save(std::move(model));
}

}  // namespace

Result<identity::match::Explanation> explain_likeness(Pipeline& pipeline,
                                                      const consent::Policy& policy,
                                                      const MatchModels& models,
                                                      PersonaOrdinal first, PersonaOrdinal second) {
  CDP_CHECK(check_enabled(policy));
  CDP_TRY(const auto stored, models.load(policy.matching));
  if (!stored) {
    return fail(ErrorCode::unprocessable, "no model was trained yet", "cdp match train --dir DIR");
  }
  CDP_TRY(auto why, ScoresNow(pipeline, policy, stored->model).explanation(first, second));
  if (why) return std::move(*why);
  return fail(ErrorCode::unprocessable, "one of the two cannot be compared now",
              "the record is gone, has none of the fields, or its person refuses");
}

Result<LikenessTraining> train_on_people(Pipeline& pipeline, const consent::Policy& policy,
                                         MatchModels& models, const match::Progress& progress) {
  CDP_CHECK(check_enabled(policy));
  CDP_TRY(auto config, match_config_of(policy.matching));
  CDP_TRY(const auto people, open_people(pipeline, policy, std::move(config), progress));
  CDP_TRY(const auto trained, train_on(*people, models, progress));
  return LikenessTraining{trained.version, people->personas.size(), people->refused.size()};
}

Result<LikenessReport> match_people(Pipeline& pipeline, const consent::Policy& policy,
                                    MatchModels& models, const match::Progress& progress) {
  CDP_CHECK(check_enabled(policy));
  CDP_TRY(auto config, match_config_of(policy.matching));
  CDP_TRY(auto stored, models.load(policy.matching));
  if (stored) config = stored->model.config;
  CDP_TRY(const auto people, open_people(pipeline, policy, std::move(config), progress));
  LikenessReport report;
  report.trained = !stored.has_value();
  if (!stored) {
    CDP_TRY(stored, train_on(*people, models, progress));
  }
  people->table.set_terms(stored->model.terms);
  const match::Scorer scorer(people->table, stored->model);
  const auto result = match::run_batch(
      people->table, people->blocks, scorer, match::weight_of(stored->model.config.review_bits),
      match::weight_of(stored->model.config.join_bits), false, progress);
  report.model = stored->version;
  report.records = people->personas.size();
  report.refused = people->refused.size();
  report.compared = result.candidates;
  CDP_TRY(const auto refused, take_back_refused(pipeline, policy, people->refused));
  CDP_TRY(const auto stale, withdraw_all_stale(pipeline, policy, stored->model));
  report.withdrawn = refused.withdrawn + stale;
  report.unlinked = refused.unlinked;
  CDP_TRY(const auto decided,
          decide_pairs(pipeline, policy, report.model, pairs_of(*people, result), progress));
  report.linked = decided.linked;
  report.proposed = decided.proposed;
  CDP_CHECK(audit_run(pipeline, report));
  return report;
}

}  // namespace cdp::app
