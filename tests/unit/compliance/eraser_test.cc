// The eraser's own rules, on a ground of paper: who enters, in which order things happen, what it
// does when the ground gives way.
#include "compliance/erasure/eraser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cdp/core/store/memory/engine.h"
#include "tests/support/temp_directory.h"

namespace cdp::compliance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Token token_of(std::uint8_t byte) {
  Token token{};
  token.fill(byte);
  return token;
}

// People in a map, commits in a memory ledger, and a list of what was done.
class PaperGround final : public ErasureGround {
 public:
  PaperGround() : ledger_(store::memory::make_ledger()), fence_(*ledger_->take_fence()) {}

  struct Person {
    identity::Profile profile;
    std::map<Token, event::Tier> carried;
  };
  // One member of a subject, with one record in the ledger.
  void add(Person& person, std::uint64_t ordinal, const std::string& source, std::uint32_t group,
           std::uint8_t identifier, event::Tier tier = event::Tier::declared) {
    identity::ProfileMember member;
    member.persona = PersonaOrdinal(ordinal);
    member.proof_group = group;
    member.document.source = source;
    member.document.persona_token = token_of(static_cast<std::uint8_t>(100 + ordinal));
    event::FactIdentifier carried;
    carried.type = "email";
    carried.value = Pii<std::string>("someone-" + std::to_string(identifier) + "@shop.example");
    carried.token = token_of(identifier);
    carried.tier = tier;
    member.document.identifiers.push_back(carried);
    person.profile.members.push_back(std::move(member));
    holders_[token_of(identifier)].push_back({PersonaOrdinal(ordinal), tier});
    store::LedgerBatch batch;
    store::Record record;
    record.position = ledger_->last_position()->next();
    record.persona = PersonaOrdinal(ordinal);
    record.body = Bytes(64, static_cast<std::uint8_t>(ordinal));
    heads_[PersonaOrdinal(ordinal)] = record.position;
    batch.records.push_back(record);
    write(batch);
  }
  void settle(const Person& person) {
    for (const auto& member : person.profile.members) profiles_[member.persona] = person.profile;
  }
  void disclosed(std::uint64_t ordinal, const std::string& destination, const std::string& id) {
    store::LedgerBatch batch;
    store::Disclosure row;
    row.persona = PersonaOrdinal(ordinal);
    row.destination = destination;
    row.vendor_id = id;
    batch.disclosures.push_back(row);
    write(batch);
  }

