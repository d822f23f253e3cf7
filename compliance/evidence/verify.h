// verify_export: proves an export with nothing but its files, by reading every byte of it. No
// database, no secrets, no network.
//
// It recomputes every hash from the entries and compares: signatures, root, every tile, the
// previous checkpoint and the proof between both, README and key line. A file that does not belong
// is refused as well, so that nothing unproven rides along.
//
// Thread-safety: pure but for reading files. Errors name the file and the byte or entry:
// unauthenticated = not signed by the key; corrupt = anything else that is not as it was exported;
// not_found = no such directory; invalid_argument = `trusted` is not a verifier key.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/audit/note.h"
#include "compliance/evidence/continuity.h"

namespace cdp::compliance {

struct VerifyReport {
  audit::Checkpoint checkpoint;
  std::optional<audit::Checkpoint> previous;
  std::optional<audit::Checkpoint> given;  // the reader's own, which this log agrees with
  audit::VerifierKey key;
  // False: the key came with the export, which then proves only that it fits together.
  bool key_was_given = false;
  std::map<std::string, std::uint64_t> entries_by_kind;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

// `trusted`: the verifier key text that the reader got another way. `given`: a checkpoint that the
// reader got another way. One that is not newer than the export is compared with the root that the
// entries give at its size; a newer one needs the proof that it continues the export
// (compliance/evidence/continuity.h, also for the errors).
Result<VerifyReport> verify_export(const std::filesystem::path& directory,
                                   std::optional<std::string_view> trusted = std::nullopt,
                                   const std::optional<GivenCheckpoint>& given = std::nullopt);

}  // namespace cdp::compliance
