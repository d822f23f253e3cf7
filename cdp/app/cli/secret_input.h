// Secrets as they are typed or piped in: never an argument, never shown (DESIGN §5).
//
// Thread-safety: one thread. Errors: invalid_argument for an empty or over-long one; unavailable
// when it cannot be read.
#pragma once

#include <filesystem>
#include <string>

#include "cdp/app/cli/verb.h"
#include "cdp/core/crypto/secret.h"

namespace cdp::app::cli {

// One line: from the terminal without echo when a person types, else from standard input.
Result<crypto::Secret> read_secret_line(World& world, const std::string& question);
// The file's content without its last line end; refused when others may read it.
Result<crypto::Secret> read_secret_file(const std::filesystem::path& file);

}  // namespace cdp::app::cli
