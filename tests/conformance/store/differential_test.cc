// The same random steps on both engines, by seed: every answer, refusals included, must be equal.
#include <set>

#include "cdp/core/base/random.h"
#include "tests/support/store_dump.h"

namespace cdp::store {
namespace {

using namespace cdp::testing;

constexpr std::uint64_t kPersonas = 12;

std::optional<ErrorCode> code_of(const Result<void>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

class Steps {
 public:
  explicit Steps(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool sometimes(std::uint64_t in) { return below(in) == 0; }
  PersonaOrdinal persona() { return PersonaOrdinal(1 + below(kPersonas)); }
  Time time() { return Time{static_cast<std::int64_t>(1 + below(1'000))}; }
  std::string word() { return std::string(1, static_cast<char>('a' + below(3))); }

  LedgerBatch batch(const Ledger& ledger) {
    LedgerBatch made;
    made.batch_id = random_.next_token();
    std::uint64_t position = ledger.last_position().value().value();
    for (std::uint64_t n = below(6); n > 0; --n) {
      Record record = record_at(++position);
      record.persona = persona();
      record.received_at = Time{static_cast<std::int64_t>(below(9)) * 3'600'000'000};
      made.records.push_back(record);
    }
    if (sometimes(12) && !made.records.empty()) made.records[0].position = Position(position + 9);
    std::uint64_t leaf = ledger.audit_size().value();
    for (std::uint64_t n = below(3); n > 0; --n) made.audit.push_back({leaf++, Bytes(n, 1)});
    if (sometimes(15)) made.audit.push_back({leaf + 1, {}});
    add_small_rows(&made, ledger);
    return made;
  }

  StateDelta delta() {
    StateDelta made;
    for (std::uint64_t n = below(8); n > 0; --n) {
      made.links.push_back({persona(), token_of(below(20)), static_cast<std::uint8_t>(below(5)),
                            static_cast<std::uint8_t>(below(3))});
      made.personas.push_back({persona(), token_of(below(20)), 0});
      made.documents.push_back({persona(), Bytes(below(50), 7)});
    }
    if (sometimes(2)) made.cannot_link.push_back({token_of(below(9)), token_of(9 + below(9))});
    if (sometimes(4)) {
      made.cannot_link_removed.push_back({token_of(below(9)), token_of(9 + below(9))});
    }
    if (sometimes(2))
      made.must_link.push_back({token_of(below(9)), token_of(9 + below(9)), 1, Position(below(9))});
    if (sometimes(4)) {
      made.must_link_removed.push_back({token_of(below(9)), token_of(9 + below(9)), 1, {}});
    }
    if (sometimes(2)) made.latches.push_back({token_of(below(9)), 1});
    if (sometimes(4)) made.latches.push_back({token_of(below(9)), 1, true});
    if (sometimes(2)) {
      made.reviews.push_back({token_of(30 + below(9)), 5, Position(below(9)), token_of(below(20)),
                              token_of(below(20))});
    }
    if (sometimes(6)) made.reviews_ended.push_back(token_of(below(20)));
    if (sometimes(2)) {
      made.retractions.push_back({persona(), token_of(below(20)), Position(below(9))});
    }
    if (sometimes(4)) made.retractions_removed.push_back({persona(), token_of(below(20)), {}});
    if (sometimes(2)) made.versions.push_back({persona(), Position(below(20))});
    if (sometimes(3)) {
      made.heads.push_back({below(2), std::vector<std::uint64_t>(HeadPage::kPersonas, below(99))});
    }
    made.observations = below(4);
    if (sometimes(5)) made.erased.push_back(persona());
    return made;
  }

 private:
  void add_small_rows(LedgerBatch* made, const Ledger& ledger) {
    std::uint64_t id = ledger.last_outbox_id().value();
    for (std::uint64_t n = below(3); n > 0; --n) {
      made->outbox.push_back(OutboxItem{.id = sometimes(2) ? ++id : 1 + below(id + 1),
                                        .destination = word(),
                                        .kind = OutboxKind::choice,
                                        .persona = persona(),
                                        .cause = Position(1),
                                        .purpose = word(),
                                        .sealed_order = Bytes(below(4), 1),
                                        .status = static_cast<OutboxStatus>(1 + below(6)),
                                        .attempts = 1,
                                        .next_try = time(),
                                        .last_code = ""});
      id = std::max(id, made->outbox.back().id);
    }
    if (sometimes(3)) made->outbox_done.push_back(1 + below(id + 1));
    if (sometimes(2)) {
      made->tombstones.push_back(
          {static_cast<Tombstone::Scope>(1 + below(3)), token_of(below(5)), time()});
    }
    if (sometimes(4)) made->tombstones_lifted.push_back(token_of(below(5)));
    if (sometimes(2)) {
      made->opt_ins.push_back(
          {token_of(below(9)), token_of(below(4)), time(), time(), Bytes(below(4), 1)});
    }
    if (sometimes(4)) made->opt_ins_done.push_back(token_of(below(9)));
    if (sometimes(9)) made->opt_ins_erased.push_back(token_of(below(4)));
    if (sometimes(3)) {
      made->requests.push_back(
          {RequestId(token_of(below(4))), "erasure", word(), 1, {}, time(), time()});
    }
    if (sometimes(3)) {
      made->tokens.push_back({TokenId(token_of(below(4))), {1}, word(), "", "", time(), time()});
    }
    for (std::uint64_t n = below(3); n > 0; --n) {
      made->disclosures.push_back({persona(), word(), word(), word(), sometimes(2) ? "" : word(),
                                   Position(below(9)), static_cast<std::int64_t>(below(2)),
                                   1 + below(3), time(), sometimes(2) ? "" : word()});
    }
    if (sometimes(2)) made->effects.push_back({Position(below(40)), 1, word()});
    if (sometimes(3)) made->effects_position = Position(below(30));
    if (sometimes(3)) made->meta.emplace_back(word(), Bytes(below(3), 4));
  }

  SeededRandom random_;
};

class BothEngines : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  StoreUnderTest oracle_{EngineKind::memory};
  StoreUnderTest engine_{EngineKind::sqlcipher};
  Steps steps_{GetParam()};
};

TEST_P(BothEngines, AgreeOnTheLedger) {
  Fence fence = oracle_.ledger().take_fence().value();
  ASSERT_EQ(engine_.ledger().take_fence().value().epoch, fence.epoch);
  for (int step = 0; step < 150; ++step) {
    if (steps_.sometimes(8)) {
      const std::vector<Position> gone{Position(1 + steps_.below(60)),
                                       oracle_.ledger().last_position().value()};
      const std::vector<PersonaOrdinal> personas{steps_.persona()};
      ASSERT_EQ(code_of(engine_.ledger().erase(gone, personas, fence)),
                code_of(oracle_.ledger().erase(gone, personas, fence)));
    } else {
      const LedgerBatch batch = steps_.batch(oracle_.ledger());
      ASSERT_EQ(code_of(engine_.ledger().commit(batch, fence)),
                code_of(oracle_.ledger().commit(batch, fence)))
          << "step " << step;
    }
    if (steps_.sometimes(30)) engine_.reopen();
    const Time since = steps_.sometimes(2) ? Time{} : Time{3'600'000'000 * 4};
    std::set<Position> ours;
    std::set<Position> theirs;
    ASSERT_TRUE(engine_.ledger().each_dedup(
        since, [&](const Token&, Position position, Time) { ours.insert(position); }));
    ASSERT_TRUE(oracle_.ledger().each_dedup(
        since, [&](const Token&, Position position, Time) { theirs.insert(position); }));
    ASSERT_EQ(ours, theirs);
    const std::string destination = steps_.word();
    const Time now = steps_.time();
    ASSERT_EQ(engine_.ledger().outbox_due(destination, now, 4).value(),
              oracle_.ledger().outbox_due(destination, now, 4).value());
    ASSERT_TRUE(dump(engine_.ledger(), kPersonas) == dump(oracle_.ledger(), kPersonas))
        << "step " << step;
  }
}

TEST_P(BothEngines, AgreeOnTheState) {
  const Fence fence = oracle_.state().take_fence().value();
  ASSERT_EQ(engine_.state().take_fence().value().epoch, fence.epoch);
  std::uint64_t at = 0;
  for (int step = 0; step < 80; ++step) {
    const StateDelta delta = steps_.delta();
    const std::uint64_t to = at + steps_.below(5);
    ASSERT_EQ(code_of(engine_.state().apply(Position(at), Position(to), delta, fence)),
              code_of(oracle_.state().apply(Position(at), Position(to), delta, fence)));
    at = to;
    if (steps_.sometimes(20)) engine_.reopen();
    ASSERT_TRUE(dump(engine_.state()) == dump(oracle_.state())) << "step " << step;
  }
}

TEST_P(BothEngines, AgreeOnTheKeys) {
  const Fence fence = oracle_.keys().take_fence().value();
  ASSERT_EQ(engine_.keys().take_fence().value().epoch, fence.epoch);
  for (int step = 0; step < 80; ++step) {
    if (steps_.sometimes(4)) {
      const std::vector<PersonaOrdinal> gone{PersonaOrdinal(1 + steps_.below(40))};
      ASSERT_EQ(code_of(engine_.keys().destroy(gone, fence)),
                code_of(oracle_.keys().destroy(gone, fence)));
    } else {
      const std::vector<KeyRow> rows{key_row(steps_.below(30)), key_row(steps_.below(30))};
      ASSERT_EQ(engine_.keys().put_if_absent(rows, fence).value(),
                oracle_.keys().put_if_absent(rows, fence).value());
    }
    if (steps_.sometimes(20)) engine_.reopen();
    ASSERT_EQ(dump(engine_.keys()), dump(oracle_.keys()));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, BothEngines, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace cdp::store
