#include "cdp/app/likeness.h"

#include <algorithm>
#include <map>

#include "cdp/app/decisions.h"
#include "cdp/core/crypto/signature.h"
#include "consent/effective.h"
#include "identity/match/batch.h"
#include "identity/profile_reader.h"

namespace cdp::app {
namespace {

namespace match = identity::match;

constexpr std::size_t kDecisionsPerCommit = 500;

struct People {
  match::Config config;
  std::unique_ptr<match::Table> table;
  std::vector<PersonaOrdinal> personas;  // by row
  std::vector<PersonaOrdinal> subjects;  // by row: the subject's first member
  std::map<PersonaOrdinal, std::vector<PersonaOrdinal>> members;
  std::uint64_t refused = 0;
};

// One pair of subjects: the heaviest of their records' pairs stands for them.
struct Found {
  PersonaOrdinal first, second;
  match::Weight weight = 0;
  bool same_cluster = false;
};

Result<match::Config> config_of(const consent::MatchingConfig& matching) {
  match::Config config;
  for (const auto& [attribute, meaning] : matching.fields) {
    const auto kind = match::kind_of(meaning);
    if (kind) config.fields.push_back({attribute, *kind});
  }
  config.review_bits = static_cast<double>(matching.review);
  config.link_bits = static_cast<double>(matching.auto_link.value_or(matching.review + 100));
  CDP_CHECK(match::check(config));
  return config;
}

// Opens a person's records, unless the person refused.
void add_person(const identity::Profile& profile, const consent::Policy& policy, Time now,
                People* people) {
  const auto decisions = consent::decide_cohort(std::span(&profile, 1), policy,
                                                *policy.purpose(kLinkingPurpose), "", now);
  if (!decisions.front().allowed) {
    people->refused += profile.members.size();
    return;
  }
  const PersonaOrdinal subject = profile.members.front().persona;
  for (const auto& member : profile.members) {
    people->members[subject].push_back(member.persona);
    std::vector<std::string> values;
    bool any = false;
    for (const auto& field : people->config.fields) {
      values.push_back(identity::ProfileReader::text(member.document, field.name));
      any = any || !values.back().empty();
    }
    if (!any) continue;
    people->table->add(member.persona.value(), values);
    people->personas.push_back(member.persona);
    people->subjects.push_back(subject);
  }
}

Result<People> open_people(Pipeline& pipeline, const consent::Policy& policy) {
  People people;
  CDP_TRY(people.config, config_of(policy.matching));
  people.table = std::make_unique<match::Table>(people.config);
  std::vector<PersonaOrdinal> all;
  CDP_CHECK(pipeline.services().keys.each([&](const store::KeyRow& row) {
    all.push_back(row.ordinal);
    return true;
  }));
  const Time now = pipeline.services().clock.now();
  for (const PersonaOrdinal persona : all) {
    CDP_TRY(const auto profile, pipeline.live().profile_of(persona));
    if (!profile || profile->members.front().persona != persona) continue;
    add_person(*profile, policy, now, &people);
  }
  return people;
}

std::vector<Found> best_pairs(const People& people, const match::BatchResult& result) {
  std::map<match::Row, std::size_t> cluster_of;
  for (std::size_t i = 0; i < result.clusters.size(); ++i) {
    for (const match::Row row : result.clusters[i]) cluster_of[row] = i + 1;
  }
  std::map<std::pair<PersonaOrdinal, PersonaOrdinal>, Found> best;
  for (const auto& edge : result.edges) {
    PersonaOrdinal a = people.subjects[edge.a], b = people.subjects[edge.b];
    if (a == b) continue;
    Found found{people.personas[edge.a], people.personas[edge.b], edge.weight, false};
    const auto first = cluster_of.find(edge.a), second = cluster_of.find(edge.b);
    found.same_cluster =
        first != cluster_of.end() && second != cluster_of.end() && first->second == second->second;
    if (b < a) {
      std::swap(a, b);
      std::swap(found.first, found.second);
    }
    const auto [at, added] = best.try_emplace({a, b}, found);
    if (!added && at->second.weight < found.weight) at->second = found;
  }
  std::vector<Found> out;
  for (const auto& [subjects, found] : best) out.push_back(found);
  return out;
}

// Somebody decided already: held apart, joined, or waiting.
bool is_decided(Pipeline& pipeline, const People& people, const Found& found) {
  const auto subject_of = [&](PersonaOrdinal persona) {
    const auto at = std::find(people.personas.begin(), people.personas.end(), persona);
    return people.subjects[static_cast<std::size_t>(at - people.personas.begin())];
  };
  for (const PersonaOrdinal a : people.members.at(subject_of(found.first))) {
    for (const PersonaOrdinal b : people.members.at(subject_of(found.second))) {
      if (pipeline.live().is_decided(a, b)) return true;
    }
  }
  return false;
}

Result<void> commit_found(Pipeline& pipeline, const consent::MatchingConfig& matching,
                          const std::vector<Found>& all, LikenessReport* report) {
  const auto link_at =
      matching.auto_link ? std::optional(match::weight_of(static_cast<double>(*matching.auto_link)))
                         : std::nullopt;
  for (std::size_t at = 0; at < all.size(); at += kDecisionsPerCommit) {
    const std::size_t end = std::min(all.size(), at + kDecisionsPerCommit);
    CDP_CHECK(commit_decisions(pipeline, [&](DecisionWriter& writer) -> Result<void> {
      for (std::size_t i = at; i < end; ++i) {
        const bool link = link_at && all[i].weight >= *link_at && all[i].same_cluster;
        LinkDecision decision;
        decision.kind = link ? LinkDecision::Kind::join : LinkDecision::Kind::propose;
        decision.origin = link ? LinkDecision::Origin::matched : LinkDecision::Origin::proposed;
        decision.first = all[i].first;
        decision.second = all[i].second;
        decision.model = report->model;
        decision.millibits = std::lround(match::bits_of(all[i].weight) * 1000);
        writer.add(decision);
        ++(link ? report->linked : report->proposed);
      }
      return {};
    }));
  }
  return {};
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
    return builder.audit(std::move(entry));
  });
}

