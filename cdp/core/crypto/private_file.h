// The few small files that hold keys: read whole, written so that a crash leaves the old or the
// new.
//
// Thread-safety: pure functions on the file system. For this folder only.
#pragma once

#include <filesystem>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/result.h"

namespace cdp::crypto {

enum class Privacy : std::uint8_t {
  sealed,      // the content is encrypted: any mode will do
  owner_only,  // the content is a key: refused when group or others have any right to it
};

// Errors: not_found; permission_denied (unreadable, or not private enough); too_large; unavailable.
Result<Bytes> read_private_file(const std::filesystem::path& file, Privacy privacy,
                                std::size_t max_bytes);

enum class Existing : std::uint8_t { replace, keep };

// Writes `file`.tmp with mode 0600, fsyncs it, moves it to `file`, fsyncs the directory. Errors:
// conflict when `file` exists and is to be kept; unavailable for anything the disk refused, the old
// file then being untouched.
Result<void> write_private_file(const std::filesystem::path& file, ByteView content,
                                Existing existing);

}  // namespace cdp::crypto
