// The two halves of the ledger's engine: what a commit writes, and what reads answer.
//
// Thread-safety: each call works on the connection it is given. Errors: as ledger.h.
#pragma once

#include "cdp/core/store/sqlcipher/file.h"

namespace cdp::store::sqlcipher {

// Everything of a batch, inside the caller's transaction.
Result<void> write_batch(Connection& connection, const LedgerBatch& batch);
Result<void> write_opt_ins(Connection& connection, const LedgerBatch& batch);

Result<std::vector<OutboxItem>> select_outbox_due(Connection& connection,
                                                  const std::string& destination, Time now,
                                                  std::size_t limit);
Result<std::vector<OutboxItem>> select_outbox_of(Connection& connection, PersonaOrdinal persona);
Result<std::vector<RequestRow>> select_requests(Connection& connection, const std::string& status,
                                                std::size_t limit);
Result<std::optional<RequestRow>> select_request(Connection& connection, RequestId id);
Result<std::vector<Disclosure>> select_disclosures(Connection& connection, PersonaOrdinal persona);
Result<std::vector<AccessToken>> select_tokens(Connection& connection);
Result<std::optional<PendingOptIn>> select_opt_in(Connection& connection, const Token& id);
Result<std::size_t> count_opt_ins(Connection& connection, const Token& address, Time since);
Result<std::vector<Token>> select_opt_ins_ended(Connection& connection, Time now,
                                                std::size_t limit);

// The highest number ever used for a table, also after its newest row was deleted.
Result<std::uint64_t> last_number(Connection& connection, std::string_view table);

}  // namespace cdp::store::sqlcipher
