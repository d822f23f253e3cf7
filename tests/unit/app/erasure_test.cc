// Erased means gone (DESIGN §8, invariant 11), over the real pipeline and the sqlcipher engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/audit/merkle.h"
#include "compliance/erasure/certificate.h"
#include "tests/support/erasure_world.h"
#include "tests/support/pii_for_tests.h"

namespace cdp {
namespace {

using compliance::ErasureStep;
using ::testing::Each;
using testing::ErasureWorld;
using testing::FailingGround;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kEmail = "ada.lovelace@shop.example";

event::StatementDraft grant() {
  event::StatementDraft draft;
  draft.purpose = "personalize.content";
  draft.choice = event::Choice::granted;
  draft.grade = event::Grade::recorded;
  return draft;
}

event::Observation ada_at_shop(ErasureWorld& world) {
  auto o = world.observation("customer-1001", "shop-message-1");
  ErasureWorld::identify(o, "shopify.customer_id", "customer-1001");
  ErasureWorld::identify(o, "email", kEmail);
  ErasureWorld::identify(o, "phone", "+4915112345678");
  ErasureWorld::attribute(o, "last_name", "Lovelace-Byron");
  o.statements.push_back(grant());
  return o;
}

event::Observation ada_on_list(ErasureWorld& world) {
  auto o = world.observation("row-77", "list-message-1");
  ErasureWorld::identify(o, "email", kEmail);
  o.arrival = event::Arrival::import;
  return o;
}

event::Observation bob_at_shop(ErasureWorld& world) {
  auto o = world.observation("customer-2002", "shop-message-2");
  ErasureWorld::identify(o, "shopify.customer_id", "customer-2002");
  ErasureWorld::identify(o, "email", "bob@shop.example");
  ErasureWorld::attribute(o, "last_name", "Babbage-Smith");
  return o;
}

// Ada at two sources and shown to two destinations; Bob; and events of both.
void populate(ErasureWorld& world) {
  EXPECT_EQ(world.send("shop", ada_at_shop(world)), app::Verdict::accepted);
  EXPECT_EQ(world.send("list", ada_on_list(world)), app::Verdict::accepted);
  EXPECT_EQ(world.send("shop", bob_at_shop(world)), app::Verdict::accepted);
  std::vector<event::Observation> events;
  for (int i = 0; i < 10; ++i) {
    auto event = world.observation("customer-1001", "shop-event-" + std::to_string(i));
    ErasureWorld::identify(event, "shopify.customer_id", "customer-1001");
    event.event = event::Event{"Order Completed", Pii<std::string>(R"({"n":1})")};
    events.push_back(std::move(event));
  }
  world.send_all("shop", std::move(events));
  world.pipeline().fold().flush_now();
  world.disclose("mail", "vendor-id-of-ada", world.token("email", kEmail));
  world.disclose("ads", "ad-id-of-ada", world.token("email", kEmail));
}

std::vector<Bytes> needles_of_ada(ErasureWorld& world) {
  std::vector<Bytes> needles;
  const auto add = [&](ByteView bytes) { needles.emplace_back(bytes.begin(), bytes.end()); };
  for (const PersonaOrdinal persona : {PersonaOrdinal(1), PersonaOrdinal(2)}) {
    const auto key = *world.stores().keys().get(persona);
    add(key->wrapped);
    add(key->check);
    add(key->persona_token);
    const auto document = *world.stores().state().document(persona);
    add(ByteView(*document).subspan(1, 24));
  }
  add(ByteView(world.stores().ledger().get(Position(1)).value()->body).first(40));
  add(ByteView(world.stores().ledger().get(Position(9)).value()->body).first(40));
  add(world.token("email", kEmail));
  add(world.token("shopify.customer_id", "customer-1001"));
  return needles;
}

std::vector<Bytes> words_of_ada() {
  std::vector<Bytes> words;
  for (const std::string_view word :
       {"ada.lovelace@shop.example", "+4915112345678", "Lovelace-Byron", "customer-1001"}) {
    words.emplace_back(word.begin(), word.end());
  }
  return words;
}

void expect_ada_gone(ErasureWorld& world, const std::vector<Bytes>& needles) {
  EXPECT_THAT(world.find(needles), Each(0U));
  EXPECT_THAT(world.find(words_of_ada()), Each(0U));
  EXPECT_FALSE(world.profile("email", kEmail).has_value());
  EXPECT_FALSE(world.profile("shopify.customer_id", "customer-1001").has_value());
  EXPECT_FALSE(world.stores().keys().get(PersonaOrdinal(1)).value().has_value());
  EXPECT_FALSE(world.stores().ledger().get(Position(1)).value().has_value());
  EXPECT_THAT(world.stores().ledger().disclosures_of(PersonaOrdinal(1)).value(), IsEmpty());
}

void expect_bob_there(ErasureWorld& world) {
  const auto bob = world.profile("email", "bob@shop.example");
  ASSERT_TRUE(bob.has_value());
  ASSERT_THAT(bob->members, SizeIs(1));
  EXPECT_EQ(testing::reveal(bob->members[0].document.attributes.at("last_name").json),
            R"("Babbage-Smith")");
  EXPECT_EQ(bob->members[0].document.statements.size(), 0U);
}

std::vector<audit::Hash> leaves_of_log(ErasureWorld& world) {
  std::vector<audit::Hash> leaves;
  const auto size = *world.stores().ledger().audit_size();
  EXPECT_TRUE(world.stores().ledger().read_audit(
      0, size, [&](const store::AuditRow& row) { leaves.push_back(audit::leaf_hash(row.entry)); }));
  EXPECT_EQ(leaves.size(), size);
  return leaves;
}

// The log goes on from where it was, and every old entry is still proven in it.
void expect_proofs_verify(ErasureWorld& world, const std::vector<audit::Hash>& before) {
  const auto now = leaves_of_log(world);
  const auto leaf = [&](std::uint64_t i) { return now[i]; };
  const auto old_leaf = [&](std::uint64_t i) { return before[i]; };
  const auto old_root = audit::root_of(before.size(), old_leaf);
  const auto root = audit::root_of(now.size(), leaf);
  const auto consistency = audit::consistency_proof(before.size(), now.size(), leaf);
  ASSERT_TRUE(consistency.has_value());
  EXPECT_TRUE(audit::verify_consistency(before.size(), now.size(), old_root, root, *consistency));
  for (std::uint64_t i = 0; i < before.size(); ++i) {
    const auto proof = audit::inclusion_proof(i, now.size(), leaf);
    ASSERT_TRUE(proof.has_value());
    EXPECT_TRUE(audit::verify_inclusion(i, now.size(), before[i], *proof, root));
  }
}

TEST(Erasure, LeavesNothingOnAnyPageThatWasThereBefore) {
  ErasureWorld world;
  populate(world);
  const auto needles = needles_of_ada(world);
  const auto log = leaves_of_log(world);
  EXPECT_THAT(world.find(needles), Each(::testing::Gt(0U)));
  const auto row = world.eraser().erase(world.ask("email", kEmail));
  ASSERT_TRUE(row.has_value()) << row.error().what;
  EXPECT_EQ(row->status, compliance::kLocalComplete);
  expect_ada_gone(world, needles);
  expect_bob_there(world);
  expect_proofs_verify(world, log);
  world.reopen();
  expect_ada_gone(world, needles);
  expect_bob_there(world);
}

TEST(Erasure, ManifestCountsAndHoldsNoPersonalData) {
  ErasureWorld world;
  populate(world);
  const auto manifest = world.eraser().plan(world.ask("email", kEmail));
  ASSERT_TRUE(manifest.has_value()) << manifest.error().what;
  EXPECT_EQ(manifest->to_json(),
            R"({"personas":2,"sources":[{"source":"list","personas":1},)"
            R"({"source":"shop","personas":1}],"records":12,"statements":1,"disclosures":2,)"
            R"("vendors":[{"destination":"ads","vendor_ids":1,"told_by":"order"},)"
            R"({"destination":"mail","vendor_ids":1,"told_by":"order"}],"left_out":0,)"
            R"("include_declared":false})");
  EXPECT_EQ(manifest->to_text().find("ada"), std::string::npos);
  // A plan does nothing.
  EXPECT_TRUE(world.profile("email", kEmail).has_value());
  EXPECT_THAT(world.stores().ledger().requests("", 10).value(), IsEmpty());
}

TEST(Erasure, SignsACertificateThatVerifies) {
  ErasureWorld world;
  populate(world);
  const auto row = world.eraser().erase(world.ask("email", kEmail));
  ASSERT_TRUE(row.has_value());
  const auto certificate = compliance::Eraser::certificate_of(*row);
  ASSERT_TRUE(certificate.has_value());
  const auto key = crypto::ed25519_public(world.keyring().audit_seed());
  EXPECT_TRUE(compliance::verify_certificate(*certificate, key));
  std::string forged = *certificate;
  forged.replace(forged.find(R"("personas":2)"), 12, R"("personas":3)");
  EXPECT_FALSE(compliance::verify_certificate(forged, key));
}

// Every changing call of an erasure, cut off just before and just after it was done.
class ErasureCut : public ::testing::TestWithParam<std::tuple<int, FailingGround::When>> {};

TEST_P(ErasureCut, EndsInTheSamePlaceAfterARestart) {
  ErasureWorld world;
  populate(world);
  const auto needles = needles_of_ada(world);
  const auto log = leaves_of_log(world);
  const auto [call, when] = GetParam();
  world.ground().fail_at(call, when);
  const auto cut = world.eraser().erase(world.ask("email", kEmail));
  EXPECT_TRUE(!cut.has_value() || call > world.ground().changes());
  world.crash();
  if (world.stores().ledger().requests("", 10)->empty()) {
    // Before the intent nothing has happened at all.
    EXPECT_TRUE(world.profile("email", kEmail).has_value());
    ASSERT_TRUE(world.eraser().erase(world.ask("email", kEmail)).has_value());
  } else {
    // Even before it goes on, nobody can feed the person that is being forgotten.
    EXPECT_EQ(world.send("list", ada_on_list(world)),
              world.stores().ledger().get(Position(2)).value().has_value()
                  ? app::Verdict::duplicate
                  : app::Verdict::suppressed);
    auto fresh = ada_at_shop(world);
    fresh.message_id = "shop-replay-with-another-id";
    EXPECT_EQ(world.send("shop", std::move(fresh)), app::Verdict::suppressed);
    const auto resumed = world.eraser().resume_all();
    ASSERT_TRUE(resumed.has_value()) << resumed.error().what;
  }
  const auto rows = *world.stores().ledger().requests("", 10);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].status, compliance::kLocalComplete);
  expect_ada_gone(world, needles);
  expect_bob_there(world);
  expect_proofs_verify(world, log);
  EXPECT_THAT(world.erasure_orders(), SizeIs(2));
  // Nothing is left to do.
  EXPECT_EQ(world.eraser().resume_all().value(), 0U);
}

