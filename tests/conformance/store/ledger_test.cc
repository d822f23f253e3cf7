#include "tests/support/store_dump.h"

namespace cdp::store {
namespace {

using namespace cdp::testing;

class LedgerPromises : public ::testing::TestWithParam<EngineKind> {
 protected:
  StoreUnderTest store_{GetParam()};
  Fence fence_ = store_.ledger().take_fence().value();

  Ledger& ledger() { return store_.ledger(); }
  void commit(const LedgerBatch& batch) {
    const auto done = ledger().commit(batch, fence_);
    ASSERT_TRUE(done) << done.error().what;
  }
  ErrorCode refusal(const LedgerBatch& batch, Fence fence) {
    const auto done = ledger().commit(batch, fence);
    return done ? ErrorCode::internal : done.error().code;
  }
};

TEST_P(LedgerPromises, ReadsBackWhatWasCommitted) {
  commit(batch_of(1, 3));
  store_.reopen();
  EXPECT_EQ(ledger().get(Position(2)).value(), record_at(2));
  EXPECT_EQ(ledger().get(Position(9)).value(), std::nullopt);
  EXPECT_EQ(ledger().get(Position()).value(), std::nullopt);
  EXPECT_EQ(ledger().last_position().value(), Position(3));
  EXPECT_EQ(ledger().last_batch().value(), token_of(3));
}

TEST_P(LedgerPromises, ReadsByKeysetInOrder) {
  commit(batch_of(1, 1'500));
  commit(batch_of(1'501, 2'600));
  std::vector<std::uint64_t> seen;
  const auto take = [&](const Record& row) { seen.push_back(row.position.value()); };
  EXPECT_EQ(ledger().read(Position(10), 3, take).value(), 3U);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{11, 12, 13}));
  seen.clear();
  EXPECT_EQ(ledger().read(Position(), SIZE_MAX, take).value(), 2'600U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(ledger().read(Position(2'600), 10, take).value(), 0U);
}

TEST_P(LedgerPromises, NeverReusesThePositionOfAnErasedNewestRecord) {
  commit(batch_of(1, 3));
  ASSERT_TRUE(ledger().erase({Position(3), Position(2)}, {}, fence_));
  store_.reopen();
  EXPECT_EQ(ledger().last_position().value(), Position(3));
  EXPECT_EQ(ledger().get(Position(3)).value(), std::nullopt);
  EXPECT_EQ(refusal(batch_of(3, 3), fence_), ErrorCode::conflict);
  commit(batch_of(4, 4));
}

TEST_P(LedgerPromises, RefusesPositionsWithGapsAndWritesNothing) {
  LedgerBatch gap = batch_of(1, 2);
  gap.records[1].position = Position(3);
  gap.meta = {{"k", {1}}};
  EXPECT_EQ(refusal(gap, fence_), ErrorCode::conflict);
  EXPECT_EQ(ledger().last_position().value(), Position());
  EXPECT_TRUE(ledger().meta("k").value().empty());
  EXPECT_EQ(ledger().last_batch().value(), Token{});
}

TEST_P(LedgerPromises, RefusesAnEarlierFenceForEveryWrite) {
  commit(batch_of(1, 1));
  const Fence newer = ledger().take_fence().value();
  EXPECT_EQ(refusal(batch_of(2, 2), fence_), ErrorCode::conflict);
  EXPECT_EQ(ledger().erase({Position(1)}, {}, fence_).error().code, ErrorCode::conflict);
  EXPECT_EQ(ledger().last_batch().value(), token_of(1));
  EXPECT_TRUE(ledger().commit(batch_of(2, 2), newer));
}

TEST_P(LedgerPromises, KeepsTheFenceAcrossReopening) {
  store_.reopen();
  EXPECT_GT(ledger().take_fence().value().epoch, fence_.epoch);
}

TEST_P(LedgerPromises, CommitsAnEffectOnce) {
  LedgerBatch batch;
  batch.batch_id = token_of(1);
  batch.effects = {{Position(1), 1, "mail"}, {Position(1), 2, "mail"}, {Position(1), 1, "ads"}};
  batch.effects_position = Position(1);
  commit(batch);
  LedgerBatch again = batch_of(1, 1);
  again.effects = {{Position(2), 1, "mail"}, {Position(1), 1, "ads"}};
  again.effects_position = Position(2);
  EXPECT_EQ(refusal(again, fence_), ErrorCode::conflict);
  EXPECT_EQ(ledger().effects_position().value(), Position(1));
  EXPECT_EQ(ledger().last_position().value(), Position()) << "all of the batch or nothing";
  LedgerBatch twice;
  twice.effects = {{Position(5), 1, "x"}, {Position(5), 1, "x"}};
  EXPECT_EQ(refusal(twice, fence_), ErrorCode::conflict);
}

