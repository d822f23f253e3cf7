// How far an import has come: DIR/import-<hash>.json, while it is under way. Numbers only; the
// file's name stands there as a hash.
//
// Thread-safety: one thread. Non-errors: no state, or the state of a file that has changed since
// (then the import starts over, and the rows that were taken are duplicates).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cdp/core/base/result.h"

namespace cdp::app::cli {

struct ImportedFile {
  std::filesystem::path path;  // absolute
  std::string source;
  std::uint64_t bytes = 0;
  std::int64_t changed_at_s = 0;
};

struct ImportProgress {
  std::string next;  // the server's resume object, as JSON; empty = from the start
  std::uint64_t rows = 0;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;
};

class ImportState {
 public:
  ImportState(const std::filesystem::path& directory, const ImportedFile& file);
  ImportProgress load() const;
  Result<void> save(const ImportProgress& progress) const;
  void forget() const;

 private:
  std::filesystem::path place_;
  std::uint64_t bytes_;
  std::int64_t changed_at_s_;
};

}  // namespace cdp::app::cli
