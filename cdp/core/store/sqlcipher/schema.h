// The schemas, as numbered migrations: never edited once released, applied in order at open, each
// in one transaction with its row in the table `migration`.
//
// Thread-safety: constant data; migrate() is for the opening thread.
#pragma once

#include <span>

#include "cdp/core/store/sqlcipher/connection.h"

namespace cdp::store::sqlcipher {

struct Migration {
  int number;
  const char* sql;
};

std::span<const Migration> keys_migrations();
std::span<const Migration> ledger_migrations();
std::span<const Migration> state_migrations();

// Errors: unprocessable when the file was written by a newer version.
Result<void> migrate(Connection& connection, std::span<const Migration> migrations);

}  // namespace cdp::store::sqlcipher
