// ConsentState: what holds for one person, purpose by purpose, channel by channel, vendor by
// vendor: why, by which statement, and everything that was ever said. For the person's own page,
// the consent API and the officer; never for a destination (no oracles round the gate).
//
//   const auto state = consent_state(profile, policy, pseudonyms, question, now);
//   for (const auto& row : state.rows) ... row.purpose, row.allowed, row.reason, row.deciding
//
// Two questions that have different answers where one person has several records: what became of
// the person's word (consent_state: allowed when any of their data may be used, so that the page
// never hides a use), and whether to use their data (consent_lookup: what the gate would say, and
// no more).
//
// Thread-safety: pure; a value. Errors: none; nobody known is an empty profile and every row
// closed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "consent/effective.h"

namespace cdp::consent {

// One statement, told. `id` names it for receipts: keyed from its place in the ledger.
struct ToldStatement {
  std::string id;  // "stm_..."
  event::Statement statement;
  PersonaOrdinal persona;  // whose record holds it
};

// One record of the person's: what its source gave us, and whether that may be used.
struct ConsentRecord {
  std::string source;
  bool allowed = false;
  Reason reason = Reason::no_statement;
  std::optional<ToldStatement> deciding;
};

struct ConsentRow {
  std::string purpose;
  std::string channel;
  std::string vendor;  // a destination configured for the purpose; empty = whoever
  event::Basis basis = event::Basis::consent;
  bool allowed = false;
  Reason reason = Reason::no_statement;
  bool by_choice = false;  // a statement decided, not a default or a basis
  // The choice that decided, or what fell short of one; empty when nobody said anything.
  std::optional<ToldStatement> deciding;
  std::shared_ptr<const NoticeText> notice;  // in the first language asked for; null: none
  // From consent_lookup(): the records that have something to release, in no order that tells
  // anything.
  std::vector<ConsentRecord> records;
};

struct ConsentState {
  std::vector<ConsentRow> rows;        // by purpose, then vendor ("" first)
  std::vector<ToldStatement> history;  // newest first; copies left out
  std::vector<std::string> places;     // jurisdictions evidenced
  bool privacy_control = false;        // a GPC signal stands
  bool sale_closed = false;            // nothing of theirs may be sold or shared
  bool restricted = false;             // processing is restricted altogether
};

struct StateQuestion {
  bool by_vendor = false;              // a row for each destination of the purpose, too
  std::vector<std::string> languages;  // for `notice`
};

// `pseudonyms`: the index that keys statement ids.
ConsentState consent_state(const identity::Profile& profile, const Policy& policy,
                           const crypto::BlindIndex& pseudonyms, const StateQuestion& question,
                           Time now);

// The same with rows that say what the gate would: `allowed` only where a view would be cut and no
// choice closes a record (consent/standing.h). `link_index` is that of the gate.
ConsentState consent_lookup(const identity::Profile& profile, const Policy& policy,
                            const crypto::BlindIndex& pseudonyms,
                            const crypto::BlindIndex& link_index, const StateQuestion& question,
                            Time now);

// The id of one statement: of the one that was said, also when `statement` is a copy of it.
std::string statement_id(const event::Statement& statement, const crypto::BlindIndex& pseudonyms);

}  // namespace cdp::consent