INSTANTIATE_TEST_SUITE_P(AtEveryStep, ErasureCut,
                         ::testing::Combine(::testing::Range(1, 15),
                                            ::testing::Values(FailingGround::When::before,
                                                              FailingGround::When::after)));

TEST(Erasure, MakesFewerChangesThanAreCut) {
  ErasureWorld world;
  populate(world);
  ASSERT_TRUE(world.eraser().erase(world.ask("email", kEmail)).has_value());
  EXPECT_LE(world.ground().changes(), 14);
  EXPECT_GE(world.ground().changes(), 10);
}

TEST(Erasure, StopsReplaysImportsAndBrowsers) {
  ErasureWorld world;
  populate(world);
  ASSERT_TRUE(world.eraser().erase(world.ask("email", kEmail)).has_value());
  // A restart forgets nobody who is to stay forgotten, though it forgets their message ids.
  world.reopen();
  world.clock().advance(Duration::hours(1));
  EXPECT_EQ(world.send("shop", ada_at_shop(world)), app::Verdict::suppressed);
  EXPECT_EQ(world.send("list", ada_on_list(world)), app::Verdict::suppressed);
  auto other_row = world.observation("row-900", "list-message-900");
  ErasureWorld::identify(other_row, "email", kEmail);
  other_row.arrival = event::Arrival::import;
  EXPECT_EQ(world.send("list", std::move(other_row)), app::Verdict::suppressed);
  auto browser = world.observation("anon:device-1", "browser-1");
  ErasureWorld::identify(browser, "email", kEmail);
  browser.new_act = true;
  EXPECT_EQ(world.send("browser", std::move(browser)), app::Verdict::suppressed);
  // Bob goes on undisturbed.
  auto bob = bob_at_shop(world);
  bob.message_id = "shop-message-3";
  EXPECT_EQ(world.send("shop", std::move(bob)), app::Verdict::accepted);
  EXPECT_FALSE(world.profile("email", kEmail).has_value());
}

