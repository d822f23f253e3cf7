// Likeness: who else in this house might be whom, by names, dates and addresses instead of
// identifiers (identity/match), over everybody in the store at once. It proposes; policy decides
// (cdp.toml [identity.matching]): above `review` a pair waits for an officer, above `auto_link` it
// is joined, by a decision of kind "matched" that names the model and the weight.
//
// Who refused the purpose `identity.linking` is never opened: the record enters no pair. Opened
// values live in memory while it runs and are written nowhere; neither is the model. Pairs that an
// officer held apart, that are one person already or that wait for a decision are left alone. A
// matched link proves nothing: grants do not cross it, and no erasure reaches over it.
//
// Thread-safety: safe beside everything else; not from the writer's or the fold's thread. Errors:
// unprocessable when matching is off, or the records are too few or too unlike to learn from.
#pragma once

#include <string>

#include "cdp/app/ingest/pipeline.h"
#include "consent/policy.h"

namespace cdp::app {

inline constexpr const char* kLinkingPurpose = "identity.linking";

struct LikenessReport {
  std::string model;  // version: digest of its parameters
  std::uint64_t records = 0;
  std::uint64_t refused = 0;  // by purpose
  std::uint64_t compared = 0;
  std::uint64_t linked = 0;
  std::uint64_t proposed = 0;
};

Result<LikenessReport> match_people(Pipeline& pipeline, const consent::Policy& policy);

}  // namespace cdp::app
