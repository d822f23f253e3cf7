#include "compliance/evidence/checkpoint.h"

#include <gtest/gtest.h>

#include "tests/support/audit_log.h"

namespace cdp::compliance {
namespace {

using testing::AuditLog;

audit::Checkpoint opened(const std::string& note, const audit::VerifierKey& key) {
  return audit::Checkpoint::parse_body(audit::verify_note(note, {key}).value()).value();
}

TEST(CheckpointSigner, SignsTheDurableTree) {
  AuditLog log;
  log.add(300);
  const SignedCheckpoint made = log.signer().sign().value();
  EXPECT_EQ(made.checkpoint.size, 300U);
  EXPECT_EQ(made.checkpoint.root, audit::Trail::load(log.ledger())->root());
  EXPECT_EQ(opened(made.note, log.signer().key()), made.checkpoint);
}

TEST(CheckpointSigner, SignsAnEmptyLog) {
  AuditLog log;
  const SignedCheckpoint made = log.signer().sign().value();
  EXPECT_EQ(made.checkpoint.size, 0U);
  EXPECT_EQ(made.checkpoint.root, audit::empty_root());
}

TEST(CheckpointSigner, PersistsBeforeItAnswers) {
  AuditLog log;
  log.add(10);
  const SignedCheckpoint made = log.signer().sign().value();
  EXPECT_EQ(published_checkpoint(log.ledger()).value(), made.note);
  EXPECT_EQ(previous_checkpoint(log.ledger()).value(), "");
  log.add(1);
  ASSERT_TRUE(log.signer().sign());
  EXPECT_EQ(previous_checkpoint(log.ledger()).value(), made.note);
}

TEST(CheckpointSigner, AnswersNothingWhenTheCommitFails) {
  AuditLog log;
  log.add(10);
  CheckpointSigner signer(log.ledger(), log.clock(), AuditLog::kSeed, "shop.example/audit",
                          [](const store::LedgerBatch&) -> Result<void> {
                            return fail(ErrorCode::unavailable, "disk full");
                          });
  EXPECT_EQ(signer.sign().error().code, ErrorCode::unavailable);
  EXPECT_EQ(published_checkpoint(log.ledger()).value(), "");
}

TEST(CheckpointSigner, TakesUpACommitThatWasInDoubtButHappened) {
  AuditLog log;
  log.add(10);
  bool in_doubt = true;
  CheckpointSigner signer(log.ledger(), log.clock(), AuditLog::kSeed, "shop.example/audit",
                          [&](const store::LedgerBatch& batch) -> Result<void> {
                            CDP_CHECK(log.ledger().commit(batch, {}));
                            if (in_doubt) return fail(ErrorCode::unavailable, "no answer");
                            return {};
                          });
  ASSERT_FALSE(signer.sign());
  in_doubt = false;
  const std::string durable = published_checkpoint(log.ledger()).value();
  ASSERT_NE(durable, "");
  EXPECT_EQ(signer.sign()->note, durable);
  log.add(5);
  EXPECT_EQ(signer.sign()->checkpoint.size, 15U);
}

TEST(CheckpointSigner, AnswersThePublishedNoteWhenNothingWasAdded) {
  AuditLog log;
  log.add(10);
  const std::string first = log.signer().sign()->note;
  log.ledger().values["checkpoint.signed_at"] = {'x'};
  log.clock().advance(Duration::hours(1));
  EXPECT_EQ(log.signer().sign()->note, first);
  EXPECT_EQ(log.ledger().values["checkpoint.signed_at"], Bytes{'x'});  // nothing was committed
}

TEST(CheckpointSigner, NeverSignsASecondRootForASize) {
  AuditLog log;
  log.add(10);
  const std::string first = log.signer().sign()->note;
  log.ledger().entries[4].back() = ' ';  // the past is rewritten, the size stays
  AuditLog restarted;                    // a signer that has read nothing yet
  restarted.ledger() = log.ledger();
  EXPECT_EQ(restarted.signer().sign().error().code, ErrorCode::corrupt);
  EXPECT_EQ(restarted.signer().sign().error().code, ErrorCode::corrupt);
  EXPECT_EQ(published_checkpoint(restarted.ledger()).value(), first);
}

TEST(CheckpointSigner, RefusesALogThatWasRewrittenAndGrewOn) {
  AuditLog log;
  log.add(10);
  ASSERT_TRUE(log.signer().sign());
  log.add(10);
  log.ledger().entries[4].back() = ' ';
  AuditLog restarted;
  restarted.ledger() = log.ledger();
  EXPECT_EQ(restarted.signer().sign().error().code, ErrorCode::corrupt);
}

TEST(CheckpointSigner, RefusesALogThatIsBehindItsCheckpoint) {
  AuditLog log;
  log.add(10);
  const std::string note = log.signer().sign()->note;
  log.ledger().entries.pop_back();
  EXPECT_EQ(log.signer().sign().error().code, ErrorCode::corrupt);
  AuditLog restarted;
  restarted.ledger() = log.ledger();
  EXPECT_EQ(restarted.signer().sign().error().code, ErrorCode::corrupt);
  EXPECT_EQ(published_checkpoint(log.ledger()).value(), note);
}

TEST(CheckpointSigner, GoesOnAfterARestart) {
  AuditLog log;
  for (int i = 0; i < 5; ++i) {
    log.add(7);
    ASSERT_TRUE(log.signer().sign());
  }
  AuditLog restarted;
  restarted.ledger() = log.ledger();
  EXPECT_EQ(restarted.signer().sign()->note, log.signer().sign()->note);
  log.add(3);
  restarted.ledger() = log.ledger();
  EXPECT_EQ(restarted.signer().sign()->checkpoint.size, 38U);
}

TEST(CheckpointSigner, RefusesACheckpointOfAnotherKey) {
  AuditLog log;
  log.add(3);
  ASSERT_TRUE(log.signer().sign());
  AuditLog other("other.example/audit");
  other.ledger() = log.ledger();
  EXPECT_EQ(other.signer().sign().error().code, ErrorCode::unauthenticated);
}

TEST(CheckpointSigner, RefusesAnOriginThatNoNoteCanCarry) {
  for (const char* origin : {"", "two words", "a+b", "line\nbreak"}) {
    AuditLog log(origin);
    EXPECT_EQ(log.signer().sign().error().code, ErrorCode::invalid_argument) << origin;
    EXPECT_TRUE(log.ledger().values.empty());
  }
}

TEST(CheckpointSigner, PassesOnThatTheLedgerDoesNotAnswer) {
  AuditLog log;
  log.add(3);
  log.ledger().broken = true;
  EXPECT_EQ(log.signer().sign().error().code, ErrorCode::unavailable);
}

TEST(CheckpointSigner, LeavesAFrontierFromWhichTheTrailGoesOn) {
  AuditLog log;
  log.add(100);
  ASSERT_TRUE(log.signer().sign());
  EXPECT_FALSE(log.ledger().values[audit::kFrontierMeta].empty());
  log.add(5);
  EXPECT_EQ(audit::Trail::load(log.ledger())->root(), log.signer().sign()->checkpoint.root);
}

}  // namespace
}  // namespace cdp::compliance