TEST(Erasure, LetsAFreshSignedActStartANewLifeWithoutGrantsAndWithoutALink) {
  ErasureWorld world;
  populate(world);
  const auto before = world.profile("email", kEmail);
  ASSERT_TRUE(world.eraser().erase(world.ask("email", kEmail)).has_value());
  world.clock().advance(Duration::hours(1));
  auto order = ada_at_shop(world);
  order.message_id = "shop-order-after";
  order.new_act = true;
  EXPECT_EQ(world.send("shop", std::move(order)), app::Verdict::accepted);
  const auto after = world.profile("email", kEmail);
  ASSERT_TRUE(after.has_value());
  ASSERT_THAT(after->members, SizeIs(1));
  EXPECT_THAT(after->members[0].document.statements, IsEmpty());
  EXPECT_GT(after->members[0].persona, PersonaOrdinal(3));
  EXPECT_NE(after->subject, before->subject);
  // The other source's replay does not come in behind it.
  EXPECT_EQ(world.send("list", ada_on_list(world)), app::Verdict::duplicate);
  world.reopen();
  EXPECT_EQ(world.send("list", ada_on_list(world)), app::Verdict::suppressed);
  EXPECT_THAT(world.profile("email", kEmail)->members, SizeIs(1));
}

TEST(Erasure, TellsEachVendorOnceAndLetsTheKeyDieWithTheLastAnswer) {
  ErasureWorld world;
  populate(world);
  const auto row = world.eraser().erase(world.ask("email", kEmail));
  ASSERT_TRUE(row.has_value());
  const auto orders = world.erasure_orders();
  ASSERT_THAT(orders, SizeIs(2));
  std::set<std::string> told;
  for (const auto& item : orders) {
    const auto order = world.eraser().order_for(item);
    ASSERT_TRUE(order.has_value()) << order.error().what;
    EXPECT_EQ(order->request(), row->id);
    told.insert(order->destination() + "=" + order->vendor_id());
  }
  EXPECT_EQ(told, (std::set<std::string>{"ads=ad-id-of-ada", "mail=vendor-id-of-ada"}));
  world.deliver(orders[0]);
  ASSERT_TRUE(world.eraser().vendor_answered(row->id));
  EXPECT_EQ(world.stores().ledger().request(row->id).value()->status, compliance::kLocalComplete);
  world.deliver(orders[1]);
  ASSERT_TRUE(world.eraser().vendor_answered(row->id));
  const auto closed = *world.stores().ledger().request(row->id).value();
  EXPECT_EQ(closed.status, compliance::kVendorsComplete);
  EXPECT_FALSE(world.eraser().order_for(orders[1]).has_value());
  EXPECT_EQ(*compliance::Eraser::certificate_of(closed), *compliance::Eraser::certificate_of(*row));
}