TEST_P(LedgerPromises, NeverMovesTheEffectsPositionBack) {
  LedgerBatch batch;
  batch.effects_position = Position(5);
  commit(batch);
  batch.effects_position = Position(4);
  EXPECT_EQ(refusal(batch, fence_), ErrorCode::conflict);
  batch.effects_position = std::nullopt;
  commit(batch);
  store_.reopen();
  EXPECT_EQ(ledger().effects_position().value(), Position(5));
}

TEST_P(LedgerPromises, FillsTheDedupWindowExactly) {
  LedgerBatch batch = batch_of(1, 300);      // a minute apart
  batch.records[149].dedup = Token{};        // not deduplicated
  batch.records[299].received_at = Time{1};  // a clock that stepped back
  commit(batch);
  const Time since = record_at(100).received_at;
  std::map<Token, Position> seen;
  ASSERT_TRUE(ledger().each_dedup(since, [&](const Token& token, Position position, Time at) {
    EXPECT_GE(at, since);
    seen.emplace(token, position);
  }));
  EXPECT_EQ(seen.size(), 199U);
  EXPECT_EQ(seen.begin()->first, token_of(seen.begin()->second.value()));
  EXPECT_FALSE(seen.contains(token_of(99)));
  EXPECT_TRUE(seen.contains(token_of(100)));
  std::size_t none = 0;
  ASSERT_TRUE(ledger().each_dedup(record_at(9'999).received_at,
                                  [&](const Token&, Position, Time) { ++none; }));
  EXPECT_EQ(none, 0U);
}

TEST_P(LedgerPromises, KeepsTheLaterTombstoneAndLiftsOnlyDoNotContact) {
  using Scope = Tombstone::Scope;
  LedgerBatch batch;
  batch.tombstones = {{Scope::persona, token_of(1), Time{20}},
                      {Scope::persona, token_of(1), Time{10}},
                      {Scope::identifier, token_of(1), Time{5}},
                      {Scope::do_not_contact, token_of(1), Time{7}},
                      {Scope::do_not_contact, token_of(2), Time{7}}};
  commit(batch);
  LedgerBatch lift;
  lift.tombstones_lifted = {token_of(1), token_of(3)};
  commit(lift);
  store_.reopen();
  std::vector<Tombstone> rows;
  ASSERT_TRUE(ledger().each_tombstone([&](const Tombstone& row) { rows.push_back(row); }));
  EXPECT_EQ(rows, (std::vector<Tombstone>{{Scope::persona, token_of(1), Time{20}},
                                          {Scope::identifier, token_of(1), Time{5}},
                                          {Scope::do_not_contact, token_of(2), Time{7}}}));
}

TEST_P(LedgerPromises, SaysWhetherATokenIsOnAList) {
  using Scope = Tombstone::Scope;
  LedgerBatch batch;
  batch.tombstones = {{Scope::identifier, token_of(1), Time{5}}};
  commit(batch);
  EXPECT_EQ(ledger().tombstone(Scope::identifier, token_of(1)).value(), Time{5});
  EXPECT_FALSE(ledger().tombstone(Scope::do_not_contact, token_of(1)).value().has_value());
  EXPECT_FALSE(ledger().tombstone(Scope::identifier, token_of(2)).value().has_value());
}

PendingOptIn opt_in(std::uint64_t id, std::uint64_t address, std::int64_t at) {
  return {.id = token_of(id),
          .address = token_of(address),
          .requested_at = Time{at},
          .ends_at = Time{at + 100},
          .sealed = {static_cast<std::uint8_t>(id)}};
}

TEST_P(LedgerPromises, KeepsAnOptInUntilItIsDone) {
  LedgerBatch batch;
  batch.opt_ins = {opt_in(1, 50, 10), opt_in(2, 50, 20), opt_in(3, 51, 5)};
  commit(batch);
  store_.reopen();
  const auto kept = ledger().opt_in(token_of(2)).value();
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->address, token_of(50));
  EXPECT_EQ(kept->requested_at, Time{20});
  EXPECT_EQ(kept->ends_at, Time{120});
  EXPECT_EQ(kept->sealed, Bytes{2});
  EXPECT_EQ(ledger().opt_ins_since(token_of(50), Time{10}).value(), 2U);
  EXPECT_EQ(ledger().opt_ins_since(token_of(50), Time{11}).value(), 1U);
  LedgerBatch done;
  done.opt_ins_done = {token_of(2), token_of(9)};
  commit(done);
  EXPECT_FALSE(ledger().opt_in(token_of(2)).value().has_value());
  EXPECT_EQ(ledger().opt_ins_since(token_of(50), Time{}).value(), 1U);
}

