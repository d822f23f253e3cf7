// The options --checkpoint and --proof of `cdp consent verify` and `cdp audit verify`: files with
// what the reader got another way than from us.
//
// Thread-safety: a value. Errors: not_found for a file that cannot be read; invalid_argument for a
// proof without a checkpoint.
#pragma once

#include <optional>
#include <string>

#include "cdp/app/cli/verbs.h"
#include "compliance/evidence/continuity.h"

namespace cdp::app::cli {

class CheckpointFiles {
 public:
  static Option checkpoint_option();
  static Option proof_option();
  static Result<CheckpointFiles> read(Invocation& call);

  // Lifetime: this must outlive the answer.
  std::optional<compliance::GivenCheckpoint> given() const;
  // What is said when it fits.
  static std::string agrees(const audit::Checkpoint& given);

 private:
  std::optional<std::string> checkpoint_;
  std::optional<std::string> proof_;
};

}  // namespace cdp::app::cli
