// Everything that a store answers, as values: two stores are equal when their dumps are.
//
// Thread-safety: one test's thread.
#pragma once

#include <tuple>

#include "tests/support/store_fixture.h"

namespace cdp::testing {

struct LedgerDump {
  Token last_batch{};
  Position last_position;
  Position effects_position;
  std::uint64_t last_outbox = 0;
  std::vector<store::Record> records;
  std::vector<store::Tombstone> tombstones;
  std::vector<store::AuditRow> audit;
  std::vector<store::RequestRow> requests;
  std::vector<store::AccessToken> tokens;
  std::vector<std::tuple<Token, Token, Time, Time, Bytes>> opt_ins;
  std::vector<store::OutboxItem> outbox;
  std::vector<store::Disclosure> disclosures;
  bool operator==(const LedgerDump&) const = default;
};

inline LedgerDump dump(const store::Ledger& ledger, std::uint64_t personas) {
  LedgerDump all;
  all.last_batch = ledger.last_batch().value();
  all.last_position = ledger.last_position().value();
  all.effects_position = ledger.effects_position().value();
  all.last_outbox = ledger.last_outbox_id().value();
  EXPECT_TRUE(ledger.read(Position(), SIZE_MAX,
                          [&](const store::Record& row) { all.records.push_back(row); }));
  EXPECT_TRUE(
      ledger.each_tombstone([&](const store::Tombstone& row) { all.tombstones.push_back(row); }));
  EXPECT_TRUE(ledger.read_audit(0, UINT64_MAX,
                                [&](const store::AuditRow& row) { all.audit.push_back(row); }));
  all.requests = ledger.requests("", SIZE_MAX).value();
  all.tokens = ledger.tokens().value();
  const auto waiting = ledger.opt_ins_ended(Time{INT64_MAX}, SIZE_MAX).value();
  for (const Token& id : waiting) {
    const auto row = ledger.opt_in(id).value();
    EXPECT_TRUE(row.has_value());
    if (row)
      all.opt_ins.emplace_back(id, row->address, row->requested_at, row->ends_at, row->sealed);
  }
  for (std::uint64_t persona = 1; persona <= personas; ++persona) {
    const auto outbox = ledger.outbox_of(PersonaOrdinal(persona)).value();
    all.outbox.insert(all.outbox.end(), outbox.begin(), outbox.end());
    const auto disclosures = ledger.disclosures_of(PersonaOrdinal(persona)).value();
    all.disclosures.insert(all.disclosures.end(), disclosures.begin(), disclosures.end());
  }
  return all;
}

struct StateDump {
  Position applied;
  std::uint64_t observations = 0;
  std::vector<store::LinkRow> links;
  std::vector<store::PersonaRow> personas;
  std::vector<store::CannotLinkRow> cannot_link;
  std::vector<store::MustLinkRow> must_link;
  std::vector<store::ReviewRow> reviews;
  std::vector<store::RetractionRow> retractions;
  std::vector<store::LatchRow> latches;
  std::vector<Position> versions;  // of all known personas, one after another
  std::vector<store::HeadPage> heads;
  std::vector<store::DocumentRow> documents;
  bool operator==(const StateDump&) const = default;
};

inline StateDump dump(const store::State& state) {
  StateDump all;
  all.applied = state.applied_position().value();
  all.observations = state.observations().value();
  EXPECT_TRUE(state.each_link([&](const store::LinkRow& row) { all.links.push_back(row); }));
  EXPECT_TRUE(
      state.each_persona([&](const store::PersonaRow& row) { all.personas.push_back(row); }));
  EXPECT_TRUE(state.each_cannot_link(
      [&](const store::CannotLinkRow& row) { all.cannot_link.push_back(row); }));
  EXPECT_TRUE(
      state.each_must_link([&](const store::MustLinkRow& row) { all.must_link.push_back(row); }));
  EXPECT_TRUE(state.each_review([&](const store::ReviewRow& row) { all.reviews.push_back(row); }));
  EXPECT_TRUE(state.each_retraction(
      [&](const store::RetractionRow& row) { all.retractions.push_back(row); }));
  EXPECT_TRUE(state.each_latch([&](const store::LatchRow& row) { all.latches.push_back(row); }));
  for (const auto& persona : all.personas) {
    const auto versions = state.versions_of(persona.persona).value();
    all.versions.insert(all.versions.end(), versions.begin(), versions.end());
  }
  EXPECT_TRUE(state.each_head_page([&](const store::HeadPage& row) { all.heads.push_back(row); }));
  EXPECT_TRUE(state.each_document([&](const store::DocumentRow& row) {
    all.documents.push_back(row);
    return true;
  }));
  return all;
}

inline std::vector<store::KeyRow> dump(const store::KeyStore& keys) {
  std::vector<store::KeyRow> all;
  EXPECT_TRUE(keys.each([&](const store::KeyRow& row) {
    all.push_back(row);
    return true;
  }));
  return all;
}

}  // namespace cdp::testing