TEST_P(LedgerPromises, ListsTheOptInsThatHaveEndedTheEarliestFirst) {
  LedgerBatch batch;
  batch.opt_ins = {opt_in(1, 50, 10), opt_in(2, 50, 20), opt_in(3, 51, 5)};
  commit(batch);
  EXPECT_TRUE(ledger().opt_ins_ended(Time{104}, 9).value().empty());
  EXPECT_EQ(ledger().opt_ins_ended(Time{110}, 9).value(),
            (std::vector<Token>{token_of(3), token_of(1)}));
  EXPECT_EQ(ledger().opt_ins_ended(Time{110}, 1).value(), std::vector<Token>{token_of(3)});
}

TEST_P(LedgerPromises, ForgetsEveryOptInOfAnErasedAddress) {
  LedgerBatch batch;
  batch.opt_ins = {opt_in(1, 50, 10), opt_in(2, 50, 20), opt_in(3, 51, 5)};
  commit(batch);
  LedgerBatch erasure;
  erasure.opt_ins = {opt_in(4, 50, 30)};
  erasure.opt_ins_erased = {token_of(50)};
  commit(erasure);
  for (const std::uint64_t id : {1U, 2U, 4U}) {
    EXPECT_FALSE(ledger().opt_in(token_of(id)).value().has_value()) << id;
  }
  EXPECT_TRUE(ledger().opt_in(token_of(3)).value().has_value());
}

TEST_P(LedgerPromises, NumbersAuditRowsWithoutGaps) {
  LedgerBatch batch;
  batch.audit = {{0, {'a'}}, {1, {'b'}}};
  commit(batch);
  batch.audit = {{3, {'d'}}};
  EXPECT_EQ(refusal(batch, fence_), ErrorCode::conflict);
  batch.audit = {{2, {'c'}}};
  commit(batch);
  EXPECT_EQ(ledger().audit_size().value(), 3U);
  std::vector<AuditRow> rows;
  ASSERT_TRUE(ledger().read_audit(1, 3, [&](const AuditRow& row) { rows.push_back(row); }));
  EXPECT_EQ(rows, (std::vector<AuditRow>{{1, {'b'}}, {2, {'c'}}}));
}

OutboxItem item(std::uint64_t id, std::int64_t next_try, const char* destination = "mail") {
  return OutboxItem{.id = id,
                    .destination = destination,
                    .kind = OutboxKind::view,
                    .persona = PersonaOrdinal(id % 3 + 1),
                    .cause = Position(id),
                    .purpose = "marketing.communications.email",
                    .sealed_order = {},
                    .status = OutboxStatus::waiting,
                    .attempts = 0,
                    .next_try = Time{next_try},
                    .last_code = ""};
}

TEST_P(LedgerPromises, AnswersDueDeliveriesByTimeThenNumber) {
  LedgerBatch batch;
  batch.outbox = {item(1, 30),       item(2, 10), item(3, 10), item(4, 99),
                  item(5, 5, "ads"), item(6, 1),  item(7, 2)};
  batch.outbox[5].status = OutboxStatus::delivered;
  batch.outbox[6].status = OutboxStatus::in_doubt;
  commit(batch);
  std::vector<std::uint64_t> ids;
  const auto rows = ledger().outbox_due("mail", Time{30}, 10).value();
  for (const OutboxItem& due : rows) ids.push_back(due.id);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{7, 2, 3, 1}));
  EXPECT_EQ(ledger().outbox_due("mail", Time{30}, 2).value().size(), 2U);
  EXPECT_EQ(ledger().outbox_waiting("mail").value(), 5U);
  EXPECT_EQ(ledger().outbox_of(PersonaOrdinal(2)).value().size(), 3U);
}

TEST_P(LedgerPromises, NeverBringsADeletedDeliveryBack) {
  LedgerBatch batch;
  batch.outbox = {item(1, 1), item(2, 1)};
  commit(batch);
  LedgerBatch done;
  done.outbox_done = {2};
  commit(done);
  LedgerBatch late;
  late.outbox = {item(2, 1), item(1, 7)};
  commit(late);
  store_.reopen();
  EXPECT_EQ(ledger().outbox_due("mail", Time{50}, 9).value(), std::vector{item(1, 7)});
  EXPECT_EQ(ledger().last_outbox_id().value(), 2U);
}

