// ReceiptDesk: the receipt of one statement of one person, signed, with the proof that it stands in
// the audit log. What a receipt holds and how it is verified:
// compliance/evidence/consent_receipt.h.
//
// Thread-safety: safe. Lifetime: everything given must outlive it. Errors: not_found when the
// person has no statement of that id (also when it is another person's: no oracle); unavailable
// when the log cannot be read or signed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cdp/app/ingest/pipeline.h"
#include "cdp/app/policy_store.h"
#include "compliance/evidence/checkpoint.h"
#include "compliance/evidence/log_prover.h"
#include "consent/consent_state.h"

namespace cdp::compliance {
struct ReceiptInput;
}

namespace cdp::app {

class ReceiptDesk {
 public:
  struct Services {
    Pipeline& pipeline;
    PolicyStore& policy;
    const crypto::Keyring& keyring;
    Clock& clock;
    std::function<Result<compliance::SignedCheckpoint>()> checkpoint;
  };
  explicit ReceiptDesk(Services services);

  Result<std::string> issue(const identity::Profile& profile, const std::string& statement) const;

  // The log's prover, whose hashes are kept once for receipts and for whoever asks for proofs.
  compliance::LogProver& prover() const { return *prover_; }

 private:
  Result<void> add_log(const compliance::SignedCheckpoint& signed_one,
                       compliance::WantedEntry wanted, compliance::ReceiptInput* input) const;

  Services services_;
  std::unique_ptr<compliance::LogProver> prover_;
};

}  // namespace cdp::app
