// FactBuilder: observation -> Prepared: normalises and indexes identifiers, binds statements to the
// policy, encodes, compresses, and computes the dedup and tombstone keys. Everything that needs
// configuration happens here, once, so that the fold needs none (DESIGN §6, invariant 6).
//
// Thread-safety: const and safe: any number of threads build at once. Lifetime: keyed and codec
// must outlive it. Non-errors: a malformed identifier stays as an attribute of its type's name and
// never links; a statement for an unknown purpose is left out; both are named in
// Prepared::warnings.
#pragma once

#include "cdp/app/ingest/keyed.h"
#include "cdp/app/ingest/prepared.h"
#include "cdp/core/store/body_codec.h"
#include "consent/statements.h"

namespace cdp::app {

class FactBuilder {
 public:
  FactBuilder(const Keyed& keyed, const store::BodyCodec& codec) : keyed_(keyed), codec_(codec) {}
  // `grade_max`: what the bearer may vouch for; by default what the source's trust allows.
  Prepared build(event::Observation observation, const consent::SourceConfig& source,
                 const consent::Policy& policy,
                 std::optional<event::Grade> grade_max = std::nullopt) const;

 private:
  void add_identifier(const event::Identifier& raw, const consent::SourceConfig& source,
                      const consent::Policy& policy, Prepared& out) const;
  void add_statement(const event::StatementDraft& draft, const consent::SourceConfig& source,
                     const consent::StatementContext& context, Prepared& out) const;

  const Keyed& keyed_;
  const store::BodyCodec& codec_;
};

}  // namespace cdp::app