TEST(Erasure, WaitsForTheOfficerWhereAVendorCannotBeReached) {
  ErasureWorld world;
  populate(world);
  world.disclose("by_hand", "paper-id", world.token("email", kEmail));
  const auto row = world.eraser().erase(world.ask("email", kEmail));
  ASSERT_TRUE(row.has_value());
  for (const auto& order : world.erasure_orders()) world.deliver(order);
  ASSERT_TRUE(world.eraser().vendor_answered(row->id));
  EXPECT_EQ(world.stores().ledger().request(row->id).value()->status, compliance::kLocalComplete);
  const auto confirmed = world.eraser().confirm_by_hand(row->id);
  ASSERT_TRUE(confirmed.has_value());
  EXPECT_EQ(confirmed->status, compliance::kVendorsComplete);
}

TEST(Erasure, MakesAnOfficersTaskOfAVendorThatRefuses) {
  ErasureWorld world;
  populate(world);
  const auto row = world.eraser().erase(world.ask("email", kEmail));
  ASSERT_TRUE(row.has_value());
  auto orders = world.erasure_orders();
  world.deliver(orders.at(0));
  orders.at(1).status = store::OutboxStatus::refused;
  ASSERT_TRUE(world.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    builder.batch().outbox.push_back(orders[1]);
    return {};
  }));
  ASSERT_TRUE(world.eraser().vendor_answered(row->id));
  EXPECT_EQ(world.stores().ledger().request(row->id).value()->status, compliance::kLocalComplete);
  EXPECT_EQ(world.eraser().confirm_by_hand(row->id)->status, compliance::kVendorsComplete);
}

