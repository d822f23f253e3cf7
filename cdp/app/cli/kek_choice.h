// KekChoice: how the key-encryption key of a data directory is found again: DIR/kek.json, which
// holds a kind and a place, never a secret (DESIGN §5).
//
//   {"kind":"key_file","path":"/etc/cdp.key"} | {"kind":"passphrase"} |
//   {"kind":"plugin","argv":["/usr/bin/our-kms"]}
//
// Thread-safety: one thread. Errors: not_found without kek.json; invalid_argument when it is not of
// this form; unauthenticated when a passphrase is needed and cannot be had.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cdp/app/cli/verb.h"
#include "cdp/core/crypto/keyring.h"

namespace cdp::app::cli {

struct KekChoice {
  std::string kind = "key_file";  // "key_file", "passphrase", "plugin"
  std::filesystem::path path;     // of the key file, absolute
  std::vector<std::string> argv;  // of the plug-in, the first absolute
};

Result<KekChoice> read_kek_choice(const std::filesystem::path& directory);
Result<KekChoice> parse_kek_choice(std::string_view text);
std::string to_json(const KekChoice& choice);

// `create`: a key file may be made, and a typed passphrase is asked for twice. A passphrase comes
// from the file of --passphrase-file ("-": the first line of standard input), else from the
// terminal, without echo.
Result<std::unique_ptr<crypto::KekProvider>> make_kek(const KekChoice& choice, bool create,
                                                      Invocation& call);

}  // namespace cdp::app::cli
