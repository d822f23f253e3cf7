#include "cdp/core/store/ledger.h"

namespace cdp::store {

bool LedgerBatch::empty() const {
  return records.empty() && tombstones.empty() && tombstones_lifted.empty() && audit.empty() &&
         outbox.empty() && outbox_done.empty() && requests.empty() && disclosures.empty() &&
         tokens.empty() && opt_ins.empty() && opt_ins_done.empty() && opt_ins_erased.empty() &&
         effects.empty() && !effects_position && meta.empty();
}

}  // namespace cdp::store