TEST(Erasure, LeavesOutWhoIsLinkedByADeviceAloneUnlessAReasonIsGiven) {
  ErasureWorld world;
  populate(world);
  auto device = world.observation("anon:tablet-0001", "web-1");
  device.anonymous = true;
  ErasureWorld::identify(device, "anonymous_id", "tablet-0001");
  world.send("web", std::move(device));
  auto login = world.observation("user:ada-login-1", "web-2");
  ErasureWorld::identify(login, "user_id", "ada-login-1");
  ErasureWorld::identify(login, "anonymous_id", "tablet-0001");
  ErasureWorld::identify(login, "email", kEmail);
  // Two accounts are one person by two independent things that they share.
  ErasureWorld::identify(login, "phone", "+4915112345678");
  world.send("web", std::move(login));
  EXPECT_THAT(world.profile("email", kEmail)->members, SizeIs(4));
  auto ask = world.ask("email", kEmail);
  EXPECT_EQ(world.eraser().plan(ask)->personas.size(), 3U);
  EXPECT_EQ(world.eraser().plan(ask)->left_out, 1U);
  ask.include_declared = true;
  ask.reason = "the tablet is hers alone, she showed it";
  EXPECT_EQ(world.eraser().plan(ask)->personas.size(), 4U);
  ask.include_declared = false;
  ASSERT_TRUE(world.eraser().erase(ask).has_value());
  // The tablet stays, is searched for by nobody, and may go on speaking.
  EXPECT_THAT(world.profile("anonymous_id", "tablet-0001")->members, SizeIs(1));
  auto more = world.observation("anon:tablet-0001", "web-3");
  more.anonymous = true;
  ErasureWorld::identify(more, "anonymous_id", "tablet-0001");
  EXPECT_EQ(world.send("web", std::move(more)), app::Verdict::accepted);
}

