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
  // Whoever brings it hears of a refusal (POST /v1/consents), and is refused what could never
  // apply. A vendor's feed, a file or a page hears nothing: there a no is taken wider than it was
  // said rather than lost.
  bool answered = false;
  // It was said elsewhere and is brought here (an import), perhaps under a notice of somebody
  // else's.
  bool elsewhere = false;
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
// category of the data map, "gpc", or everything ("" or "*"). "Recorded" without a date and a
// method is lowered to "asserted". Position and index are left for the fold.
//
// A no on a channel that nothing it names has, or to a vendor that is no destination, would stand
// and close nothing. So would a grant on a channel purpose without a usable contact point open
// nothing, and so would nobody know what a grant under a notice of which we never heard was for.
// `answered`: these are refused. Otherwise the no holds for every channel, or every vendor; the
// grant is kept and opens nothing; the notice is kept as told, and is stale once a material change
// was made (Weighing). A grant whose hash is that of a text of ours, without a version, gets that
// version. Reasons: unknown_purpose, unknown_channel, channel_mismatch, unknown_vendor,
// contact_type_mismatch, missing_contact_point, malformed_contact_point, unknown_notice,
// notice_mismatch.
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

// A grant for a channel by the very address that the channel reaches, without a contact point, is
// one of that address: its contact point from here on. Everything else stays as it is.
void bind_to_identifier(const Policy& policy, ConsentRequest* request);

// Names what is said of whom, and nothing else: the same for a retry, another for another person,
// address, purpose, channel, vendor, choice, date or circumstance; so the caller's message id alone
// decides nothing. Not part of it: the evidence, which nobody compares. `person`, `contact_point`:
// their blind indices; the result is SHA-256 in hex and tells nobody a person without their key.
std::string message_digest(const ConsentRequest& request, const Token& person,
                           const std::optional<Token>& contact_point);

// `root` is one statement, a list of them, or {"statements":[...]}. In order. Errors:
// invalid_argument for another shape or an empty list, too_large above limits::kBatchEventsMax.
// Reasons: malformed, unknown_field, missing_identifier, missing_purpose, unknown_choice,
// unknown_basis, unknown_actor, malformed_date, malformed_contact_point, malformed_notice_hash,
// malformed_jurisdiction, malformed_evidence, too_large.
Result<std::vector<ParsedConsent>> parse_consents(const json::Value& root);

}  // namespace cdp::consent
