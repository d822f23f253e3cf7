// What was decided about identity, as rows of state.db: pairs joined by order, latched identifiers,
// retracted assertions, reviews, and which ledger records tell of a persona's subject. The pairs
// held apart are state_store.cc's.
//
// Thread-safety: as the connection's owner. Errors: those of the statements.
#pragma once

#include "cdp/core/store/sqlcipher/file.h"

namespace cdp::store::sqlcipher {

Result<void> put_decisions(Connection& connection, const StateDelta& delta);
// `token`: all zero when the persona was not known.
Result<void> forget_decisions(Connection& connection, PersonaOrdinal persona, const Token& token);
Result<void> read_must_links(const File& file, const std::function<void(const MustLinkRow&)>& row);
Result<std::optional<ReviewRow>> read_review(const File& file, const Token& id);
Result<void> read_reviews(const File& file, const std::function<void(const ReviewRow&)>& row);
Result<void> read_retractions(const File& file,
                              const std::function<void(const RetractionRow&)>& row);
Result<void> read_latches(const File& file, const std::function<void(const LatchRow&)>& row);
Result<std::vector<Position>> read_versions(const File& file, PersonaOrdinal persona);

}  // namespace cdp::store::sqlcipher