// Enough people that pages split and rows move: a moved row leaves bytes behind.
TEST(Erasure, LeavesNothingOfManyAmongMany) {
  ErasureWorld world;
  populate(world);
  constexpr int kPeople = 1'500;
  for (int round = 0; round < 3; ++round) {
    std::vector<event::Observation> batch;
    for (int i = 0; i < kPeople; ++i) {
      const std::string key = "customer-" + std::to_string(10'000 + i);
      auto o = world.observation(key, key + "-" + std::to_string(round));
      ErasureWorld::identify(o, "shopify.customer_id", key);
      ErasureWorld::identify(o, "email", key + "@shop.example");
      // Longer each time, so that documents outgrow their place.
      ErasureWorld::attribute(o, "last_name",
                              std::string(40U * static_cast<std::size_t>(round + 1), 'x') + key);
      ErasureWorld::attribute(o, "note_" + std::to_string(round), to_hex(world.random_token()));
      batch.push_back(std::move(o));
    }
    world.send_all("shop", std::move(batch));
    world.pipeline().fold().flush_now();
  }
  for (int i = 0; i < kPeople; i += 50) {
    const auto row = world.eraser().erase(
        world.ask("email", "customer-" + std::to_string(10'000 + i) + "@shop.example"));
    ASSERT_TRUE(row.has_value()) << i << ": " << row.error().what;
  }
  expect_bob_there(world);
}

TEST(Erasure, OfAVendorReachesThatSourceAlone) {
  ErasureWorld world;
  populate(world);
  auto ask = world.ask("shopify.customer_id", "customer-1001");
  ask.identifiers.push_back(world.token("email", kEmail));
  ask.only_source = "shop";
  const auto manifest = world.eraser().plan(ask);
  ASSERT_TRUE(manifest.has_value());
  EXPECT_EQ(manifest->sources(), std::vector<std::string>{"shop"});
  const auto done = world.eraser().erase(ask);
  ASSERT_TRUE(done.has_value()) << done.error().what;
  ASSERT_THAT(world.profile("email", kEmail)->members, SizeIs(1));
  EXPECT_EQ(world.profile("email", kEmail)->members[0].document.source, "list");
  // The address is still somebody's: the list may go on naming it.
  auto row = world.observation("row-78", "list-message-2");
  ErasureWorld::identify(row, "email", kEmail);
  EXPECT_EQ(world.send("list", std::move(row)), app::Verdict::accepted);
}

TEST(Erasure, RefusesAMailboxThatIsNobodysOwnAndAStranger) {
  ErasureWorld world;
  populate(world);
  auto role = world.observation("customer-3003", "shop-message-30");
  ErasureWorld::identify(role, "email", "info@shop.example");
  world.send("shop", std::move(role));
  EXPECT_EQ(world.eraser().plan(world.ask("email", "info@shop.example")).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(world.eraser().erase(world.ask("email", "nobody@shop.example")).error().code,
            ErrorCode::not_found);
}

TEST(Erasure, FailsLoudlyWhenSomethingIsStillThere) {
  ErasureWorld world;
  populate(world);
  // A clear copy where none should be.
  ASSERT_TRUE(world.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    builder.batch().meta.emplace_back("leak", Bytes(kEmail, kEmail + std::strlen(kEmail)));
    return {};
  }));
  const auto row = world.eraser().erase(world.ask("email", kEmail));
  ASSERT_FALSE(row.has_value());
  EXPECT_THAT(row.error().what, ::testing::HasSubstr("identifier"));
  EXPECT_THAT(row.error().what, ::testing::Not(::testing::HasSubstr("ada")));
  const auto rows = *world.stores().ledger().requests("", 10);
  EXPECT_EQ(rows.at(0).status, compliance::kInProgress);
  EXPECT_EQ(rows.at(0).step, static_cast<std::uint32_t>(ErasureStep::logs_emptied));
  // Once mended, it goes on.
  ASSERT_TRUE(world.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    builder.batch().meta.emplace_back("leak", Bytes());
    return {};
  }));
  const auto resumed = world.eraser().resume(rows.at(0).id);
  ASSERT_TRUE(resumed.has_value()) << resumed.error().what;
  EXPECT_EQ(resumed->status, compliance::kLocalComplete);
}

TEST(Erasure, GoesOnBesideIngestAndTakesNobodyElse) {
  ErasureWorld world;
  populate(world);
  std::atomic<bool> stop{false};
  std::atomic<int> sent{0};
  std::thread feeder([&] {
    for (int i = 0; !stop; ++i) {
      auto o = world.observation("customer-" + std::to_string(5000 + i % 50),
                                 "feed-" + std::to_string(i));
      ErasureWorld::identify(o, "shopify.customer_id", "customer-" + std::to_string(5000 + i % 50));
      if (world.send("shop", std::move(o)) == app::Verdict::accepted) ++sent;
    }
  });
  const auto row = world.eraser().erase(world.ask("email", kEmail));
  stop = true;
  feeder.join();
  ASSERT_TRUE(row.has_value()) << row.error().what;
  EXPECT_GT(sent, 0);
  expect_bob_there(world);
  EXPECT_EQ(world.stores().keys().size(), 1U + static_cast<std::size_t>(std::min(sent.load(), 50)));
}

}  // namespace
}  // namespace cdp
