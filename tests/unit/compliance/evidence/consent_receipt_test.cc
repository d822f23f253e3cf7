// Receipts: made from a statement and a log, proven by anybody, and no byte of them may change.
#include "compliance/evidence/consent_receipt.h"

#include <algorithm>

#include "cdp/core/audit/trail.h"
#include "cdp/core/event/json.h"
#include "compliance/evidence/inclusion_prover.h"
#include "consent/commitment.h"
#include "tests/support/audit_ledger.h"

namespace cdp::compliance {
namespace {

constexpr const char* kPurpose = "marketing.communications.email";
const Bytes kSeed(32, 7);

Time at(std::int64_t minute) {
  return Time{1'795'000'000'000'000} + Duration::seconds(60 * minute);
}

event::Statement statement_at(Time time) {
  event::Statement s;
  s.position = Position(5);
  s.source = "cdp-preferences";
  s.purpose = kPurpose;
  s.channel = "email";
  s.contact_type = "email";
  s.contact_point = Token{9};
  s.choice = event::Choice::granted;
  s.grade = event::Grade::verified;
  s.method = "save";
  s.notice_version = "2026-01";
  s.notice_language = "en";
  s.place = "preferences";
  s.evidence = Pii<std::string>(R"({"agent":"a browser"})");
  s.occurred_at = time;
  s.received_at = time;
  return s;
}

consent::Policy shop() {
  consent::Policy policy;
  policy.controller_name = "Example";
  policy.controller_country = "DE";
  policy.controller_contact = "privacy@shop.example";
  policy.home_jurisdiction = "DE";
  consent::AttributeRule email;
  email.category = "user.contact.email";
  email.purposes = {"marketing"};
  policy.attributes["email"] = email;
  consent::DestinationConfig mail;
  mail.purposes = {kPurpose};
  policy.destinations["mail"] = mail;
  consent::NoticeText text;
  text.version = "2026-01";
  text.purpose = kPurpose;
  text.language = "en";
  text.title = "News by e-mail";
  policy.notices["2026-01"] = {"2026-01", {}, {text}};
  consent::settle_notices(&policy);
  return policy;
}

class Receipts : public ::testing::Test {
 protected:
  Receipts() {
    EXPECT_TRUE(crypto::initialise().has_value());
    statement_ = statement_at(at(700));
    statement_.notice_hash = policy_.notices.at("2026-01").texts.front().hash;
    nonce_ = consent::statement_nonce(Bytes(32, 3), statement_.position, statement_.index);
    SeededRandom random(1);
    audit::Trail trail({}, random);
    for (std::int64_t i = 0; i < 1'400; ++i) {
      audit::Entry entry;
      entry.kind = i % 3 == 0 ? "statement" : "observations";
      entry.at = at(i);
      if (entry.kind == "statement") entry.fields["commitment"] = std::string(64, 'a');
      if (i == 700) {
        entry.kind = "statement";
        entry.fields["commitment"] =
            to_hex(consent::commitment(consent::statement_record(statement_), nonce_));
      }
      ledger_.entries.push_back(trail.append(entry)->entry);
    }
  }

  std::string checkpoint(std::uint64_t size) {
    audit::Frontier frontier;
    for (std::uint64_t i = 0; i < size; ++i) frontier.append(audit::leaf_hash(ledger_.entries[i]));
    return audit::sign_note(audit::Checkpoint{key_.name, size, frontier.root()}.body(), key_.name,
                            kSeed);
  }

  std::string receipt(std::uint64_t size = 1'400) {
    InclusionProver prover(ledger_);
    ReceiptInput input;
    input.id = "stm_1";
    input.principal = "prs_1";
    input.statement = &statement_;
    input.policy = &policy_;
    input.nonce = nonce_;
    input.issued_at = at(2'000);
    const auto found =
        prover.find(to_hex(consent::commitment(consent::statement_record(statement_), nonce_)),
                    statement_.received_at, size);
    EXPECT_TRUE(found.has_value() && found->has_value());
    const auto proof = prover.prove((*found)->index, size);
    EXPECT_TRUE(proof.has_value());
    input.logged = {(*found)->index, (*found)->entry, *proof, checkpoint(size)};
    return make_receipt(input, kSeed, key_);
  }

  std::string why_not(std::string_view text, std::optional<std::string_view> key = std::nullopt,
                      std::optional<std::string_view> note = std::nullopt) {
    const auto report = verify_receipt(text, key, note);
    return report ? "proven" : report.error().what;
  }

  consent::Policy policy_ = shop();
  event::Statement statement_;
  crypto::Digest nonce_{};
  testing::AuditLedger ledger_;
  audit::VerifierKey key_{"shop.example/audit", crypto::ed25519_public(kSeed)};
};

TEST_F(Receipts, AreProvenWithNothingButTheirText) {
  const auto report = verify_receipt(receipt(), key_.to_string());
  ASSERT_TRUE(report.has_value()) << report.error().what;
  EXPECT_EQ(report->id, "stm_1");
  EXPECT_EQ(report->controller, "Example");
  EXPECT_EQ(report->purpose, kPurpose);
  EXPECT_EQ(report->choice, "granted");
  EXPECT_EQ(report->notice_version, "2026-01");
  EXPECT_TRUE(report->key_was_given);
  EXPECT_TRUE(report->logged);
  EXPECT_EQ(report->log_size, 1'400U);
}

TEST_F(Receipts, HoldTheFieldsOfTheStandards) {
  const auto document = json::Document::parse(receipt());
  ASSERT_TRUE(document.has_value());
  const auto text = [&](const char* pointer) {
    const auto value = document->root().at(pointer);
    return value ? value->minified() : "-";
  };
  EXPECT_EQ(text("/receipt/version"), "\"KI-CR-v1.1.0\"");
  EXPECT_EQ(text("/receipt/consentReceiptID"), "\"stm_1\"");
  EXPECT_EQ(text("/receipt/consentTimestamp"), std::to_string(at(700).us / 1'000'000));
  EXPECT_EQ(text("/receipt/jurisdiction"), "\"DE\"");
  EXPECT_EQ(text("/receipt/collectionMethod"), "\"save\"");
  EXPECT_EQ(text("/receipt/piiControllers/0/piiController"), "\"Example\"");
  EXPECT_EQ(text("/receipt/services/0/purposes/0/piiCategory"), "[\"user.contact.email\"]");
  EXPECT_EQ(text("/receipt/services/0/purposes/0/thirdPartyName"), "[\"mail\"]");
  EXPECT_EQ(text("/receipt/sensitive"), "false");
  EXPECT_EQ(text("/receipt/event/event_type"), "\"granted\"");
  EXPECT_EQ(text("/receipt/notice/text/title"), "\"News by e-mail\"");
  EXPECT_EQ(text("/receipt/notice/sha256"), "\"" + to_hex(*statement_.notice_hash) + "\"");
}

TEST_F(Receipts, NameNobodyAndShowNoEvidence) {
  const std::string text = receipt();
  EXPECT_EQ(text.find("browser"), std::string::npos);
  EXPECT_EQ(text.find(to_hex(*statement_.contact_point)), std::string::npos);
}

// Bars: any one-byte edit is detected. (Characters between the members are no bytes of the
// receipt.)
TEST_F(Receipts, NoCharacterOfThemMayChange) {
  const std::string text = receipt();
  const std::string key = key_.to_string();
  for (std::size_t i = 0; i < text.size(); i += 7) {
    std::string edited = text;
    edited[i] = edited[i] == 'x' ? 'y' : 'x';
    EXPECT_NE(why_not(edited, key), "proven") << "at byte " << i;
  }
}

TEST_F(Receipts, MayBePrintedWithMoreSpace) {
  std::string text = receipt();
  text.insert(text.find("\"receipt\":") + 10, "\n   ");
  EXPECT_EQ(why_not(text, key_.to_string()), "proven");
}

TEST_F(Receipts, OfAnotherKeyAreNotTheseOnes) {
  const audit::VerifierKey other{"shop.example/audit", crypto::ed25519_public(Bytes(32, 8))};
  EXPECT_EQ(why_not(receipt(), other.to_string()),
            "the receipt is not signed by the key that you trust");
  EXPECT_EQ(verify_receipt(receipt(), "nonsense").error().code, ErrorCode::invalid_argument);
}

TEST_F(Receipts, AreHeldAgainstACheckpointGotElsewhere) {
  const std::string text = receipt();
  EXPECT_EQ(why_not(text, key_.to_string(), checkpoint(1'400)), "proven");
  EXPECT_EQ(why_not(text, key_.to_string(), checkpoint(1'399)),
            "the checkpoint is of another size than the receipt's");
  ledger_.entries[3] = Bytes{'{', '}'};
  EXPECT_EQ(why_not(text, key_.to_string(), checkpoint(1'400)),
            "two roots for one size: the log was forked");
}

TEST_F(Receipts, OfBeforeThereWereCommitmentsSayNothingOfTheLog) {
  ReceiptInput input;
  input.id = "stm_1";
  input.principal = "prs_1";
  input.statement = &statement_;
  input.policy = &policy_;
  const auto report = verify_receipt(make_receipt(input, kSeed, key_), key_.to_string());
  ASSERT_TRUE(report.has_value()) << report.error().what;
  EXPECT_FALSE(report->logged);
}

// A signature over one statement with the log entry of another proves nothing.
TEST_F(Receipts, TheEntryMustBeOfTheVeryStatement) {
  statement_.choice = event::Choice::granted;
  InclusionProver prover(ledger_);
  ReceiptInput input;
  input.id = "stm_1";
  input.statement = &statement_;
  input.policy = &policy_;
  input.nonce = nonce_;
  input.logged = {699, ledger_.entries[699], *prover.prove(699, 1'400), checkpoint(1'400)};
  EXPECT_EQ(why_not(make_receipt(input, kSeed, key_)), "the log entry is of another statement");
}

TEST_F(Receipts, EveryProofOfEverySizeHolds) {
  InclusionProver prover(ledger_);
  for (const std::uint64_t size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 769U, 1'024U, 1'400U}) {
    audit::Frontier frontier;
    for (std::uint64_t i = 0; i < size; ++i) frontier.append(audit::leaf_hash(ledger_.entries[i]));
    for (std::uint64_t index = 0; index < size; index += size / 5 + 1) {
      const auto proof = prover.prove(index, size);
      ASSERT_TRUE(proof.has_value());
      EXPECT_TRUE(audit::verify_inclusion(index, size, audit::leaf_hash(ledger_.entries[index]),
                                          *proof, frontier.root()))
          << index << " of " << size;
    }
  }
  EXPECT_FALSE(prover.prove(7, 7).has_value());
}

TEST_F(Receipts, AnEntryIsFoundAboutItsTimeAndNowhereElse) {
  InclusionProver prover(ledger_);
  const auto commitment =
      to_hex(consent::commitment(consent::statement_record(statement_), nonce_));
  EXPECT_EQ((*prover.find(commitment, at(702), 1'400))->index, 700U);
  EXPECT_FALSE((*prover.find(commitment, at(900), 1'400)).has_value());
  EXPECT_FALSE((*prover.find(commitment, at(700), 500)).has_value());
}

}  // namespace
}  // namespace cdp::compliance
