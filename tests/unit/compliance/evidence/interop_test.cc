// Exports of ours, judged by programs we did not write: OpenSSL, npm @sigstore/verify, Go
// x/mod/sumdb. Each is skipped, with its reason, where the program is not installed.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "compliance/evidence/export_layout.h"
#include "tests/support/audit_log.h"

namespace cdp::compliance {
namespace {

namespace fs = std::filesystem;
using testing::AuditLog;
using testing::read_text;
using testing::ScratchDirectory;
using testing::write_text;

struct Outcome {
  int status = -1;
  std::string output;
};

// Paths are ours: they hold no quotes.
Outcome run(const std::string& command, const fs::path& scratch) {
  const fs::path log = scratch / "output";
  const std::string line =
      "export TMPDIR='" + scratch.string() + "'; { " + command + "\n} >'" + log.string() + "' 2>&1";
  const int raw = std::system(line.c_str());
  return {WIFEXITED(raw) ? WEXITSTATUS(raw) : -1, read_text(log)};
}

// The indented lines of the README's paragraph 2.
std::string openssl_commands() {
  std::string_view text = layout::readme();
  text = text.substr(text.find("\n2. "));
  text = text.substr(0, text.find("\n3. "));
  std::string commands = "set -e\n";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    if (line.starts_with("    ")) commands += line.substr(4);
    text.remove_prefix(end + 1);
  }
  return commands;
}

class Interop : public ::testing::Test {
 protected:
  void SetUp() override {
    log_.add(113);
    ASSERT_TRUE(log_.signer().sign());
    log_.add(487);
    ASSERT_TRUE(log_.signer().sign());
    ASSERT_TRUE(export_log(log_.ledger(), log_.input(), out_));
  }
  bool have(const std::string& probe) { return run(probe, scratch_.path()).status == 0; }
  std::string exported() const { return "CDP_AUDIT_EXPORT='" + out_.string() + "' "; }

  AuditLog log_;
  ScratchDirectory scratch_{"interop"};
  fs::path out_ = scratch_.path() / "out";
};

TEST_F(Interop, OpensslAcceptsTheCheckpointByTheCommandsOfTheReadme) {
  if (!have("command -v openssl base64 mktemp"))
    GTEST_SKIP() << "skipped: openssl is not installed";
  write_text(scratch_.path() / "verify.sh", openssl_commands());
  const std::string command =
      "cd '" + out_.string() + "' && sh '" + (scratch_.path() / "verify.sh").string() + "'";
  const Outcome accepted = run(command, scratch_.path());
  EXPECT_EQ(accepted.status, 0) << accepted.output;
  EXPECT_NE(accepted.output.find("Signature Verified Successfully"), std::string::npos)
      << accepted.output;

  const std::string whole = read_text(out_ / layout::kCheckpoint);
  const std::size_t blank = whole.find("\n\n");
  for (const std::size_t at : {std::size_t{0}, whole.find("600"), blank - 5, whole.size() - 20}) {
    std::string edited = whole;
    edited[at] = edited[at] == 'A' ? 'B' : 'A';
    write_text(out_ / layout::kCheckpoint, edited);
    EXPECT_NE(run(command, scratch_.path()).status, 0) << "byte " << at;
  }
}

TEST_F(Interop, SigstoreAcceptsTheCheckpointAndItsEntries) {
  if (!have("command -v node")) GTEST_SKIP() << "skipped: node is not installed";
  if (!fs::exists("tests/clients/node_modules/@sigstore/verify")) {
    GTEST_SKIP() << "skipped: run `npm ci` in tests/clients first";
  }
  const Outcome outcome =
      run(exported() + "node --test tests/clients/audit_checkpoint.test.mjs", scratch_.path());
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("fail 0"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("ok 4 - "), std::string::npos) << outcome.output;
}

TEST_F(Interop, GoOpensTheNoteAndProvesEveryEntry) {
  if (!have("command -v go")) GTEST_SKIP() << "skipped: go is not installed";
  const std::string offline = "cd tests/clients/go_note && GOPROXY=off GOFLAGS=-mod=readonly ";
  if (!have(offline + "go list golang.org/x/mod/sumdb/note golang.org/x/mod/sumdb/tlog")) {
    GTEST_SKIP() << "skipped: run `go mod download` in tests/clients/go_note first";
  }
  const Outcome outcome = run(offline + exported() + "go test -count=1 -v ./...", scratch_.path());
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("--- PASS: TestExport"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace cdp::compliance
