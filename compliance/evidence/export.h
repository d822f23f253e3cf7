// export_log: writes the public export of the audit log, which anyone can verify with no database
// and no keys (verify.h). What lies where: export_layout.h.
//
// The export is written beside `directory` under the name `<directory>.partial` and renamed when it
// is complete and on disk: `directory` never holds half an export, whatever is killed when.
//
// Thread-safety: safe beside the writer; two exports need two directories. Errors: conflict when
// `directory` holds something; unauthenticated or invalid_argument when a checkpoint is not of
// `key`; unprocessable when there is no checkpoint yet or the previous one is newer; corrupt when
// the ledger's entries do not give the signed roots; unavailable when the disk refuses.
#pragma once

#include <filesystem>
#include <string>

#include "cdp/core/audit/note.h"
#include "cdp/core/store/ledger.h"

namespace cdp::compliance {

struct ExportInput {
  std::string checkpoint;           // the published note: what is exported ends there
  std::string previous_checkpoint;  // an older note of the same log; empty when there is none
  audit::VerifierKey key;
};

struct ExportReport {
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

Result<ExportReport> export_log(const store::Ledger& ledger, const ExportInput& input,
                                const std::filesystem::path& directory);

}  // namespace cdp::compliance
