// The disk fails at every call in turn: nothing that was answered is lost, nothing is half there,
// and the store recovers without help (DESIGN invariant 5).
#include "tests/support/faulty_vfs.h"
#include "tests/support/store_dump.h"

namespace cdp::store {
namespace {

using namespace cdp::testing;
using Fault = FaultyVfs::Fault;

class DiskFaults : public ::testing::TestWithParam<Fault> {
 protected:
  FaultyVfs vfs_;
  TempDirectory directory_;

  sqlcipher::FileSpec spec(const char* name) const {
    return {directory_ / name, key_, vfs_.name()};
  }
  const Bytes key_ = Bytes(32, 9);
};

TEST_P(DiskFaults, ACommitThatFailsLosesNothingAnsweredAndAnswersWhatBecameOfIt) {
  auto ledger = sqlcipher::open_ledger(spec("ledger.db")).value();
  const Fence fence = ledger->take_fence().value();
  std::uint64_t durable = 0;
  int faults = 0;
  for (int call = 0; call < 12; ++call) {
    vfs_.fail(GetParam(), call % 6);
    const auto done = ledger->commit(batch_of(durable + 1, durable + 20), fence);
    vfs_.heal();
    faults += vfs_.fired() ? 1 : 0;
    if (!done) {
      EXPECT_EQ(done.error().code, ErrorCode::unavailable);
      // Ambiguous: the store itself says what became of it.
      const bool lasted = ledger->last_batch().value() == token_of(durable + 20);
      EXPECT_EQ(ledger->last_position().value(), Position(durable + (lasted ? 20 : 0)));
      if (lasted) durable += 20;
    } else {
      durable += 20;
    }
    std::size_t seen = 0;
    ASSERT_TRUE(ledger->read(Position(), SIZE_MAX,
                             [&](const Record& row) { EXPECT_EQ(row, record_at(++seen)); }));
    ASSERT_EQ(seen, durable) << "call " << call;
  }
  EXPECT_GT(faults, 0);
  EXPECT_TRUE(ledger->integrity_check());
  ledger.reset();
  ledger = sqlcipher::open_ledger(spec("ledger.db")).value();
  EXPECT_EQ(ledger->last_position().value(), Position(durable));
}

TEST_P(DiskFaults, DropsEveryConnectionAfterAFailedCommitAndFoldsTheLogBeforeAnswering) {
  auto ledger = sqlcipher::open_ledger(spec("ledger.db")).value();
  const Fence fence = ledger->take_fence().value();
  ASSERT_TRUE(ledger->commit(batch_of(1, 20), fence));
  ASSERT_TRUE(ledger->last_batch()) << "a reader is open, too";
  vfs_.fail(GetParam(), 0);
  ASSERT_FALSE(ledger->commit(batch_of(21, 40), fence));
  vfs_.heal();
  EXPECT_EQ(vfs_.open_files(), 0) << "a sync that failed is never retried on the same file";
  ASSERT_TRUE(ledger->last_batch());
  EXPECT_EQ(std::filesystem::file_size(directory_ / "ledger.db-wal"), 0U)
      << "what survived is in the main file before anybody hears of it";
}

TEST_P(DiskFaults, ACheckpointThatFailsLosesNothing) {
  auto ledger = sqlcipher::open_ledger(spec("ledger.db")).value();
  const Fence fence = ledger->take_fence().value();
  std::uint64_t durable = 0;
  for (int call = 0; call < 8; ++call) {
    ASSERT_TRUE(ledger->commit(batch_of(durable + 1, durable + 50), fence));
    durable += 50;
    vfs_.fail(GetParam(), call);
    const auto done = call % 2 == 0 ? ledger->checkpoint() : ledger->truncate_wal();
    EXPECT_EQ(done.has_value(), !vfs_.fired());
    vfs_.heal();
    EXPECT_EQ(ledger->read(Position(), SIZE_MAX, [](const Record&) {}).value(), durable);
  }
  EXPECT_TRUE(ledger->integrity_check());
}

TEST_P(DiskFaults, AnswersUnavailableWhileTheDiskIsGoneAndRecoversUnaided) {
  auto ledger = sqlcipher::open_ledger(spec("ledger.db")).value();
  const Fence fence = ledger->take_fence().value();
  ASSERT_TRUE(ledger->commit(batch_of(1, 10), fence));
  vfs_.fail(GetParam(), 0, true);
  EXPECT_EQ(ledger->commit(batch_of(11, 20), fence).error().code, ErrorCode::unavailable);
  EXPECT_EQ(ledger->commit(batch_of(11, 20), fence).error().code, ErrorCode::unavailable);
  vfs_.heal();
  const bool lasted = ledger->last_batch().value() == token_of(20);
  const std::uint64_t next = lasted ? 21 : 11;
  EXPECT_TRUE(ledger->commit(batch_of(next, next + 5), fence));
}

TEST_P(DiskFaults, AKeyThatWasNotAnsweredIsFoundOrMadeOnceMore) {
  auto keys = sqlcipher::open_key_store(spec("keys.db")).value();
  const Fence fence = keys->take_fence().value();
  for (std::uint64_t number = 1; number <= 8; ++number) {
    vfs_.fail(GetParam(), static_cast<int>(number % 4));
    const auto first = keys->put_if_absent({key_row(number)}, fence);
    vfs_.heal();
    const auto again = keys->put_if_absent({key_row(number)}, fence).value();
    if (first) {
      EXPECT_EQ(first.value(), again);
    }
    EXPECT_EQ(keys->find(token_of(number)), again.at(0).ordinal);
    EXPECT_EQ(keys->size(), number) << "one row per token, whatever failed";
    EXPECT_EQ(dump(*keys).size(), number);
  }
}

TEST_P(DiskFaults, AStateFlushIsThereAsAWholeOrNotAtAll) {
  auto state = sqlcipher::open_state(spec("state.db"), "r1").value();
  const Fence fence = state->take_fence().value();
  StateDelta delta;
  for (std::uint64_t n = 1; n <= 200; ++n) {
    delta.documents.push_back({PersonaOrdinal(n), Bytes(300, 1)});
  }
  for (int call = 0; call < 8; ++call) {
    const Position from = state->applied_position().value();
    for (DocumentRow& row : delta.documents) row.sealed[0] = static_cast<std::uint8_t>(call + 1);
    vfs_.fail(GetParam(), call * 5);
    const auto done = state->apply(from, from.next(), delta, fence);
    vfs_.heal();
    const bool lasted = state->applied_position().value() == from.next();
    if (done) {
      EXPECT_TRUE(lasted);
    }
    const auto document = state->document(PersonaOrdinal(200)).value();
    if (lasted) {
      EXPECT_EQ(document->at(0), call + 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, DiskFaults,
                         ::testing::Values(Fault::write_error, Fault::short_write,
                                           Fault::sync_error));

}  // namespace
}  // namespace cdp::store