  Time now() override { return Time{1'767'225'600'000'000}; }
  Random& random() override { return random_; }
  const store::Ledger& ledger() const override { return *ledger_; }
  Result<void> drain() override { return note("drain"); }
  std::vector<PersonaOrdinal> holders(const Token& identifier, event::Tier at_least) override {
    std::vector<PersonaOrdinal> found;
    for (const auto& [persona, tier] : holders_[identifier]) {
      if (tier >= at_least && !forgotten_.contains(persona)) found.push_back(persona);
    }
    return found;
  }
  bool is_vouched(PersonaOrdinal) override { return true; }
  Result<std::optional<identity::Profile>> profile_of(PersonaOrdinal persona) override {
    const auto found = profiles_.find(persona);
    if (found == profiles_.end()) return std::optional<identity::Profile>{};
    return std::optional<identity::Profile>(found->second);
  }
  Position head(PersonaOrdinal persona) override { return heads_[persona]; }
  Result<std::optional<store::KeyRow>> key(PersonaOrdinal persona) override {
    store::KeyRow row;
    row.ordinal = persona;
    row.wrapped = Bytes(73, 9);
    row.check = Bytes(16, 8);
    return std::optional<store::KeyRow>(row);
  }
  Result<std::string> message_id(const store::Record&) override { return std::string("message"); }
  Result<Bytes> stored_document(PersonaOrdinal) override { return Bytes(80, 7); }
  bool is_in_use(const Token&) override { return false; }
  bool is_latched(const Token&) override { return false; }
  Token tombstone_of(const Token& token) override {
    Token out = token;
    out[0] ^= 0xff;
    return out;
  }
  bool can_be_told(const std::string&) override { return true; }

  Result<void> commit_intent(ErasureIntent intent) override {
    (void)note("intent").has_value();
    if (conflicts > 0) {
      --conflicts;
      return fail(ErrorCode::conflict, "the person changed");
    }
    last_intent = intent;
    store::LedgerBatch batch;
    batch.requests.push_back(intent.request);
    batch.tombstones = intent.tombstones;
    add_orders(intent.orders, batch);
    write(batch);
    if (is_intent_in_doubt) return fail(ErrorCode::unavailable, "nobody knows");
    return {};
  }
  Result<void> commit(ErasureProgress progress) override {
    (void)note("commit " + std::to_string(progress.request.step)).has_value();
    store::LedgerBatch batch;
    batch.requests.push_back(progress.request);
    add_orders(progress.orders, batch);
    write(batch);
    return {};
  }
  Result<void> forget(const std::vector<PersonaOrdinal>& personas) override {
    forgotten_.insert(personas.begin(), personas.end());
    return note("forget");
  }
  Result<void> show_anew(const std::vector<PersonaOrdinal>& personas) override {
    shown.insert(shown.end(), personas.begin(), personas.end());
    return {};
  }
  Result<void> destroy_keys(const std::vector<PersonaOrdinal>&) override {
    return note("destroy keys");
  }
  Result<void> delete_rows(const std::vector<Position>& records,
                           const std::vector<PersonaOrdinal>& personas) override {
    deleted = records;
    CDP_CHECK(ledger_->erase(records, personas, fence_));
    return note("delete rows");
  }
  Result<void> truncate_logs() override {
    if (busy_readers > 0) {
      --busy_readers;
      return fail(ErrorCode::unavailable, "a reader does not leave");
    }
    return note("truncate");
  }
  Result<std::vector<std::uint64_t>> find_bytes(const std::vector<Bytes>& needles) override {
    std::vector<std::uint64_t> hits(needles.size(), 0);
    if (sees_controls) hits.front() = 1;
    if (traces > 0) hits.back() = 1;
    return hits;
  }
  Result<void> rewrite_files() override {
    --traces;
    return note("rewrite files");
  }
  Result<std::vector<Bytes>> controls() override { return std::vector<Bytes>(); }

  std::vector<std::string> done;
  std::vector<Position> deleted;
  std::vector<PersonaOrdinal> shown;
  std::optional<ErasureIntent> last_intent;
  int conflicts = 0;
  int busy_readers = 0;
  bool is_intent_in_doubt = false;
  bool sees_controls = true;
  int traces = 0;  // how many rewrites it takes until none is left

 private:
  Result<void> note(std::string what) {
    done.push_back(std::move(what));
    return {};
  }
  void add_orders(std::vector<store::OutboxItem> orders, store::LedgerBatch& batch) {
    for (auto& order : orders) {
      order.id = ++last_outbox_;
      batch.outbox.push_back(std::move(order));
    }
  }
  void write(store::LedgerBatch& batch) {
    batch.batch_id = random_.next_token();
    const auto committed = ledger_->commit(batch, fence_);
    ASSERT_TRUE(committed.has_value()) << committed.error().what;
  }

  SeededRandom random_{3};
  std::unique_ptr<store::Ledger> ledger_;
  store::Fence fence_;
  std::map<Token, std::vector<std::pair<PersonaOrdinal, event::Tier>>> holders_;
  std::map<PersonaOrdinal, identity::Profile> profiles_;
  std::map<PersonaOrdinal, Position> heads_;
  std::set<PersonaOrdinal> forgotten_;
  std::uint64_t last_outbox_ = 0;
};

class EraserTest : public ::testing::Test {
 protected:
  EraserTest() {
    EXPECT_TRUE(crypto::initialise());
    SeededRandom random(5);
    auto kek = crypto::key_file_kek(directory_ / "kek", true);
    keyring_ = std::make_unique<crypto::Keyring>(
        std::move(*crypto::Keyring::create(directory_ / "keyring", *kek, random)));
    eraser_ = std::make_unique<Eraser>(ground_, *keyring_, "default");
  }
  static ErasureAsk ask(std::uint8_t identifier) { return {{token_of(identifier)}, false, "", ""}; }
  void one_person() {
    PaperGround::Person person;
    ground_.add(person, 1, "shop", 1, 10);
    ground_.settle(person);
  }

  testing::TempDirectory directory_;
  PaperGround ground_;
  std::unique_ptr<crypto::Keyring> keyring_;
  std::unique_ptr<Eraser> eraser_;
};

TEST_F(EraserTest, DoesThingsInTheirOrder) {
  one_person();
  const auto row = eraser_->erase(ask(10));
  ASSERT_TRUE(row.has_value()) << row.error().what;
  EXPECT_EQ(row->status, kVendorsComplete);
  EXPECT_THAT(ground_.done,
              ElementsAre("drain", "intent", "drain", "forget", "drain", "commit 2", "destroy keys",
                          "commit 5", "delete rows", "commit 6", "truncate", "commit 7", "truncate",
                          "commit 8", "commit 9", "commit 9", "truncate"));
  EXPECT_THAT(ground_.deleted, ElementsAre(Position(1)));
}

TEST_F(EraserTest, TakesWhoCarriesTheProofAndWhoIsLinkedByALogin) {
  PaperGround::Person person;
  ground_.add(person, 1, "shop", 1, 10);
  ground_.add(person, 2, "web", 1, 11, event::Tier::authenticated);
  ground_.add(person, 3, "list", 3, 12);
  ground_.settle(person);
  const auto manifest = eraser_->plan(ask(10));
  ASSERT_TRUE(manifest.has_value());
  EXPECT_THAT(manifest->ordinals(), ElementsAre(PersonaOrdinal(1), PersonaOrdinal(2)));
  EXPECT_EQ(manifest->left_out, 1U);
  auto with_reason = ask(10);
  with_reason.include_declared = true;
  EXPECT_THAT(eraser_->plan(with_reason)->ordinals(), SizeIs(3));
}

TEST_F(EraserTest, ShowsAnewWhoWasOnePersonWithThemAndStays) {
  PaperGround::Person person;
  ground_.add(person, 1, "shop", 1, 10);
  ground_.add(person, 2, "list", 2, 12);
  ground_.settle(person);
  ASSERT_TRUE(eraser_->erase(ask(10)).has_value());
  EXPECT_THAT(ground_.shown, ElementsAre(PersonaOrdinal(2)));
}

TEST_F(EraserTest, RefusesAnIdentifierOfTwoPeople) {
  PaperGround::Person one;
  PaperGround::Person other;
  ground_.add(one, 1, "shop", 1, 10);
  ground_.add(other, 2, "shop", 2, 10);
  ground_.settle(one);
  ground_.settle(other);
  EXPECT_EQ(eraser_->plan(ask(10)).error().code, ErrorCode::unprocessable);
}

TEST_F(EraserTest, LetsAnIdentifierThatLinksNobodyProveNothing) {
  PaperGround::Person person;
  ground_.add(person, 1, "shop", 1, 10, event::Tier::none);
  ground_.settle(person);
  EXPECT_EQ(eraser_->plan(ask(10)).error().code, ErrorCode::not_found);
}

TEST_F(EraserTest, KeepsAVendorsOrderToItsOwnSource) {
  PaperGround::Person person;
  ground_.add(person, 1, "shop", 1, 10);
  ground_.add(person, 2, "list", 2, 10);
  ground_.settle(person);
  auto order = ask(10);
  order.only_source = "list";
  EXPECT_THAT(eraser_->plan(order)->ordinals(), ElementsAre(PersonaOrdinal(2)));
  ASSERT_TRUE(eraser_->erase(order).has_value());
  // The address is still the other record's: it gets no tombstone.
  EXPECT_THAT(ground_.last_intent->tombstones, SizeIs(1));
}

TEST_F(EraserTest, TellsVendorsWhomAnyMemberWasShownTo) {
  PaperGround::Person person;
  ground_.add(person, 1, "list", 1, 11);
  ground_.add(person, 2, "shop", 2, 10);
  ground_.settle(person);
  // The whole person was shown under the smallest member, who stays.
  ground_.disclosed(1, "mail", "pseudonym");
  ground_.disclosed(1, "mail", "pseudonym");
  const auto row = eraser_->erase(ask(10));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->status, kLocalComplete);
  ASSERT_THAT(ground_.last_intent->orders, SizeIs(1));
  const auto order = eraser_->order_for(ground_.last_intent->orders[0]);
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->vendor_id(), "pseudonym");
}

