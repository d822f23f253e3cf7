// A vendor's echo of our own order is told from what the person said (DESIGN §7 rule 11).
#include <gmock/gmock.h>

#include "tests/support/echo_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using testing::EchoWorld;
using ::testing::SizeIs;

TEST(VendorEcho, OfOurOrderIsNoStatementButAMarkAndAnEntry) {
  EchoWorld one;
  one.tell_vendor();
  const auto sent = one.world.transport.sent().size();
  one.deliver({one.no()});
  one.world.run();
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
  EXPECT_THAT(one.world.transport.sent(), SizeIs(sent));
  std::vector<std::string> codes;
  for (const auto& row : one.world.rows("u1")) codes.push_back(row.last_code);
  EXPECT_THAT(codes, ::testing::Contains(::testing::StartsWith("echoed")));
}

TEST(VendorEcho, IsRecognisedInWhateverWordsAndAfterARestart) {
  for (const Choice ours :
       {Choice::withdrawn, Choice::denied, Choice::objected, Choice::restricted}) {
    EchoWorld one;
    one.tell_vendor(ours);
    one.world.restart();
    auto other = one.no(Choice::denied);
    other.method = "customers/update";
    other.is_state = true;
    one.deliver({other});
    EXPECT_EQ(one.said_by_vendor(), 0U) << event::to_string(ours);
  }
}

