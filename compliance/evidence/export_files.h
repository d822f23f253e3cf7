// ExportFiles: the reading end of an export's directory. Reads regular files only, never more than
// the caller can need, and follows no link out of the directory.
//
// Thread-safety: belongs to one thread. Errors: corrupt for a file that is missing, too large or no
// regular file; not_found when there is no such directory; unavailable when the disk refuses.
#pragma once

#include <filesystem>
#include <string>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/result.h"

namespace cdp::compliance {

class ExportFiles {
 public:
  static Result<ExportFiles> open(std::filesystem::path directory);
  Result<Bytes> read(const std::string& path, std::uint64_t bytes_max);
  bool has(const std::string& path) const;
  // Every file must be one that an export of a log of `size` entries holds.
  Result<void> refuse_strangers(std::uint64_t size, bool has_previous) const;
  std::uint64_t files_read() const { return files_; }
  std::uint64_t bytes_read() const { return bytes_; }

 private:
  explicit ExportFiles(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace cdp::compliance