TEST_F(EraserTest, ReadsAgainWhenThePersonChangedAndGivesUpInTheEnd) {
  one_person();
  ground_.conflicts = 2;
  EXPECT_TRUE(eraser_->erase(ask(10)).has_value());
  PaperGround::Person other;
  ground_.add(other, 2, "shop", 2, 20);
  ground_.settle(other);
  ground_.conflicts = 100;
  EXPECT_EQ(eraser_->erase(ask(20)).error().code, ErrorCode::conflict);
  EXPECT_THAT(ground_.ledger().requests("", 10).value(), SizeIs(1));
}

TEST_F(EraserTest, GoesOnAfterAnIntentThatLastedThoughNobodyKnew) {
  one_person();
  ground_.is_intent_in_doubt = true;
  const auto row = eraser_->erase(ask(10));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->status, kVendorsComplete);
}

TEST_F(EraserTest, WaitsForReadersWithinReason) {
  one_person();
  ground_.busy_readers = 3;
  EXPECT_TRUE(eraser_->erase(ask(10)).has_value());
  PaperGround::Person other;
  ground_.add(other, 2, "shop", 2, 20);
  ground_.settle(other);
  ground_.busy_readers = 1'000;
  EXPECT_EQ(eraser_->erase(ask(20)).error().code, ErrorCode::unavailable);
  ground_.busy_readers = 0;
  EXPECT_EQ(eraser_->resume_all().value(), 1U);
}

