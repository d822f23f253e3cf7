// One pass over the leaves of a log, which yields everything that an export holds and a verifier
// recomputes: the tiles, the root, the root at the previous checkpoint and the proof between both.
//
// Thread-safety: belongs to one thread. Memory: a few kilobytes, whatever the log's size.
#pragma once

#include <optional>
#include <vector>

#include "cdp/core/audit/note.h"
#include "cdp/core/audit/tile.h"

namespace cdp::compliance {

class LogPass {
 public:
  // Errors: invalid_argument when `previous_size` is over `size`.
  static Result<LogPass> start(std::uint64_t size, std::optional<std::uint64_t> previous_size,
                               audit::TileBuilder::Sink tile);
  // Also the root at `size`, for watched_root(). Before the first add().
  void watch(std::uint64_t size) { watched_size_ = size; }
  Result<void> add(const audit::Hash& leaf);
  Result<void> finish();

  audit::Hash root() const { return tiles_.frontier().root(); }
  audit::Hash previous_root() const { return previous_root_; }
  audit::Hash watched_root() const { return watched_root_; }
  audit::Proof consistency() const;

 private:
  struct Subtree {
    audit::LeafRange range;
    audit::Frontier frontier;
  };
  LogPass(audit::TileBuilder tiles, std::optional<std::uint64_t> previous_size)
      : tiles_(std::move(tiles)), previous_size_(previous_size) {}

  audit::TileBuilder tiles_;
  std::optional<std::uint64_t> previous_size_;
  audit::Hash previous_root_ = audit::empty_root();
  std::optional<std::uint64_t> watched_size_;
  audit::Hash watched_root_ = audit::empty_root();
  std::vector<Subtree> proof_;
};

}  // namespace cdp::compliance
