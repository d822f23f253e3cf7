// Commitment: what ties a statement to its entry in the audit log without telling what was said or
// by whom. The entry holds HMAC-SHA-256(nonce, record); the record is the statement as canonical
// JSON, the nonce is derived from the persona's audit secret and dies with its key. Whoever is
// given record and nonce (a receipt holds both) can check the entry; nobody else can guess.
//
// Thread-safety: pure.
#pragma once

#include <string>

#include "cdp/core/base/bytes.h"
#include "cdp/core/event/statement.h"

namespace cdp::consent {

// RFC 8785 JSON: actor, basis, channel, choice, grade, jurisdiction, method, notice_hash (hex),
// notice_language, notice_version, occurred_at, place, purpose, received_at, source, vendor; what
// is empty is left out. No address, no evidence, no place in the ledger.
std::string statement_record(const event::Statement& statement);

// `audit_secret`: of the persona that holds the statement. Position and index as in the ledger.
crypto::Digest statement_nonce(ByteView audit_secret, Position position, std::uint32_t index);

crypto::Digest commitment(std::string_view record, ByteView nonce);

}  // namespace cdp::consent
