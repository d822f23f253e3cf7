#include "compliance/evidence/verify.h"

#include <gtest/gtest.h>

#include "compliance/evidence/export_layout.h"
#include "compliance/evidence/log_prover.h"
#include "tests/support/audit_log.h"

namespace cdp::compliance {
namespace {

namespace fs = std::filesystem;
using testing::AuditLog;
using testing::read_text;
using testing::ScratchDirectory;
using testing::write_text;

// An export of 300 entries that continues a checkpoint of 113.
class VerifyExport : public ::testing::Test {
 protected:
  void SetUp() override {
    log_.add(113);
    ASSERT_TRUE(log_.signer().sign());
    log_.add(187);
    ASSERT_TRUE(log_.signer().sign());
    ASSERT_TRUE(export_log(log_.ledger(), log_.input(), out_));
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& item : fs::recursive_directory_iterator(out_)) {
      if (item.is_regular_file()) found.push_back(item.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  // What verification says after byte `at` of `file` was changed.
  Error error_after_edit(const fs::path& file, std::size_t at, unsigned edit) const {
    const std::string whole = read_text(file);
    std::string edited = whole;
    edited[at] = static_cast<char>(static_cast<unsigned char>(edited[at]) ^ edit);
    write_text(file, edited);
    const auto result = verify_export(out_);
    write_text(file, whole);
    EXPECT_FALSE(result) << file << " byte " << at << " xor " << edit;
    return result ? Error{} : result.error();
  }

  AuditLog log_;
  ScratchDirectory scratch_{"verify"};
  fs::path out_ = scratch_.path() / "out";
};

TEST_F(VerifyExport, AcceptsWhatWasExportedAndCountsIt) {
  const VerifyReport report = verify_export(out_, log_.signer().key().to_string()).value();
  EXPECT_EQ(report.checkpoint.size, 300U);
  EXPECT_EQ(report.previous.value().size, 113U);
  EXPECT_TRUE(report.key_was_given);
  EXPECT_EQ(report.entries_by_kind,
            (std::map<std::string, std::uint64_t>{
                {"statement", 75}, {"merge", 75}, {"observations", 75}, {"erasure", 75}}));
  EXPECT_EQ(report.files, files().size());
  EXPECT_FALSE(verify_export(out_)->key_was_given);
}

TEST_F(VerifyExport, RefusesEveryOneByteEdit) {
  constexpr std::size_t kWholeBytesMax = 700;  // notes, key and proof: every byte of them
  constexpr std::size_t kSampledPerFile = 150;
  SeededRandom random(2026);
  std::size_t edits = 0;
  for (const fs::path& file : files()) {
    const std::size_t size = fs::file_size(file);
    const bool all = size <= kWholeBytesMax;
    for (std::size_t i = 0; i < (all ? size : kSampledPerFile); ++i) {
      const std::size_t at = all ? i : random.below(size);
      const auto edit = static_cast<unsigned>(1 + random.below(255));
      const Error error = error_after_edit(file, at, edit);
      const std::string name = file.lexically_relative(out_).string();
      EXPECT_NE(error.what.find(name), std::string::npos)
          << name << " byte " << at << ": " << error.what;
      ++edits;
    }
  }
  EXPECT_GT(edits, 1'500U);
  EXPECT_TRUE(verify_export(out_));  // everything was put back
}

TEST_F(VerifyExport, RefusesEveryTruncationAndEveryAddedByte) {
  for (const fs::path& file : files()) {
    const std::string whole = read_text(file);
    write_text(file, whole.substr(0, whole.size() - 1));
    EXPECT_FALSE(verify_export(out_)) << file;
    write_text(file, whole + "\n");
    EXPECT_FALSE(verify_export(out_)) << file;
    write_text(file, "");
    EXPECT_FALSE(verify_export(out_)) << file;
    fs::remove(file);
    EXPECT_FALSE(verify_export(out_)) << file;
    write_text(file, whole);
  }
  EXPECT_TRUE(verify_export(out_));
}

TEST_F(VerifyExport, NamesTheEntryThatWasChanged) {
  const Bytes& entry = log_.ledger().entries[258];
  const fs::path bundle = out_ / "tile/entries/001.p/44";
  const std::string needle(as_text(entry));
  const std::size_t at = read_text(bundle).find(needle);
  const std::size_t purpose = needle.find("marketing");
  const Error error = error_after_edit(bundle, at + purpose, 1);
  EXPECT_EQ(error.code, ErrorCode::corrupt);
  EXPECT_EQ(error.what, "tile/entries/001.p/44: entry 258, from byte " + std::to_string(at) +
                            ", does not hash to its leaf in tile/0/001.p/44");
}

TEST_F(VerifyExport, NamesTheTileAndByteThatWereChanged) {
  EXPECT_EQ(error_after_edit(out_ / "tile/0/000", 77, 4).what,
            "tile/0/000 is not what the log gives, from byte 77");
  EXPECT_EQ(error_after_edit(out_ / "tile/1/000.p/1", 31, 4).what,
            "tile/1/000.p/1 is not what the log gives, from byte 31");
}

TEST_F(VerifyExport, RefusesAnExportThatIsWholeButOfAnotherKey) {
  AuditLog forged("shop.example/audit");
  const std::array<std::uint8_t, 32> seed = {6};
  CheckpointSigner signer(
      forged.ledger(), forged.clock(), seed, "shop.example/audit",
      [&](const store::LedgerBatch& batch) { return forged.ledger().commit(batch, {}); });
  forged.add(10);
  ASSERT_TRUE(signer.sign());
  ExportInput input = forged.input();
  input.key = signer.key();
  ASSERT_TRUE(export_log(forged.ledger(), input, scratch_.path() / "forged"));
  EXPECT_TRUE(verify_export(scratch_.path() / "forged"));
  EXPECT_EQ(verify_export(scratch_.path() / "forged", log_.signer().key().to_string()).error().code,
            ErrorCode::unauthenticated);
  EXPECT_EQ(verify_export(out_, "not a key").error().code, ErrorCode::invalid_argument);
}

// Somebody with the key rewrites an entry and everything that follows from it, but the reader kept
// the older checkpoint.
TEST_F(VerifyExport, RefusesARewrittenPastEvenWhenTheKeySignedIt) {
  AuditLog rewritten;
  rewritten.ledger().entries = log_.ledger().entries;
  std::string entry(as_text(rewritten.ledger().entries[50]));
  entry.replace(entry.find("marketing"), 9, "analytics");
  rewritten.ledger().entries[50].assign(entry.begin(), entry.end());
  ASSERT_TRUE(rewritten.signer().sign());
  const fs::path directory = scratch_.path() / "rewritten";
  ASSERT_TRUE(export_log(rewritten.ledger(), rewritten.input(), directory));
  ASSERT_TRUE(verify_export(directory));
  fs::copy(out_ / layout::kPrevious, directory / layout::kPrevious);
  fs::copy(out_ / layout::kProof, directory / layout::kProof);
  EXPECT_EQ(verify_export(directory).error().what,
            "the log does not continue previous-checkpoint: its past was rewritten");
}

TEST_F(VerifyExport, RefusesFilesThatDoNotBelong) {
  for (const char* name : {"notes.txt", "tile/0/000.p/7", "tile/0/002", "tile/entries/000.p/3",
                           "tile/2/000.p/1", "tile/x", "\x1b[31mred"}) {
    fs::create_directories((out_ / name).parent_path());
    write_text(out_ / name, "x");
    const auto result = verify_export(out_);
    ASSERT_FALSE(result) << name;
    EXPECT_NE(result.error().what.find("does not belong"), std::string::npos) << name;
    EXPECT_EQ(result.error().what.find('\x1b'), std::string::npos);
    fs::remove(out_ / name);
  }
  ASSERT_EQ(std::rename((out_ / "tile/0/000").c_str(), (scratch_.path() / "kept").c_str()), 0);
  fs::create_symlink(scratch_.path() / "kept", out_ / "tile/0/000");
  EXPECT_FALSE(verify_export(out_));
}

TEST(VerifyExportOfAnySize, AcceptsItWithAndWithoutAPredecessor) {
  for (const std::size_t size : {0U, 1U, 2U, 255U, 256U, 257U, 512U, 513U}) {
    const ScratchDirectory scratch("sizes");
    AuditLog log;
    log.add(size / 3);
    ASSERT_TRUE(log.signer().sign());
    ASSERT_TRUE(export_log(log.ledger(), log.input(), scratch.path() / "first"));
    EXPECT_TRUE(verify_export(scratch.path() / "first")) << size / 3;
    log.add(size - size / 3);
    ASSERT_TRUE(log.signer().sign());
    ASSERT_TRUE(export_log(log.ledger(), log.input(), scratch.path() / "second"));
    const auto report = verify_export(scratch.path() / "second");
    ASSERT_TRUE(report) << size << " " << report.error().what;
    EXPECT_EQ(report->checkpoint.size, size);
    EXPECT_EQ(report->previous.has_value(), size != size / 3);
  }
}

TEST(VerifyExportOfAnySize, ReadsThreeLevelsOfTiles) {
  const ScratchDirectory scratch("levels");
  AuditLog log;
  log.add(65'800);
  ASSERT_TRUE(log.signer().sign());
  ASSERT_TRUE(export_log(log.ledger(), log.input(), scratch.path() / "out"));
  EXPECT_TRUE(fs::exists(scratch.path() / "out/tile/2/000.p/1"));
  EXPECT_EQ(verify_export(scratch.path() / "out")->checkpoint.size, 65'800U);
}

TEST(VerifyExportOfAnySize, SaysWhenThereIsNothingToVerify) {
  const ScratchDirectory scratch("none");
  EXPECT_EQ(verify_export(scratch.path() / "absent").error().code, ErrorCode::not_found);
  EXPECT_EQ(verify_export(scratch.path()).error().code, ErrorCode::corrupt);
}

// Exports outlive this program: whoever changes the text must also raise its format number.
TEST(ExportLayout, KeepsTheReadmeOfFormat1) {
  EXPECT_EQ(to_hex(crypto::sha256(as_bytes(layout::readme()))),
            "8ab513ca9f5b828d68dfa23dddc0d51883c4bb1e9c48dd3ec327d782eda525c3");
}

// A reader who kept a checkpoint holds the export against it, whichever of both is newer.
TEST_F(VerifyExport, IsHeldAgainstACheckpointOfAnySize) {
  const std::string key = log_.signer().key().to_string();
  const auto checkpoint = [&](std::uint64_t size) {
    audit::Frontier frontier;
    for (std::uint64_t i = 0; i < size; ++i)
      frontier.append(audit::leaf_hash(log_.ledger().entries[i]));
    const std::string name = log_.signer().key().name;
    return audit::sign_note(audit::Checkpoint{name, size, frontier.root()}.body(), name,
                            AuditLog::kSeed);
  };
  const auto outcome = [&](const std::string& note, std::optional<std::string_view> proof = {}) {
    const auto report = verify_export(out_, key, GivenCheckpoint{note, proof});
    return report ? "proven " + std::to_string(report->given->size) : report.error().what;
  };
  EXPECT_EQ(outcome(checkpoint(300)), "proven 300");
  for (const std::uint64_t size : {0U, 1U, 113U, 256U, 299U}) {
    EXPECT_EQ(outcome(checkpoint(size)), "proven " + std::to_string(size));
  }
  log_.add(100);
  LogProver prover(log_.ledger());
  const auto proof = layout::consistency_text(300, *prover.prove_consistency(300, 400), "");
  EXPECT_EQ(outcome(checkpoint(400), proof), "proven 400");
  EXPECT_EQ(outcome(checkpoint(400)), "the checkpoint is of another size, and there is no proof");
  EXPECT_EQ(outcome(checkpoint(399), proof),
            "the longer log does not continue the shorter one: its past was rewritten, or the "
            "proof is of other checkpoints");
  // Another past under the same key: a fork, older, as old and newer.
  log_.ledger().entries[7] = Bytes{'{', '}'};
  const std::string forked = "two roots that contradict each other: the log was forked";
  EXPECT_EQ(outcome(checkpoint(300)), forked);
  EXPECT_EQ(outcome(checkpoint(120)), forked);
  EXPECT_EQ(outcome(checkpoint(7)), "proven 7");  // before they parted
  EXPECT_NE(outcome(checkpoint(400), proof).find("does not continue"), std::string::npos);
  const std::string other = audit::sign_note(audit::Checkpoint{"other.example/audit", 1, {}}.body(),
                                             "other.example/audit", Bytes(32, 9));
  EXPECT_EQ(verify_export(out_, key, GivenCheckpoint{other, {}}).error().code,
            ErrorCode::unauthenticated);
}

}  // namespace
}  // namespace cdp::compliance
