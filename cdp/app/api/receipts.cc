#include "cdp/app/api/receipts.h"

#include <algorithm>
#include <tuple>

#include "compliance/evidence/consent_receipt.h"
#include "consent/commitment.h"

namespace cdp::app {

namespace {

// How many of the record's statements before this one say the same of the same moment.
std::size_t alike_before(const event::Statement& statement, const identity::ProfileMember& member) {
  const auto words = [](const event::Statement& s) {
    return std::tie(s.received_at, s.choice, s.purpose, s.channel, s.grade, s.source);
  };
  const auto place = [](const event::Statement& s) { return std::tie(s.position, s.index); };
  const auto& all = member.document.statements;
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& other) {
    return other.copied_from.none() && words(other) == words(statement) &&
           place(other) < place(statement);
  }));
}

}  // namespace

ReceiptDesk::ReceiptDesk(Services services)
    : services_(std::move(services)),
      prover_(std::make_unique<compliance::LogProver>(services_.pipeline.services().ledger)) {}

Result<std::string> ReceiptDesk::issue(const identity::Profile& profile,
                                       const std::string& statement) const {
  const auto& pseudonyms = services_.pipeline.keyed().pseudonym;
  const auto active = services_.policy.active();
  for (const auto& member : profile.members) {
    for (const auto& told : member.document.statements) {
      if (!told.copied_from.none() || consent::statement_id(told, pseudonyms) != statement) {
        continue;
      }
      CDP_TRY(const auto open, services_.pipeline.persona_keys().open(member.persona));
      compliance::ReceiptInput input;
      input.id = statement;
      input.principal =
          "prs_" + to_crockford(pseudonyms.token({"receipt", open.persona.to_string()}));
      input.statement = &told;
      input.policy = &active->policy;
      input.nonce = consent::statement_nonce(open.key.audit_secret(), told.position, told.index);
      input.issued_at = services_.clock.now();
      CDP_TRY(const auto signed_one, services_.checkpoint());
      compliance::WantedEntry wanted;
      wanted.statement = &told;
      wanted.audit_secret = open.key.audit_secret();
      wanted.alike_before = alike_before(told, member);
      CDP_CHECK(add_log(signed_one, std::move(wanted), &input));
      const auto& keyring = services_.keyring;
      const audit::VerifierKey key{signed_one.checkpoint.origin,
                                   crypto::ed25519_public(keyring.audit_seed())};
      return compliance::make_receipt(input, keyring.audit_seed(), key);
    }
  }
  return fail(ErrorCode::not_found, "there is no such statement",
              "the history lists the ids of all of them");
}

// Where the statement stands in the log, if it does.
Result<void> ReceiptDesk::add_log(const compliance::SignedCheckpoint& signed_one,
                                  compliance::WantedEntry wanted,
                                  compliance::ReceiptInput* input) const {
  wanted.commitment =
      to_hex(consent::commitment(consent::statement_record(*input->statement), input->nonce));
  const std::uint64_t size = signed_one.checkpoint.size;
  CDP_TRY(auto found, prover_->find(wanted, size));
  if (!found) return {};
  CDP_TRY(auto proof, prover_->prove(found->index, size));
  input->logged = {found->committed, found->index, std::move(found->entry), std::move(proof),
                   signed_one.note};
  return {};
}

}  // namespace cdp::app
