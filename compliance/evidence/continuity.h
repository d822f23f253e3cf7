// Continuity: whether a checkpoint that somebody got another way is of the same log as ours: the
// same root at the same size, or a longer log that begins with the shorter one (RFC 6962 §2.1.2).
// It makes no difference which of both is the longer.
//
// What is given may be a checkpoint (C2SP tlog-checkpoint), or the text of `cdp audit proof` (the
// body of C2SP tlog-witness add-checkpoint), which holds a newer checkpoint and the proof that it
// continues an older one.
//
// Thread-safety: pure.
#pragma once

#include <optional>
#include <string_view>

#include "cdp/core/audit/note.h"

namespace cdp::compliance {

struct GivenCheckpoint {
  std::string_view text;
  std::optional<std::string_view> proof;  // a second file that holds the proof
};

// The checkpoint that was given, verified under `key`. Errors: unauthenticated = not signed by it;
// corrupt = of a log of another name; invalid_argument = cannot be read.
Result<audit::Checkpoint> given_checkpoint(const GivenCheckpoint& given,
                                           const audit::VerifierKey& key);

// Proves that both are of one log; answers the given one. Errors, besides these: conflict = the
// sizes differ and there is no proof between exactly these sizes; corrupt = the log was forked or
// its past was rewritten (or the proof is of another log).
Result<audit::Checkpoint> check_continuity(const audit::Checkpoint& ours,
                                           const audit::VerifierKey& key,
                                           const GivenCheckpoint& given);

// The refusals of two roots that contradict each other.
tl::unexpected<Error> forked();

}  // namespace cdp::compliance
