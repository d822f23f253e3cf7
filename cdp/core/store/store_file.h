// StoreFile: what each of the three stores can be asked of the file behind it, whatever it keeps
// there.
//
// Thread-safety: safe for concurrent use. Errors: unavailable when the disk fails, corrupt when
// pages do not verify. An engine without files has nothing to do and answers so.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cdp/core/base/result.h"

namespace cdp::store {

// The epoch of the one process that may write; every transaction checks it (DESIGN §4).
struct Fence {
  std::uint64_t epoch = 0;
};

class StoreFile {
 public:
  virtual ~StoreFile() = default;

  // Takes the fence: every earlier holder's next write answers conflict.
  virtual Result<Fence> take_fence() = 0;
  virtual Result<std::size_t> wal_bytes() const = 0;
  virtual Result<void> checkpoint() = 0;  // passive: never blocks readers
  // Folds the WAL into the file and empties it. Waits for readers; unavailable when one does not
  // leave its old snapshot.
  virtual Result<void> truncate_wal() = 0;
  // Writes every page of the file anew, so that nothing of a deleted row is left on one: deleting
  // overwrites a row's cell, not the copies that balancing a tree leaves between the cells. In the
  // file itself with the next truncate_wal(). Holds up writes for as long as the file is long, and
  // takes as much memory. Errors: unprocessable above limits::kRewriteBytesMax.
  virtual Result<void> rewrite() = 0;
  virtual Result<void> integrity_check() const = 0;
};

}  // namespace cdp::store
