// Receipts: made from a statement and a log, proven by anybody, and no byte of them may change.
#include "compliance/evidence/consent_receipt.h"

#include <algorithm>

#include "cdp/core/audit/trail.h"
#include "cdp/core/event/json.h"
#include "compliance/evidence/export_layout.h"
#include "compliance/evidence/log_prover.h"
#include "consent/commitment.h"
#include "tests/support/audit_ledger.h"

namespace cdp::compliance {
namespace {

constexpr const char* kPurpose = "marketing.communications.email";
const Bytes kSeed(32, 7);
constexpr std::array<std::uint8_t, 32> kSecret = {3, 3, 3};  // the persona's

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
      if (i == 700) entry = entry_of(statement_, true);
      // Two of before entries committed, of one moment and the same words; and a stranger's.
      if (i >= 300 && i < 302) entry = entry_of(old_statement(), false);
      if (i == 299) {
        entry = entry_of(old_statement(), false);
        entry.subject_secret = std::array<std::uint8_t, 32>{8};
      }
      ledger_.entries.push_back(trail.append(entry)->entry);
    }
  }

  static event::Statement old_statement() {
    auto statement = statement_at(at(300));
    statement.choice = event::Choice::withdrawn;
    return statement;
  }
  audit::Entry entry_of(const event::Statement& statement, bool committed) const {
    audit::Entry entry;
    entry.kind = "statement";
    entry.at = statement.received_at;
    entry.subject_secret = kSecret;
    entry.fields["choice"] = std::string(event::to_string(statement.choice));
    entry.fields["purpose"] = statement.purpose;
    entry.fields["channel"] = statement.channel;
    entry.fields["grade"] = std::string(event::to_string(statement.grade));
    entry.fields["source"] = statement.source;
    if (committed) {
      entry.fields["commitment"] =
          to_hex(consent::commitment(consent::statement_record(statement), nonce_));
    }
    return entry;
  }
  WantedEntry wanted(const event::Statement& statement, std::size_t alike_before = 0) const {
    return {&statement, to_hex(consent::commitment(consent::statement_record(statement), nonce_)),
            kSecret, alike_before};
  }
  // What `cdp audit proof` gives, with the newer checkpoint or without.
  std::string proof(std::uint64_t older, std::uint64_t newer, bool with_note = false) {
    LogProver prover(ledger_);
    return layout::consistency_text(older, *prover.prove_consistency(older, newer),
                                    with_note ? checkpoint(newer) : std::string());
  }

  std::string checkpoint(std::uint64_t size) {
    audit::Frontier frontier;
    for (std::uint64_t i = 0; i < size; ++i) frontier.append(audit::leaf_hash(ledger_.entries[i]));
    return audit::sign_note(audit::Checkpoint{key_.name, size, frontier.root()}.body(), key_.name,
                            kSeed);
  }

  std::string receipt(std::uint64_t size = 1'400) {
    LogProver prover(ledger_);
    ReceiptInput input;
    input.id = "stm_1";
    input.principal = "prs_1";
    input.statement = &statement_;
    input.policy = &policy_;
    input.nonce = nonce_;
    input.issued_at = at(2'000);
    const auto found = prover.find(wanted(statement_), size);
    EXPECT_TRUE(found.has_value() && found->has_value());
    const auto proof = prover.prove((*found)->index, size);
    EXPECT_TRUE(proof.has_value());
    input.logged = {(*found)->committed, (*found)->index, (*found)->entry, *proof,
                    checkpoint(size)};
    return make_receipt(input, kSeed, key_);
  }

  std::string why_not(std::string_view text, std::optional<std::string_view> key = std::nullopt,
                      const std::optional<GivenCheckpoint>& given = std::nullopt) {
    const auto report = verify_receipt(text, key, given);
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
  EXPECT_EQ(report->status, LogStatus::committed);
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
  const std::string key = key_.to_string();
  EXPECT_EQ(why_not(text, key, {{checkpoint(1'400), {}}}), "proven");
  EXPECT_EQ(why_not(text, key, {{checkpoint(1'399), {}}}),
            "the checkpoint is of another size, and there is no proof");
  ledger_.entries[3] = Bytes{'{', '}'};
  EXPECT_EQ(why_not(text, key, {{checkpoint(1'400), {}}}),
            "two roots that contradict each other: the log was forked");
}

TEST_F(Receipts, AreHeldAgainstAnOlderOrANewerCheckpointByAProof) {
  const std::string key = key_.to_string();
  const std::string text = receipt(1'000);
  for (const std::uint64_t other : {1U, 255U, 256U, 700U, 999U, 1'001U, 1'024U, 1'400U}) {
    const std::string between =
        proof(std::min<std::uint64_t>(other, 1'000), std::max<std::uint64_t>(other, 1'000));
    const std::string note = checkpoint(other);
    const auto report = verify_receipt(text, key, {{note, between}});
    ASSERT_TRUE(report.has_value()) << other << ": " << report.error().what;
    EXPECT_EQ(report->given->size, other);
    EXPECT_EQ(report->log_size, 1'000U);
  }
  // One file with both, as `cdp audit proof` prints it.
  EXPECT_EQ(why_not(text, key, {{proof(1'000, 1'400, true), {}}}), "proven");
}

TEST_F(Receipts, AProofOfOtherSizesOrOfAnotherLogProvesNothing) {
  const std::string key = key_.to_string();
  const std::string text = receipt(1'000);
  const std::string note = checkpoint(1'400);
  const std::string right = proof(1'000, 1'400);
  EXPECT_EQ(why_not(text, key, {{note, proof(999, 1'400)}}),
            "the proof starts at another size than the older checkpoint");
  const std::string refused =
      "the longer log does not continue the shorter one: its past was rewritten, or the proof is "
      "of other checkpoints";
  EXPECT_EQ(why_not(text, key, {{note, proof(1'000, 1'399)}}), refused);
  for (const char* junk :
       {"", "old", "old x\n\n", "old 1000\nnonsense\n\n", "old 1000\nAAAA\n\n"}) {
    EXPECT_EQ(why_not(text, key, {{note, junk}}), "the consistency proof cannot be read") << junk;
  }
  EXPECT_NE(why_not(text, key, {{right, {}}}), "proven");  // no checkpoint in it
  // The log was rewritten after the receipt was issued: no proof leads from one to the other.
  ledger_.entries[3] = Bytes{'{', '}'};
  EXPECT_EQ(why_not(text, key, {{checkpoint(1'400), proof(1'000, 1'400)}}), refused);
  EXPECT_EQ(why_not(text, key, {{checkpoint(1'400), right}}), refused);
  EXPECT_EQ(why_not(text, key, {{checkpoint(500), proof(500, 1'000)}}), refused);
}

TEST_F(Receipts, AreNotHeldAgainstACheckpointOfAnotherKey) {
  const Bytes seed(32, 8);
  audit::Frontier frontier;
  for (std::size_t i = 0; i < 1'400; ++i) frontier.append(audit::leaf_hash(ledger_.entries[i]));
  const std::string note = audit::sign_note(
      audit::Checkpoint{key_.name, 1'400, frontier.root()}.body(), key_.name, seed);
  const auto report = verify_receipt(receipt(), key_.to_string(), {{note, {}}});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, ErrorCode::unauthenticated);
}

// What was said before entries committed has an entry all the same: under the person's pseudonym,
// with the words and the moment.
TEST_F(Receipts, OfBeforeThereWereCommitmentsAreProvenByTheEntryThatMatches) {
  LogProver prover(ledger_);
  const auto old = old_statement();
  for (const std::size_t nth : {0U, 1U}) {
    const auto found = prover.find(wanted(old, nth), 1'400);
    ASSERT_TRUE(found.has_value() && found->has_value());
    EXPECT_EQ((*found)->index, 300 + nth);  // not 299, which is another person's
    EXPECT_FALSE((*found)->committed);
    ReceiptInput input;
    input.id = "stm_1";
    input.statement = &old;
    input.policy = &policy_;
    input.nonce = nonce_;
    input.logged = {false, (*found)->index, (*found)->entry, *prover.prove((*found)->index, 1'400),
                    checkpoint(1'400)};
    const auto report = verify_receipt(make_receipt(input, kSeed, key_), key_.to_string());
    ASSERT_TRUE(report.has_value()) << report.error().what;
    EXPECT_EQ(report->status, LogStatus::matching);
    // Nor does it pass for an entry that commits, or for one of other words.
    input.logged->committed = true;
    EXPECT_EQ(why_not(make_receipt(input, kSeed, key_)), "the log entry is of another statement");
    auto other = old;
    other.purpose = "analytics.reporting";
    input.statement = &other;
    input.logged->committed = false;
    EXPECT_EQ(why_not(make_receipt(input, kSeed, key_)), "the log entry is of another statement");
  }
  EXPECT_FALSE((*prover.find(wanted(old, 2), 1'400)).has_value());
}

TEST_F(Receipts, OfWhatIsNotInTheLogSayIt) {
  ReceiptInput input;
  input.id = "stm_1";
  input.principal = "prs_1";
  input.statement = &statement_;
  input.policy = &policy_;
  const std::string text = make_receipt(input, kSeed, key_);
  EXPECT_NE(text.find(R"("log":{"status":"not_in_log"})"), std::string::npos);
  const auto report = verify_receipt(text, key_.to_string());
  ASSERT_TRUE(report.has_value()) << report.error().what;
  EXPECT_EQ(report->status, LogStatus::not_in_log);
  EXPECT_EQ(why_not(text, key_.to_string(), {{checkpoint(1'400), {}}}),
            "the receipt is of a statement that is not in the log");
}

// A signature over one statement with the log entry of another proves nothing.
TEST_F(Receipts, TheEntryMustBeOfTheVeryStatement) {
  statement_.choice = event::Choice::granted;
  LogProver prover(ledger_);
  ReceiptInput input;
  input.id = "stm_1";
  input.statement = &statement_;
  input.policy = &policy_;
  input.nonce = nonce_;
  input.logged = {true, 699, ledger_.entries[699], *prover.prove(699, 1'400), checkpoint(1'400)};
  EXPECT_EQ(why_not(make_receipt(input, kSeed, key_)), "the log entry is of another statement");
}

TEST_F(Receipts, EveryProofOfEverySizeHolds) {
  LogProver prover(ledger_);
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

TEST_F(Receipts, EveryConsistencyProofHolds) {
  LogProver prover(ledger_);
  const auto root = [&](std::uint64_t size) {
    audit::Frontier frontier;
    for (std::uint64_t i = 0; i < size; ++i) frontier.append(audit::leaf_hash(ledger_.entries[i]));
    return frontier.root();
  };
  for (const std::uint64_t size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 769U, 1'024U, 1'400U}) {
    for (std::uint64_t older = 0; older <= size; older += size / 7 + 1) {
      const auto proof = prover.prove_consistency(older, size);
      ASSERT_TRUE(proof.has_value());
      EXPECT_TRUE(audit::verify_consistency(older, size, root(older), root(size), *proof))
          << older << " of " << size;
    }
  }
  EXPECT_FALSE(prover.prove_consistency(8, 7).has_value());
}

TEST_F(Receipts, AProofIsOfWhatWasPublishedAndNoMore) {
  LogProver prover(ledger_);
  const std::string note = checkpoint(1'000);
  const auto whole = consistency_file(prover, note, 300, std::nullopt);
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(layout::parse_consistency(*whole)->checkpoint_note, note);
  const auto part = consistency_file(prover, note, 300, 600);
  EXPECT_EQ(layout::parse_consistency(*part)->checkpoint_note, "");
  EXPECT_EQ(layout::parse_consistency(*part)->old_size, 300U);
  EXPECT_EQ(consistency_file(prover, note, 300, 1'001).error().code, ErrorCode::not_found);
  EXPECT_EQ(consistency_file(prover, note, 700, 600).error().code, ErrorCode::invalid_argument);
}

TEST_F(Receipts, AnEntryIsFoundAboutItsTimeAndNowhereElse) {
  LogProver prover(ledger_);
  auto moved = statement_;
  auto found_at = [&](std::int64_t minute, std::uint64_t size) {
    moved.received_at = at(minute);
    auto looked_for = wanted(moved);
    looked_for.commitment = wanted(statement_).commitment;
    return *prover.find(looked_for, size);
  };
  EXPECT_EQ(found_at(702, 1'400)->index, 700U);
  EXPECT_FALSE(found_at(900, 1'400).has_value());
  EXPECT_FALSE(found_at(700, 500).has_value());
}

}  // namespace
}  // namespace cdp::compliance
