// Making a data directory, for `cdp init` and `cdp demo`.
//
// Thread-safety: one thread. Errors: conflict when there is one already; what keyring, stores and
// configuration answer. What was made is taken away again then (but for a key file).
#pragma once

#include <filesystem>
#include <string>

#include "cdp/app/cli/kek_choice.h"
#include "cdp/app/config/config.h"

namespace cdp::app::cli {

struct NewDirectory {
  std::string audit_key;  // verifier key of the new log
};

Result<void> refuse_used_directory(const std::filesystem::path& directory);
Result<NewDirectory> make_directory(const std::filesystem::path& directory, const KekChoice& choice,
                                    crypto::KekProvider& kek, const std::string& config,
                                    World& world);

}  // namespace cdp::app::cli
