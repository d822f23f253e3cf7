// Statements on their way into the ledger: a draft (what a connector or POST /v1/consents read)
// becomes an event::Statement, checked against the policy, graded no higher than its bearer may
// vouch for, dated no later than its receipt.
//
//   auto bound = bind_statement(draft, context, token_of_the_contact_point);
//   if (auto* refused = std::get_if<StatementRefusal>(&bound)) ... count refused->reason, answer it
//
// Thread-safety: pure. Errors: parse_consents answers invalid_argument for a body that is not a
// list of statements at all; a single statement that cannot be used is a StatementRefusal, a value,
// and never loses its neighbours.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cdp/core/event/json.h"
#include "consent/policy.h"

namespace cdp::consent {

// Why one statement was not taken. `reason` is a bounded label, never personal data.
struct StatementRefusal {
  std::string reason;
  std::string hint;
};

// Who brings the statement.
struct StatementContext {
  const Policy* policy = nullptr;
  std::string source;                               // its name, or that of the consent token
  bool anonymous = false;                           // the persona is a device
  event::Grade grade_max = event::Grade::asserted;  // see grade_max_of()
  Time received_at;
};

// The best evidence a bearer can vouch for. A browser key and a consent token: recorded. A server
// or a vendor: the vendor's own double opt-in. Only our own preference centre and double opt-in
// give `verified`, and neither is a source.
event::Grade grade_max_of(event::Trust trust);
inline constexpr event::Grade kConsentTokenGradeMax = event::Grade::recorded;

// `contact_point`: the blind index of the draft's contact point, normalised by the caller; empty
// when there is none or it could not be normalised.
//
// A grant must name a configured purpose; anything else may also name a parent of one, a data
// category of the data map, "gpc", or everything ("" or "*"). A grant on a channel purpose without
// a usable contact point is taken, and opens nothing. "Recorded" without a date and a method is
// lowered to "asserted". Position and index are left for the fold.
// Reasons: unknown_purpose, channel_mismatch, contact_type_mismatch, notice_mismatch.
std::variant<event::Statement, StatementRefusal> bind_statement(
    const event::StatementDraft& draft, const StatementContext& context,
    const std::optional<Token>& contact_point);

// One statement of POST /v1/consents:
//   {"identifier":{"type","value"},"purpose","channel"?,"vendor"?,"choice","basis"?,
//    "occurred_at"?,"method"?,"notice_version"?,"notice_language"?,"notice_hash"?,"actor"?,"place"?,
//    "jurisdiction"?,"evidence"?:{...},"contact_point"?:{"type","value"},"message_id"?}
struct ConsentRequest {
  event::Identifier identifier;
  event::StatementDraft draft;
  std::string message_id;  // empty = the caller makes one
};
using ParsedConsent = std::variant<ConsentRequest, StatementRefusal>;

// `root` is one statement, a list of them, or {"statements":[...]}. In order. Errors:
// invalid_argument for another shape or an empty list, too_large above limits::kBatchEventsMax.
// Reasons: malformed, unknown_field, missing_identifier, missing_purpose, unknown_choice,
// unknown_basis, unknown_actor, malformed_date, malformed_contact_point, malformed_notice_hash,
// malformed_jurisdiction, malformed_evidence, too_large.
Result<std::vector<ParsedConsent>> parse_consents(const json::Value& root);

}  // namespace cdp::consent