std::string version_of(const match::Model& model) {
  const auto digest = crypto::sha256(as_bytes(match::write(model)));
  return "fellegi-sunter-" + std::to_string(match::kModelVersion) + ":" +
         to_hex(ByteView(digest).first(8));
}

}  // namespace

Result<LikenessReport> match_people(Pipeline& pipeline, const consent::Policy& policy) {
  if (!policy.matching.enabled || policy.purpose(kLinkingPurpose) == nullptr) {
    return fail(ErrorCode::unprocessable, "matching by likeness is off",
                "[identity.matching] enabled = true in cdp.toml turns it on");
  }
  pipeline.fold().drain();
  CDP_TRY(const auto people, open_people(pipeline, policy));
  // Only equality of keys matters, and only while this runs.
  const crypto::BlindIndex blocking(crypto::Secret::random(pipeline.services().random, 32), "match",
                                    1);
  match::Blocks blocks(*people.table, match::block_rules(people.config.fields), blocking,
                       people.config.block_records_max);
  const auto rows = static_cast<match::Row>(people.table->rows());
  for (match::Row row = 0; row < rows; ++row) blocks.add(row);
  const auto quiet = [](std::string_view, double) {};
  CDP_TRY(const auto model, match::train(people.config, *people.table, blocks, quiet));
  const match::Scorer scorer(*people.table, model);
  const auto result =
      match::run_batch(*people.table, blocks, scorer, match::weight_of(people.config.review_bits),
                       match::weight_of(people.config.join_bits), false, quiet);
  LikenessReport report;
  report.model = version_of(model);
  report.records = people.personas.size();
  report.refused = people.refused;
  report.compared = result.candidates;
  auto found = best_pairs(people, result);
  std::erase_if(found, [&](const Found& pair) { return is_decided(pipeline, people, pair); });
  CDP_CHECK(commit_found(pipeline, policy.matching, found, &report));
  CDP_CHECK(audit_run(pipeline, report));
  return report;
}

}  // namespace cdp::app