TEST_P(LedgerPromises, MergesDisclosuresOfOneHour) {
  Disclosure first{.persona = PersonaOrdinal(1),
                   .destination = "mail",
                   .purpose = "p",
                   .attributes = "email,first_name",
                   .vendor_id = "v1",
                   .position = Position(10),
                   .hour = 5,
                   .count = 2,
                   .last_at = Time{100}};
  Disclosure second = first;
  second.position = Position(8);
  second.last_at = Time{200};
  second.count = 3;
  Disclosure renamed = first;  // a merge has given the person another name there
  renamed.vendor_id = "v2";
  Disclosure other = first;
  other.hour = 6;
  Disclosure moved = other;  // the data map has another category by now
  moved.categories = "user.contact.email,user.name";
  LedgerBatch batch;
  batch.disclosures = {first, second, renamed, moved, other};
  commit(batch);
  Disclosure merged = first;
  merged.count = 5;
  merged.last_at = Time{200};
  EXPECT_EQ(ledger().disclosures_of(PersonaOrdinal(1)).value(),
            (std::vector{merged, renamed, other, moved}));
  EXPECT_TRUE(ledger().disclosures_of(PersonaOrdinal(2)).value().empty());
}

TEST_P(LedgerPromises, KeepsRequestsTokensAndMetaByTheirKeys) {
  LedgerBatch batch;
  RequestRow request{RequestId(token_of(1)), "erasure", "open", 0, {1, 2}, Time{5}, Time{5}};
  RequestRow later{RequestId(token_of(2)), "erasure", "denied", 1, {}, Time{4}, Time{6}};
  AccessToken token{TokenId(token_of(9)), {7}, "destination", "mail", "label", Time{1}, Time{}};
  batch.requests = {request, later};
  batch.tokens = {token};
  batch.meta = {{"a", {1}}, {"b", {2}}};
  commit(batch);
  LedgerBatch change;
  request.status = "in_progress";
  request.step = 3;
  token.revoked_at = Time{77};
  change.requests = {request};
  change.tokens = {token};
  change.meta = {{"a", {}}, {"b", {3}}};
  commit(change);
  store_.reopen();
  EXPECT_EQ(ledger().request(request.id).value(), request);
  EXPECT_EQ(ledger().request(RequestId(token_of(4))).value(), std::nullopt);
  EXPECT_EQ(ledger().requests("", 10).value(), (std::vector{later, request}));
  EXPECT_EQ(ledger().requests("in_progress", 10).value(), std::vector{request});
  EXPECT_EQ(ledger().requests("", 1).value().size(), 1U);
  EXPECT_EQ(ledger().tokens().value(), std::vector{token});
  EXPECT_TRUE(ledger().meta("a").value().empty());
  EXPECT_EQ(ledger().meta("b").value(), Bytes{3});
}

TEST_P(LedgerPromises, ErasesRecordsAndDisclosuresAndAgainWithoutComplaint) {
  LedgerBatch batch = batch_of(1, 450);
  for (std::int64_t hour = 0; hour < 250; ++hour) {
    batch.disclosures.push_back(Disclosure{.persona = PersonaOrdinal(hour % 2 == 0 ? 1U : 2U),
                                           .destination = "mail",
                                           .purpose = "p",
                                           .attributes = "email",
                                           .vendor_id = "",
                                           .position = Position(1),
                                           .hour = hour,
                                           .count = 1,
                                           .last_at = Time{1}});
  }
  commit(batch);
  std::vector<Position> all;
  for (std::uint64_t position = 2; position <= 450; ++position) all.emplace_back(position);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(ledger().erase(all, {PersonaOrdinal(1)}, fence_));
    std::size_t left = 0;
    ASSERT_TRUE(ledger().each_header(Position(), [&](const Record& row) {
      EXPECT_TRUE(row.body.empty());
      ++left;
    }));
    EXPECT_EQ(left, 1U);
    EXPECT_TRUE(ledger().disclosures_of(PersonaOrdinal(1)).value().empty());
    EXPECT_EQ(ledger().disclosures_of(PersonaOrdinal(2)).value().size(), 125U);
  }
  EXPECT_EQ(ledger().last_position().value(), Position(450));
}

TEST_P(LedgerPromises, ChecksAndTruncatesWithoutChangingAnAnswer) {
  commit(batch_of(1, 200));
  const auto before = dump(ledger(), 7);
  EXPECT_TRUE(ledger().checkpoint());
  EXPECT_TRUE(ledger().rewrite());
  EXPECT_TRUE(ledger().truncate_wal());
  EXPECT_EQ(ledger().wal_bytes().value(), 0U);
  EXPECT_TRUE(ledger().integrity_check());
  EXPECT_EQ(dump(ledger(), 7), before);
}

INSTANTIATE_TEST_SUITE_P(Engines, LedgerPromises,
                         ::testing::Values(EngineKind::memory, EngineKind::sqlcipher),
                         [](const auto& kind) {
                           return kind.param == EngineKind::memory ? "memory" : "sqlcipher";
                         });

}  // namespace
}  // namespace cdp::store
