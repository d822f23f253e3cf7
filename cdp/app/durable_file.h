// Writes a small file so that a crash leaves the old or the new one, never a part: temporary file
// beside it, fsync, rename, directory fsync.
//
// Thread-safety: callers serialise writes of one path. Errors: unavailable when the disk refuses.
#pragma once

#include <filesystem>
#include <string_view>

#include "cdp/core/base/result.h"

namespace cdp::app {

Result<void> write_durably(const std::filesystem::path& file, std::string_view text, unsigned mode);

}  // namespace cdp::app
