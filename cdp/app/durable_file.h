// Writes a small file so that a crash leaves the old or the new one, never a part: temporary file
// beside it, fsync, rename, directory fsync.
//
// The temporary file is made afresh, under a name that nothing has (open(2), O_EXCL): one that
// somebody put there is neither written to nor followed. When the disk refuses, it is removed; only
// a crash leaves it, as FILE.<process>-<n>.new.
//
// `mode` is that of the new file, whatever the old one had. Thread-safety: callers serialise writes
// of one path. Errors: unavailable when the disk refuses; the old file is untouched.
#pragma once

#include <filesystem>
#include <string_view>

#include "cdp/core/base/result.h"

namespace cdp::app {

Result<void> write_durably(const std::filesystem::path& file, std::string_view text, unsigned mode);

}  // namespace cdp::app