TEST_F(EraserTest, ProvesNothingWithoutItsControls) {
  one_person();
  ground_.sees_controls = false;
  const auto row = eraser_->erase(ask(10));
  ASSERT_FALSE(row.has_value());
  EXPECT_THAT(row.error().what, HasSubstr("does not find"));
  EXPECT_EQ(ground_.ledger().requests(kInProgress, 10)->size(), 1U);
}

TEST_F(EraserTest, WritesTheFilesAnewWhereATraceIsLeftAndLooksAgain) {
  one_person();
  ground_.traces = 1;
  const auto row = eraser_->erase(ask(10));
  ASSERT_TRUE(row.has_value()) << row.error().what;
  EXPECT_NE(row->status, kInProgress);
  EXPECT_EQ(std::ranges::count(ground_.done, "rewrite files"), 1);
}

TEST_F(EraserTest, CertifiesNothingWhileATraceSurvivesARewrite) {
  one_person();
  ground_.traces = 2;
  const auto row = eraser_->erase(ask(10));
  ASSERT_FALSE(row.has_value());
  EXPECT_THAT(row.error().what, HasSubstr("still hold"));
  EXPECT_EQ(ground_.ledger().requests(kInProgress, 10)->size(), 1U);
}

TEST_F(EraserTest, KeepsNeitherDossierNorKeyWhenAllIsDone) {
  one_person();
  const auto row = eraser_->erase(ask(10));
  const auto envelope = Envelope::decode(row->sealed);
  ASSERT_TRUE(envelope.has_value());
  EXPECT_TRUE(envelope->sealed_key.empty());
  EXPECT_TRUE(envelope->sealed_dossier.empty());
  EXPECT_FALSE(envelope->certificate.empty());
  EXPECT_EQ(eraser_->resume(row->id)->status, kVendorsComplete);
}

}  // namespace
}  // namespace cdp::compliance