TEST(VendorEcho, LeavesTheRestOfTheMessage) {
  EchoWorld one;
  one.tell_vendor();
  auto ads = one.no();
  ads.purpose = "marketing.advertising";
  one.deliver({one.no(), ads});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

// What an older version noted says nothing of the message.
TEST(VendorEcho, ThatWasNotedWithoutItsMessageHasBeen) {
  EchoWorld one;
  one.tell_vendor();
  auto order = one.world.rows("u1").back();
  ASSERT_EQ(order.kind, store::OutboxKind::choice);
  order.last_code = "echoed";
  ASSERT_TRUE(one.world.world.pipeline()
                  .writer()
                  .run([&](BatchBuilder& builder) -> Result<void> {
                    builder.batch().outbox.push_back(order);
                    return {};
                  })
                  .has_value());
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ComesOnce) {
  EchoWorld one;
  one.tell_vendor();
  one.deliver({one.no()});
  one.world.later(Duration::seconds(60));
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, DeliveredAgainIsADuplicateAndNoStatement) {
  EchoWorld one;
  one.tell_vendor();
  const auto echo = one.no();
  one.deliver({echo}, "1", "same");
  one.deliver({echo}, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 0U);
}

TEST(VendorEcho, IsOneAgainWhenTheVendorRepeatsTheMessageThatWeCouldNotStore) {
  for (const bool dated : {true, false}) {
    EchoWorld one;
    one.tell_vendor();
    auto echo = one.no();
    if (!dated) echo.occurred_at = {};
    one.failing([&] { one.deliver({echo}, "1", "same"); });
    EXPECT_EQ(one.echoes_audited(), 1U);
    one.world.restart();
    one.world.later(Duration::hours(3));
    one.failing([&] { one.deliver({echo}, "1", "same"); });
    one.deliver({echo}, "1", "same");
    EXPECT_EQ(one.said_by_vendor(), 0U) << "dated " << dated;
    EXPECT_EQ(one.echoes_audited(), 1U);
    one.deliver({one.no()});
    EXPECT_EQ(one.said_by_vendor(), 1U) << "another message is the person's word";
  }
}

TEST(VendorEcho, IsOneAgainAlsoWhenAYesCameBetweenTheMessageAndItsRepetition) {
  EchoWorld one;
  one.tell_vendor();
  auto echo = one.no();
  echo.occurred_at = {};  // else its date would lose against the yes in any case
  one.failing([&] { one.deliver({echo}, "1", "same"); });
  one.allow_again();
  one.deliver({echo}, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 0U);
}

TEST(VendorEcho, IsOneAgainWhenTheOrderWasStillUnderWay) {
  EchoWorld one;
  auto echo = one.no();
  echo.occurred_at = {};
  one.world.transport.answer([&](const auto& parts) {
    if (parts.body.find("consent.withdrawn") != std::string::npos) {
      one.failing([&] { one.deliver({echo}, "1", "same"); });
    }
    return testing::ScriptedTransport::Answer{
        testing::ScriptedTransport::Answer::Kind::answered, 204, {}};
  });
  one.tell_vendor();
  one.world.later(Duration::hours(3));
  one.deliver({echo}, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, RepeatedTakesNoMoreOfTheMessageThanAtFirst) {
  EchoWorld one;
  one.tell_vendor();
  auto ads = one.no();
  ads.purpose = "marketing.advertising";
  auto objection = one.no(Choice::objected);
  auto at_an_address = one.no();
  at_an_address.contact_point = event::Identifier{"email", Pii<std::string>("a@shop.example")};
  const std::vector<event::StatementDraft> all = {one.no(), ads, objection, at_an_address};
  one.failing([&] { one.deliver(all, "1", "same"); });
  one.deliver(all, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 3U);
}

TEST(VendorEcho, OfTwoOrdersEachHasItsOwn) {
  EchoWorld one;
  one.world.later(Duration::seconds(1));
  one.tell_vendor();
  one.deliver({one.no()}, "1", "first");
  one.allow_again();
  one.tell_vendor();
  one.failing([&] { one.deliver({one.no()}, "1", "second"); });
  one.deliver({one.no()}, "1", "second");
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 2U);
}

TEST(VendorEcho, AsAStateMayRepeatItself) {
  EchoWorld one;
  one.tell_vendor();
  auto state = one.no();
  state.is_state = true;
  for (int i = 0; i < 3; ++i) {
    one.deliver({state});
    one.world.later(Duration::days(2));  // pulled again and again, with the date of the change
  }
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, WhileTheOrderIsUnderWayComesOnce) {
  EchoWorld one;
  one.world.transport.answer([&](const auto& parts) {
    if (parts.body.find("consent.withdrawn") != std::string::npos) {
      one.deliver({one.no()});
      one.deliver({one.no()});
    }
    return testing::ScriptedTransport::Answer{
        testing::ScriptedTransport::Answer::Kind::answered, 204, {}};
  });
  one.tell_vendor();
  EXPECT_EQ(one.said_by_vendor(), 1U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, WhileTheOrderIsUnderWayIsOne) {
  EchoWorld one;
  one.world.transport.answer([&](const auto& parts) {
    if (parts.body.find("consent.withdrawn") != std::string::npos) one.deliver({one.no()});
    return testing::ScriptedTransport::Answer{
        testing::ScriptedTransport::Answer::Kind::answered, 204, {}};
  });
  one.tell_vendor();
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, ANoWithoutAnOrderIsThePersons) {
  EchoWorld one;
  one.world.later(Duration::seconds(1));
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ANoBeforeTheOrderIsThePersons) {
  EchoWorld one;
  auto earlier = one.no();
  one.world.later(Duration::hours(1));
  one.tell_vendor();
  one.deliver({earlier});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ANoAfterTheOrderIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  one.world.later(consent::kEchoSkew + Duration::seconds(1));
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ANoLongAfterAnOrderOfWhichNobodyKnowsWhetherItCameIsThePersons) {
  EchoWorld one;
  one.world.transport.answer(503);
  one.tell_vendor();
  auto late = one.no();
  late.occurred_at = {};
  one.world.later(Duration::days(60));
  one.deliver({late});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, OfANewerNoStandsAgainstAYesThatTheVendorTellsOfLate) {
  EchoWorld one;
  one.tell_vendor();
  one.world.later(Duration::hours(12));
  auto yes = one.no(Choice::granted);
  yes.grade = event::Grade::double_opt_in;
  yes.method = "double_opt_in";
  one.world.later(Duration::hours(8));
  one.deliver({one.no()});
  one.world.later(Duration::seconds(5));
  one.deliver({yes});
  EXPECT_EQ(one.said_by_vendor(), 2U) << "both are the person's, and the no is the newer one";
}

TEST(VendorEcho, ANoAfterANewerYesIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  one.allow_again();
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
  one.world.run();
}

TEST(VendorEcho, AnObjectionOrAComplaintIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  auto complaint = one.no();
  complaint.method = "spam_complaint";
  one.deliver({one.no(Choice::objected), complaint, one.no(Choice::restricted)});
  EXPECT_EQ(one.said_by_vendor(), 3U);
}

TEST(VendorEcho, ForARecordThatDoesNotHoldTheNoItselfIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  one.deliver({one.no()}, "2");  // never heard of: a split could take it away
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ThroughASourceThatIsNotTheDestinationsIsThePersons) {
  EchoWorld one;
  one.world.world.policy().destinations["hook"].source = "another";
  one.tell_vendor();
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, OfARefusedOrderIsNone) {
  EchoWorld one;
  one.world.transport.answer(400);
  one.tell_vendor();
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

}  // namespace
}  // namespace cdp::app
