#include "compliance/evidence/export.h"

#include <gtest/gtest.h>

#include "cdp/core/audit/tile.h"
#include "cdp/core/store/memory/engine.h"
#include "compliance/evidence/log_reader.h"
#include "compliance/evidence/verify.h"
#include "tests/support/audit_log.h"

namespace cdp::compliance {
namespace {

namespace fs = std::filesystem;
using testing::AuditLog;
using testing::ScratchDirectory;

std::vector<std::string> files_in(const fs::path& root) {
  std::vector<std::string> out;
  for (const auto& item : fs::recursive_directory_iterator(root)) {
    if (item.is_regular_file()) out.push_back(item.path().lexically_relative(root).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(ExportLog, WritesWhatTheFormatSays) {
  const ScratchDirectory scratch("export");
  AuditLog log;
  log.add(200);
  ASSERT_TRUE(log.signer().sign());
  log.add(400);
  ASSERT_TRUE(log.signer().sign());
  log.add(5);  // after the checkpoint: not exported
  const ExportReport report =
      export_log(log.ledger(), log.input(), scratch.path() / "a" / "b").value();
  EXPECT_EQ(report.entries, 600U);
  const auto files = files_in(scratch.path() / "a" / "b");
  EXPECT_EQ(files, (std::vector<std::string>{
                       "README", "checkpoint", "consistency-proof", "previous-checkpoint",
                       "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
                       "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88", "vkey"}));
  EXPECT_EQ(report.files, files.size());
}

TEST(ExportLog, TilesAreWhatTheServerAnswers) {
  const ScratchDirectory scratch("export");
  AuditLog log;
  log.add(600);
  ASSERT_TRUE(log.signer().sign());
  ASSERT_TRUE(export_log(log.ledger(), log.input(), scratch.path() / "out"));
  std::size_t tiles = 0;
  for (const std::string& path : files_in(scratch.path() / "out")) {
    if (!path.starts_with("tile/")) continue;
    const Bytes answer = published_tile(log.ledger(), 600, path).value();
    EXPECT_EQ(testing::read_text(scratch.path() / "out" / path), as_text(answer)) << path;
    ++tiles;
  }
  EXPECT_EQ(tiles, 7U);
  for (const char* path : {"tile/0/002.p/89", "tile/0/003", "tile/1/000", "tile/2/000.p/1",
                           "tile/entries/002", "tile/7/000.p/1"}) {
    EXPECT_EQ(published_tile(log.ledger(), 600, path).error().code, ErrorCode::not_found) << path;
  }
  EXPECT_EQ(published_tile(log.ledger(), 600, "tile/../vkey").error().code,
            ErrorCode::invalid_argument);
}

TEST(ExportLog, WorksOnAnEngineOfTheProduct) {
  const ScratchDirectory scratch("engine");
  const auto ledger = store::memory::make_ledger();
  const store::Fence fence = ledger->take_fence().value();
  SeededRandom random(5);
  const auto commit = [&](store::LedgerBatch batch) {
    batch.batch_id = random.next_token();
    return ledger->commit(batch, fence);
  };
  ManualClock clock(Time{1'700'000'000'000'000});
  CheckpointSigner signer(*ledger, clock, AuditLog::kSeed, "shop.example/audit", commit);
  audit::Trail trail(audit::Trail::load(*ledger).value(), random);
  for (int round = 0; round < 3; ++round) {
    store::LedgerBatch batch;
    for (int i = 0; i < 150; ++i) {
      batch.audit.push_back(trail.append({"token", clock.now(), {}, std::nullopt}).value());
    }
    ASSERT_TRUE(commit(std::move(batch)));
    ASSERT_TRUE(signer.sign());
    EXPECT_EQ(audit::Trail::load(*ledger).value(), trail.frontier());
  }
  const ExportInput input{published_checkpoint(*ledger).value(),
                          previous_checkpoint(*ledger).value(), signer.key()};
  ASSERT_TRUE(export_log(*ledger, input, scratch.path() / "out"));
  const VerifyReport report = verify_export(scratch.path() / "out").value();
  EXPECT_EQ(report.checkpoint.size, 450U);
  EXPECT_EQ(report.previous->size, 300U);
}

TEST(ExportLog, RefusesADirectoryThatHoldsSomething) {
  const ScratchDirectory scratch("export");
  AuditLog log;
  log.add(3);
  ASSERT_TRUE(log.signer().sign());
  fs::create_directories(scratch.path() / "full");
  testing::write_text(scratch.path() / "full" / "mine", "precious");
  EXPECT_EQ(export_log(log.ledger(), log.input(), scratch.path() / "full").error().code,
            ErrorCode::conflict);
  EXPECT_EQ(testing::read_text(scratch.path() / "full" / "mine"), "precious");
  testing::write_text(scratch.path() / "file", "precious");
  EXPECT_EQ(export_log(log.ledger(), log.input(), scratch.path() / "file").error().code,
            ErrorCode::conflict);
  fs::create_directories(scratch.path() / "killed.partial");
  EXPECT_EQ(export_log(log.ledger(), log.input(), scratch.path() / "killed").error().code,
            ErrorCode::conflict);
  EXPECT_TRUE(fs::exists(scratch.path() / "killed.partial"));
  fs::create_directories(scratch.path() / "empty");
  EXPECT_TRUE(export_log(log.ledger(), log.input(), scratch.path() / "empty/"));
  EXPECT_TRUE(fs::exists(scratch.path() / "empty" / "checkpoint"));
}

TEST(ExportLog, LeavesNothingBehindWhenItFails) {
  const ScratchDirectory scratch("export");
  AuditLog log;
  log.add(300);
  ASSERT_TRUE(log.signer().sign());
  log.ledger().entries[299].back() = ' ';
  EXPECT_EQ(export_log(log.ledger(), log.input(), scratch.path() / "out").error().code,
            ErrorCode::corrupt);
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(ExportLog, RefusesCheckpointsThatDoNotFit) {
  const ScratchDirectory scratch("export");
  AuditLog log;
  log.add(3);
  const auto code = [&](const ExportInput& input) {
    return export_log(log.ledger(), input, scratch.path() / "out").error().code;
  };
  EXPECT_EQ(code(log.input()), ErrorCode::unprocessable);  // none yet
  ASSERT_TRUE(log.signer().sign());
  log.add(3);
  ASSERT_TRUE(log.signer().sign());
  ExportInput swapped = log.input();
  std::swap(swapped.checkpoint, swapped.previous_checkpoint);
  EXPECT_EQ(code(swapped), ErrorCode::unprocessable);
  ExportInput foreign = log.input();
  foreign.key = AuditLog("other.example").signer().key();
  EXPECT_EQ(code(foreign), ErrorCode::unauthenticated);
  ExportInput rewritten = log.input();
  const audit::Checkpoint other{log.signer().key().name, 2, audit::empty_root()};
  rewritten.previous_checkpoint = audit::sign_note(other.body(), other.origin, AuditLog::kSeed);
  EXPECT_EQ(code(rewritten), ErrorCode::corrupt);
}

}  // namespace
}  // namespace cdp::compliance
