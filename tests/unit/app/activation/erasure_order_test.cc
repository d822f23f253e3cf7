// Erasure orders on their way to a vendor, minted by the real eraser.

#include <gmock/gmock.h>

#include "compliance/erasure/eraser.h"
#include "connectors/order_body.h"
#include "tests/support/delivery_world.h"

namespace cdp::app {
namespace {

using store::OutboxStatus;
using testing::delivery_id;
using testing::DeliveryWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An eraser that has begun: only what order_for() reads.
class OrderGround final : public compliance::ErasureGround {
 public:
  explicit OrderGround(DeliveryWorld& world) : world_(world) {}
  Time now() override { return world_.world.clock().now(); }
  Random& random() override { return world_.world.random(); }
  const store::Ledger& ledger() const override { return world_.ledger; }
  Result<void> drain() override { return {}; }
  std::vector<PersonaOrdinal> holders(const Token&, event::Tier) override { return {}; }
  bool is_vouched(PersonaOrdinal) override { return true; }
  Result<std::optional<identity::Profile>> profile_of(PersonaOrdinal) override {
    return std::optional<identity::Profile>();
  }
  Position head(PersonaOrdinal) override { return {}; }
  Result<std::optional<store::KeyRow>> key(PersonaOrdinal) override {
    return std::optional<store::KeyRow>();
  }
  Result<std::string> message_id(const store::Record&) override { return std::string(); }
  Result<Bytes> stored_document(PersonaOrdinal) override { return Bytes(); }
  bool is_in_use(const Token&) override { return false; }
  bool is_latched(const Token&) override { return false; }
  Token tombstone_of(const Token&) override { return {}; }
  bool can_be_told(const std::string&) override { return true; }
  Result<void> commit_intent(compliance::ErasureIntent) override { return {}; }
  Result<void> commit(compliance::ErasureProgress) override { return {}; }
  Result<void> forget(const std::vector<PersonaOrdinal>&) override { return {}; }
  Result<void> show_anew(const std::vector<PersonaOrdinal>&) override { return {}; }
  Result<void> destroy_keys(const std::vector<PersonaOrdinal>&) override { return {}; }
  Result<void> delete_rows(const std::vector<Position>&,
                           const std::vector<PersonaOrdinal>&) override {
    return {};
  }
  Result<void> truncate_logs() override { return {}; }
  Result<void> rewrite_files() override { return {}; }
  Result<std::vector<std::uint64_t>> find_bytes(const std::vector<Bytes>&) override {
    return std::vector<std::uint64_t>();
  }
  Result<std::vector<Bytes>> controls() override { return std::vector<Bytes>(); }

 private:
  DeliveryWorld& world_;
};

// An erasure's request and its order for one vendor, as the eraser's intent commits them.
RequestId begin_erasure(DeliveryWorld& world, const std::string& vendor_id) {
  auto& random = world.world.random();
  const RequestId id(random.next_token());
  const compliance::DossierKey keys(world.world.keyring().request_key(), "default");
  const auto key = crypto::Secret::random(random, 32);
  compliance::Envelope envelope;
  envelope.sealed_key = keys.wrap(key, id, random);
  store::RequestRow request{id, compliance::kErasureKind, compliance::kInProgress,
                            1,  envelope.encode(),        world.world.clock().now(),
                            {}};
  connectors::OrderBody body;
  body.vendor_id = vendor_id;
  body.request = id;
  body.decided_at = world.world.clock().now();
  store::OutboxItem item;
  item.destination = "hook";
  item.kind = store::OutboxKind::erasure;
  item.persona = PersonaOrdinal(1);
  item.cause = Position(1);
  item.purpose = id.to_string();
  item.sealed_order = body.seal(key.view(), "default", 1, random);
  item.next_try = world.world.clock().now();
  EXPECT_TRUE(world.world.pipeline().writer().run([&](BatchBuilder& builder) -> Result<void> {
    builder.batch().requests.push_back(request);
    builder.add_outbox(item);
    return {};
  }));
  return id;
}

TEST(DeliveryLane, AnErasureReachesTheVendorAndItsAnswerComesBack) {
  DeliveryWorld world;
  OrderGround ground(world);
  compliance::Eraser eraser(ground, world.world.keyring(), "default");
  world.mint_erasure = [&](const auto& item) { return eraser.order_for(item); };
  const auto id = begin_erasure(world, "dsb_7");
  world.transport.answer(503);
  world.run();
  EXPECT_THAT(world.answered(), IsEmpty()) << "one failed try is no answer";
  world.transport.answer(200);
  world.later(Duration::hours(1));
  world.run();
  const auto sent = world.transport.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(delivery_id(sent[0]), delivery_id(sent[1]));
  EXPECT_THAT(sent[1].body, HasSubstr(R"("type":"profile.erased","subject":"dsb_7","request":")" +
                                      id.to_string() + R"(")"));
  ASSERT_THAT(world.answered(), SizeIs(1));
  EXPECT_EQ(world.answered()[0].first.purpose, id.to_string());
  EXPECT_EQ(world.answered()[0].second.kind, connectors::Outcome::Kind::delivered);
  EXPECT_THAT(*world.ledger.outbox_of(PersonaOrdinal(1)), IsEmpty());
}

TEST(DeliveryLane, AnErasureOrderThatCannotBeMintedNowIsTriedAgain) {
  DeliveryWorld world;
  world.mint_erasure = [](const auto&) -> Result<connectors::ErasureOrder> {
    return fail(ErrorCode::unavailable, "later");
  };
  begin_erasure(world, "dsb_7");
  world.run();
  EXPECT_THAT(world.transport.sent(), IsEmpty());
  EXPECT_THAT(world.answered(), IsEmpty());
  EXPECT_EQ(world.ledger.outbox_of(PersonaOrdinal(1))->front().status, OutboxStatus::waiting);
}

}  // namespace
}  // namespace cdp::app
