// BenchDirectory: a data directory on the real disk, with a server-trusted Segment source `web`,
// and a platform over it in this process.
//
// Thread-safety: one thread. Lifetime: the folder is removed with it, unless leave() was called.
// Errors: what keyring, stores and configuration answer.
#pragma once

#include <filesystem>

#include "cdp/app/wiring.h"

namespace cdp::bench {

class BenchDirectory {
 public:
  // An empty folder at `path`; whatever lay there is removed.
  static Result<BenchDirectory> make(const std::filesystem::path& path);
  explicit BenchDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  const std::filesystem::path& path() const { return path_; }
  std::uintmax_t bytes() const;  // of the three databases and their logs

 private:
  std::filesystem::path path_;
};

// Everything that a platform needs around it, real.
struct BenchWorld {
  SystemClock clock;
  SystemRandom random;
  app::Logger logger = app::Logger::silent(clock);
  app::Metrics metrics;

  Result<std::unique_ptr<app::Platform>> open(const BenchDirectory& directory);
};

}  // namespace cdp::bench
