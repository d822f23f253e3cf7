// ConsentState: what holds for one person, purpose by purpose, channel by channel, vendor by
// vendor: why, by which statement, and everything that was ever said. For the person's own page,
// the consent API and the officer; never for a destination (no oracles round the gate).
//
//   const auto state = consent_state(profile, policy, now);
//   for (const auto& row : state.rows) ... row.purpose, row.allowed, row.reason, row.deciding
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

// The id of one statement: of the one that was said, also when `statement` is a copy of it.
std::string statement_id(const event::Statement& statement, const crypto::BlindIndex& pseudonyms);

}  // namespace cdp::consent
