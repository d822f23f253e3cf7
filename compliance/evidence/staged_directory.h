// StagedDirectory: files that appear all at once. They are written under `<target>.partial`, which
// publish() flushes to disk and renames; without publish() the destructor removes them.
//
// Thread-safety: belongs to one thread. Errors: conflict when the target holds something or another
// writer's `.partial` is there; unavailable when the disk refuses.
#pragma once

#include <filesystem>
#include <string>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/result.h"

namespace cdp::compliance {

class StagedDirectory {
 public:
  static Result<StagedDirectory> create(std::filesystem::path target);
  StagedDirectory(StagedDirectory&& other) noexcept;
  StagedDirectory& operator=(StagedDirectory&&) = delete;
  ~StagedDirectory();

  // `path` is relative; its directories are made.
  Result<void> put(const std::string& path, ByteView bytes);
  Result<void> publish();

 private:
  StagedDirectory(std::filesystem::path target, std::filesystem::path staging)
      : target_(std::move(target)), staging_(std::move(staging)) {}
  std::filesystem::path target_;
  std::filesystem::path staging_;  // empty once published or moved from
};

}  // namespace cdp::compliance
