// What the machine under the bench can do at all, measured in the same run, so that our figures can
// be read as shares of it.
//
// Thread-safety: one thread. Errors: unavailable when the disk or SQLCipher does not do its part.
#pragma once

#include <filesystem>

#include "cdp/core/base/result.h"
#include "cdp/core/base/time.h"

namespace cdp::bench {

// 4 KiB appends, each followed by fdatasync.
Result<double> fdatasync_per_s(const std::filesystem::path& folder, Duration for_time,
                               Clock& clock);
// Rows of 500 bytes into one keyed SQLCipher table by ascending rowid, 1,000 a commit, WAL,
// synchronous=FULL, 8 KiB pages.
Result<double> append_rows_per_s(const std::filesystem::path& folder, std::uint64_t rows,
                                 Clock& clock);

}  // namespace cdp::bench
