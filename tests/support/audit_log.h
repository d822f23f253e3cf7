// A log of synthetic entries with its signer, and a directory of its own to export it to.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "cdp/core/audit/trail.h"
#include "compliance/evidence/checkpoint.h"
#include "compliance/evidence/export.h"
#include "tests/support/audit_ledger.h"
#include "tests/support/reference_data.h"

namespace cdp::testing {

class AuditLog {
 public:
  static constexpr std::array<std::uint8_t, 32> kSeed = {4, 2};  // public: never for a real log

  explicit AuditLog(std::string origin = "shop.example/audit")
      : signer_(ledger_, clock_, kSeed, std::move(origin),
                [this](const store::LedgerBatch& batch) { return ledger_.commit(batch, {}); }) {}

  void add(std::size_t count) {
    static constexpr std::array<const char*, 4> kKinds = {"statement", "merge", "observations",
                                                          "erasure"};
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t n = trail_.frontier().size();
      audit::Entry entry{kKinds[n % kKinds.size()], clock_.now(), {}, std::nullopt};
      entry.fields["count"] = static_cast<std::int64_t>(n);
      entry.fields["purpose"] = std::string("marketing.communications.email");
      if (n % 2 == 0) entry.subject_secret = std::array<std::uint8_t, 32>{9};
      ledger_.entries.push_back(trail_.append(entry).value().entry);
      clock_.advance(Duration::seconds(1));
    }
  }

  compliance::ExportInput input() const {
    return {compliance::published_checkpoint(ledger_).value(),
            compliance::previous_checkpoint(ledger_).value(), signer_.key()};
  }

  AuditLedger& ledger() { return ledger_; }
  compliance::CheckpointSigner& signer() { return signer_; }
  ManualClock& clock() { return clock_; }

 private:
  AuditLedger ledger_;
  ManualClock clock_{from_rfc3339("2026-11-22T20:23:00Z").value()};
  SeededRandom random_{42};
  audit::Trail trail_{audit::Frontier{}, random_};
  compliance::CheckpointSigner signer_;
};

// A fresh directory below the test's temporary one, removed at the end.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const std::string& name)
      : path_(std::filesystem::path(::testing::TempDir()) /
              ("cdp-" + name + "-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace cdp::testing
