// Our double opt-in through the routes, on a clock moved by hand, with the shop's mailer on the
// other end of a webhook: one mail, one button, one statement; the same answer for every address.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/support/subscribe_world.h"

namespace cdp::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class SubscribeApi : public SubscribeWorld {};

TEST_F(SubscribeApi, MailsOneLinkAndGrantsByItsButtonAlone) {
  const auto answer = ask("Ada@Home.example");
  EXPECT_EQ(answer.status, 303);
  const auto sent = mails();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(field(sent[0], "type"), "message.double_opt_in");
  EXPECT_EQ(field(sent[0], "to"), "ada@home.example");
  EXPECT_EQ(field(sent[0], "language"), "en");
  EXPECT_THAT(field(sent[0], "text"), HasSubstr("at shop.example to receive"));
  EXPECT_THAT(field(sent[0], "html"), HasSubstr("<a href=\""));
  EXPECT_THAT(path_in(sent[0]), Not(HasSubstr("ada")));

  world_.clock().advance(Duration::hours(5));
  for (int i = 0; i < 3; ++i) {
    const auto page = call("GET", "/preferences/opt-in/" + link_in(sent[0]));
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("a•••@home.example"));
    EXPECT_THAT(page.body, HasSubstr("Asked for on 1 January 2026 at shop.example."));
    EXPECT_THAT(page.body, Not(HasSubstr("ada@")));
  }
  EXPECT_THAT(statements_of("ada@home.example"), IsEmpty()) << "a GET confirms nothing";

  const auto done = confirm(link_in(sent[0]));
  EXPECT_EQ(done.status, 200);
  EXPECT_THAT(done.body, HasSubstr("You are subscribed"));
  const auto said = statements_of("ada@home.example");
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].purpose, kNews);
  EXPECT_EQ(said[0].choice, event::Choice::granted);
  EXPECT_EQ(said[0].grade, event::Grade::verified);
  EXPECT_EQ(said[0].method, event::method::kDoubleOptIn);
  EXPECT_EQ(said[0].place, "footer");
  EXPECT_TRUE(said[0].notice_hash.has_value());
  const auto evidence = json::Document::parse(testing::reveal(said[0].evidence));
  ASSERT_TRUE(evidence.has_value());
  EXPECT_EQ(evidence->root().at("/double_opt_in/requested/at")->string(), "2026-01-01T00:00:00Z");
  EXPECT_EQ(evidence->root().at("/double_opt_in/confirmed/at")->string(), "2026-01-01T05:00:00Z");
  EXPECT_EQ(evidence->root().at("/double_opt_in/requested/notice_hash")->string(),
            to_hex(*said[0].notice_hash));
  EXPECT_THAT(mailer_.requests().at(0),
              HasSubstr(std::string(
                  evidence->root().at("/double_opt_in/mail/message_id")->string().value_or("?"))));
  EXPECT_THAT(testing::reveal(said[0].evidence), Not(HasSubstr("192.0.2.1")));
  EXPECT_EQ(counted("sent"), 1U);
  EXPECT_EQ(counted("confirmed"), 1U);
}

TEST_F(SubscribeApi, MailsTheShopsOwnWordsAndKeepsWhatTheyWere) {
  world_.configure(lines(true) +
                   "[double_opt_in.mail.en]\nsubject = \"{title}: is it you?\"\n"
                   "text = \"\"\"{place} asks. {controller}, {contact}\n\n{link}\n\nUntil {date}, "
                   "{time}. {why}\"\"\"\n");
  const auto reloaded = world_.platform().reload_policy();
  ASSERT_TRUE(reloaded.has_value()) << reloaded.error().what;
  ask("ada@home.example", "&form={link}");
  const auto sent = mails();
  ASSERT_THAT(sent, SizeIs(1));
  const std::string text = field(sent[0], "text");
  EXPECT_THAT(field(sent[0], "subject"), ::testing::EndsWith(": is it you?"));
  EXPECT_THAT(text, ::testing::StartsWith("shop.example asks. E, "));
  EXPECT_THAT(text,
              HasSubstr("\n\n" + field(sent[0], "link") + "\n\nUntil 8 January 2026, 00:00. "));
  EXPECT_THAT(text, Not(HasSubstr("{")));
  EXPECT_EQ(field(sent[0], "html"), "") << "ours would say something else";
  confirm(link_in(sent[0]));
  const auto said = statements_of("ada@home.example");
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_THAT(testing::reveal(said[0].evidence),
              HasSubstr("\"text_sha256\":\"" + to_hex(crypto::sha256(as_bytes(text))) + "\""));

  call("POST", "/preferences/subscribe", "email=eve%40home.example&lang=de", kShop);
  EXPECT_THAT(field(mails().at(1), "subject"), HasSubstr("Bitte bestätigen")) << "ours in German";
}

TEST_F(SubscribeApi, GivesTheReceiptOnceWithoutASession) {
  ask("ada@home.example");
  const auto done = confirm(link_in(mails().at(0)));
  const std::string body =
      "link=" + hidden(done.body, "link") + "&statement=" + hidden(done.body, "statement");
  const std::string wrong = "link=" + hidden(done.body, "link") + "&statement=01890000";
  EXPECT_NE(call("POST", "/preferences/opt-in/receipt", wrong).status, 200);
  const auto receipt = call("POST", "/preferences/opt-in/receipt", body);
  EXPECT_EQ(receipt.status, 200);
  EXPECT_THAT(receipt.body, HasSubstr("\"consentReceiptID\""));
  EXPECT_THAT(receipt.body, Not(HasSubstr("ada@")));
  EXPECT_EQ(call("POST", "/preferences/opt-in/receipt", body).status, 404);
  EXPECT_EQ(call("POST", "/preferences/opt-in/receipt", body, "https://evil.example").status, 403);
}

TEST_F(SubscribeApi, ShowsOnePageForLinksThatAreUsedEndedOrForeign) {
  ask("ada@home.example");
  ask("eve@home.example");
  const auto sent = mails();
  const std::string used = link_in(sent.at(0)), ended = link_in(sent.at(1));
  ASSERT_EQ(confirm(used).status, 200);
  world_.clock().advance(Duration::days(7));
  const auto nonsense = call("GET", "/preferences/opt-in/nonsense");
  EXPECT_EQ(nonsense.status, 404);
  EXPECT_THAT(nonsense.body, HasSubstr("This link no longer works"));
  for (const auto& link : {used, ended, std::string(43, 'A')}) {
    auto page = call("GET", "/preferences/opt-in/" + link);
    EXPECT_EQ(page.status, 404);
    for (auto at = page.body.find(link); at != std::string::npos; at = page.body.find(link))
      page.body.replace(at, link.size(), "nonsense");
    EXPECT_EQ(page.body, nonsense.body);
    EXPECT_EQ(confirm(link).status, 404);
  }
  EXPECT_THAT(statements_of("ada@home.example"), SizeIs(1)) << "once";
  EXPECT_THAT(statements_of("eve@home.example"), IsEmpty());
}

TEST_F(SubscribeApi, AnswersEveryAddressAlikeAndWritesToThoseItMay) {
  customer("known");
  customer("subscribed", event::Choice::granted);
  customer("objected", event::Choice::objected);
  customer("restricted", event::Choice::restricted);
  customer("withdrew", event::Choice::withdrawn);
  customer("claimed", event::Choice::objected, "web");
  customer("forgotten");
  erase("forgotten@home.example");
  ASSERT_EQ(erased_.status, 202) << erased_.body;
  const auto& keyed = world_.platform().pipeline().keyed();
  const Token listed = identity::Normaliser::token("email", "listed@home.example", keyed.link);
  ASSERT_TRUE(world_.platform()
                  .pipeline()
                  .writer()
                  .run([&](BatchBuilder& builder) -> Result<void> {
                    builder.batch().tombstones.push_back({store::Tombstone::Scope::do_not_contact,
                                                          keyed.do_not_contact_of("email", listed),
                                                          world_.clock().now()});
                    return {};
                  })
                  .has_value());
  world_.settle();
  const auto first = ask("nobody@home.example");
  for (const char* who :
       {"known@home.example", "subscribed@home.example", "objected@home.example",
        "restricted@home.example", "withdrew@home.example", "claimed@home.example",
        "forgotten@home.example", "listed@home.example", "not an address", ""}) {
    const auto answer = ask(who);
    EXPECT_EQ(answer.status, first.status) << who;
    EXPECT_EQ(answer.body, first.body) << who;
    EXPECT_EQ(answer.headers, first.headers) << who;
  }
  EXPECT_THAT(recipients(), ElementsAre("nobody@home.example", "known@home.example",
                                        "withdrew@home.example", "claimed@home.example"));
  for (const char* result : {"subscribed", "erased", "do_not_contact"})
    EXPECT_EQ(counted(result), 1U) << result;
  EXPECT_EQ(counted("refused"), 2U);
  EXPECT_EQ(counted("no_address"), 2U);
}

// Who stands behind somebody in the queue learns nothing from when their own mail comes.
TEST_F(SubscribeApi, WritesToTheNextAtTheSameTimeWhoeverStoodBefore) {
  customer("known");
  customer("subscribed", event::Choice::granted);
  customer("objected", event::Choice::objected);
  world_.settle();
  std::atomic<std::int64_t> last_us{0};
  testing::LoopbackServer slow([&](const std::string&) {
    last_us = world_.clock().now().us;
    world_.clock().advance(Duration::seconds(1));
    return testing::http_answer(204);
  });
  std::string text = lines(true);
  text.replace(text.find(mailer_.url("/mail")), mailer_.url("/mail").size(), slow.url("/mail"));
  world_.configure(text);
  ASSERT_TRUE(world_.platform().reload_policy().has_value());
  centre().stop();
  centre().start([this](Duration span) { world_.clock().advance(span); });
  ask("first@home.example");
  centre().drain();
  for (const std::string who : {"nobody@home.example", "known@home.example",
                                "subscribed@home.example", "objected@home.example", "no address"}) {
    const Time begun = world_.clock().now();
    ask(who);
    ask("me-after-" + std::to_string(who.size()) + who.substr(0, 2) + "@home.example");
    centre().drain();
    EXPECT_EQ(last_us - begun.us, Duration::seconds(1).us) << who;
  }
  EXPECT_THAT(slow.requests(), SizeIs(1 + 5 + 2));
  centre().stop();
}

TEST_F(SubscribeApi, AFloodOfItKeepsNobodyFromSigningIn) {
  centre().stop();
  int taken = 0;
  for (int i = 0; i < 1'001; ++i) {
    peer_ = "192.0.2." + std::to_string(i / 20);
    if (ask("a" + std::to_string(i) + "@b.example").status == 303) ++taken;
  }
  EXPECT_EQ(taken, 1'000);
  EXPECT_EQ(ask("z@b.example").status, 503);
  EXPECT_EQ(call("POST", "/preferences/link", "email=ada%40home.example").status, 303);
}

TEST_F(SubscribeApi, WritesToOneAddressAFewTimesADayAndNoMore) {
  for (int i = 0; i < 6; ++i) ask("ada@home.example");
  EXPECT_THAT(mails(), SizeIs(3));
  EXPECT_EQ(counted("too_often"), 3U);
  world_.clock().advance(Duration::days(1) + Duration::seconds(1));
  ask("ada@home.example");
  EXPECT_THAT(mails(), SizeIs(4));
}

TEST_F(SubscribeApi, ForgetsWhatNobodyConfirmedAndCountsIt) {
  ask("ada@home.example");
  ask("eve@home.example");
  ASSERT_THAT(mails(), SizeIs(2));
  world_.clock().advance(Duration::seconds(7 * 86'400 - 1));
  centre().opt_ins().forget_ended();
  EXPECT_EQ(counted("unconfirmed"), 0U);
  world_.clock().advance(Duration::seconds(1));
  centre().opt_ins().forget_ended();
  EXPECT_EQ(counted("unconfirmed"), 2U);
  const auto ended =
      world_.platform().stores().ledger().opt_ins_ended(world_.clock().now(), 10).value();
  EXPECT_THAT(ended, IsEmpty());
}

TEST_F(SubscribeApi, LosesItsRequestsWithTheErasureOfTheAddress) {
  customer("known");
  ask("known@home.example");
  ask("nobody@home.example");
  const auto sent = mails();
  ASSERT_THAT(sent, SizeIs(2));
  erase("known@home.example");
  ASSERT_EQ(erased_.status, 202) << erased_.body;
  EXPECT_EQ(confirm(link_in(sent[0])).status, 404);
  EXPECT_EQ(call("GET", "/preferences/opt-in/" + link_in(sent[1])).status, 200);
  erase("nobody@home.example");
  EXPECT_EQ(erased_.status, 404) << "nobody is known by it";
  EXPECT_EQ(confirm(link_in(sent[1])).status, 404) << "and its request is gone all the same";
}

TEST_F(SubscribeApi, LetsANoOfAnybodyWhoSharesTheMailboxStand) {
  customer("ada", std::nullopt, "shop", "both");
  customer("bea", std::nullopt, "shop", "both");
  world_.settle();
  ask("both@home.example");
  EXPECT_THAT(mails(), SizeIs(1));
  customer("bea", event::Choice::objected, "shop", "both");
  world_.settle();
  ask("both@home.example");
  EXPECT_THAT(mails(), SizeIs(1));
  EXPECT_EQ(counted("refused"), 1U);
}

TEST_F(SubscribeApi, WritesToNoMailboxOfMoreThanCanBeAskedForTheirNo) {
  for (int i = 0; i < 101; ++i) customer("c" + std::to_string(i), std::nullopt, "shop", "office");
  world_.settle();
  ask("office@home.example");
  EXPECT_THAT(mails(), IsEmpty());
  EXPECT_EQ(counted("failed"), 1U);
}

TEST_F(SubscribeApi, KeepsNothingWhenTheMailCouldNotBeHandedOver) {
  testing::LoopbackServer broken([](const std::string&) { return testing::http_answer(500); });
  std::string text = lines(true);
  text.replace(text.find(mailer_.url("/mail")), mailer_.url("/mail").size(), broken.url("/mail"));
  world_.configure(text);
  ASSERT_TRUE(world_.platform().reload_policy().has_value());
  for (int i = 0; i < 5; ++i) ask("ada@home.example");
  centre().drain();
  EXPECT_EQ(counted("failed"), 5U);
  world_.configure(lines(true));
  ASSERT_TRUE(world_.platform().reload_policy().has_value());
  ask("ada@home.example");
  EXPECT_THAT(mails(), SizeIs(1)) << "a failure does not use up the day";
}

TEST_F(SubscribeApi, TakesTheFormFromTheShopsPagesAndItsOwnAlone) {
  for (const char* origin : {"https://evil.example", "null", "", "http://shop.example",
                             "https://shop.example.evil.example"})
    EXPECT_EQ(ask("ada@home.example", "", origin).status, 403) << origin;
  EXPECT_THAT(mails(), IsEmpty());
  EXPECT_EQ(ask("ada@home.example", "", kBase).status, 303);
  EXPECT_EQ(confirm(link_in(mails().at(0)), kShop).status, 403) << "the button is ours";
}

TEST_F(SubscribeApi, TakesJsonFromTheShopsScripts) {
  const std::string body = R"({"email":"ada@home.example","purpose":")" + std::string(kNews) +
                           R"(","form":"popup","lang":"de"})";
  const auto answer =
      call("POST", "/preferences/subscribe", body, kShop, "application/json; charset=utf-8");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, R"({"accepted":true})");
  const auto allows = [](const http::Response& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Access-Control-Allow-Origin") return value;
    }
    return std::string();
  };
  EXPECT_EQ(allows(answer), kShop);
  EXPECT_EQ(field(mails().at(0), "language"), "de");
  EXPECT_EQ(allows(call("OPTIONS", "/preferences/subscribe", "", kShop)), kShop);
  EXPECT_EQ(allows(call("OPTIONS", "/preferences/subscribe", "", "https://evil.example")), "");
  const auto evil =
      call("POST", "/preferences/subscribe", body, "https://evil.example", "application/json");
  EXPECT_EQ(evil.status, 403);
  EXPECT_EQ(allows(evil), "");
  EXPECT_EQ(call("POST", "/preferences/subscribe", R"({"email":"a@b.example","purpose":"no.such"})",
                 kShop, "application/json")
                .status,
            422);
}

TEST_F(SubscribeApi, DropsWhatAProgramFilledIn) {
  const auto person = ask("nobody@home.example");
  const auto program = ask("ada@home.example", "&website=https%3A%2F%2Fspam.example");
  EXPECT_EQ(program.status, person.status);
  EXPECT_EQ(program.headers, person.headers);
  EXPECT_THAT(recipients(), ElementsAre("nobody@home.example"));
  EXPECT_EQ(counted("bot"), 1U);
}

TEST_F(SubscribeApi, SlowsDownWhoeverAsksTooOften) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("a" + std::to_string(i) + "@b.example").status, 303);
  EXPECT_EQ(ask("z@b.example").status, 429);
  peer_ = "192.0.2.2";
  EXPECT_EQ(ask("z@b.example").status, 303) << "and nobody else";
}

TEST_F(SubscribeApi, SendsTheBrowserOnlyWhereTheShopIs) {
  const auto next = [&](const std::string& url) {
    for (const auto& [name, value] :
         ask("ada@home.example", "&next=" + http::percent_encode(url)).headers) {
      if (name == "Location") return value;
    }
    return std::string();
  };
  EXPECT_EQ(next("https://shop.example/thanks"), "https://shop.example/thanks");
  for (const char* elsewhere : {"https://evil.example/", "//evil.example", "/x", "javascript:a",
                                "https://shop.example\r\nX: y"})
    EXPECT_EQ(next(elsewhere), "/preferences/subscribe/sent?lang=en") << elsewhere;
}

TEST_F(SubscribeApi, SaysWhenTheYesDoesNotCountYet) {
  ask("ada@home.example");
  const auto sent = mails();
  customer("ada", event::Choice::restricted);
  world_.settle();
  const auto done = confirm(link_in(sent.at(0)));
  EXPECT_EQ(done.status, 200);
  EXPECT_THAT(done.body, HasSubstr("Your yes is recorded"));
}

TEST_F(SubscribeApi, ShowsATextBeforeAnybodyCanAgreeToIt) {
  ask("ada@home.example");
  const std::string link = link_in(mails().at(0));
  const std::string old_text = hidden(call("GET", "/preferences/opt-in/" + link).body, "notice");
  ASSERT_FALSE(old_text.empty());
  std::string text = lines(true) + "[purpose.\"" + kNews + "\"]\nnotice = \"2099-01\"\n";
  text += "[notice.\"2099-01\".text.\"" + std::string(kNews) +
          "\"]\nen = {title = \"Letters\", collected = \"c\", why = \"New words.\", recipients = "
          "\"r\", in_return = \"i\"}\n";
  world_.configure(text);
  const auto reloaded = world_.platform().reload_policy();
  ASSERT_TRUE(reloaded.has_value()) << reloaded.error().what;
  for (const std::string& agreed : {old_text, std::string()}) {
    const auto again =
        call("POST", "/preferences/opt-in", "link=" + link + "&notice=" + agreed, kBase);
    EXPECT_EQ(again.status, 200);
    EXPECT_THAT(again.body, HasSubstr("New words."));
    EXPECT_THAT(again.body, HasSubstr("name=\"notice\"")) << "the button again";
  }
  EXPECT_THAT(statements_of("ada@home.example"), IsEmpty());
  EXPECT_THAT(confirm(link).body, HasSubstr("You are subscribed"));
  EXPECT_EQ(statements_of("ada@home.example").at(0).notice_version, "2099-01");
}

// ADR 14: the text is the controller's own place's; that somebody lives there it does not show.
TEST_F(SubscribeApi, LearnsNoPlaceFromTheTextThatItShowed) {
  customer("ada");
  world_.settle();
  const std::string ours =
      "en = {title = \"Post\", collected = \"c\", why = \"w\", recipients = "
      "\"r\", in_return = \"i\"}\n";
  world_.configure(lines(true) + "[purpose.\"" + kNews + "\"]\nnotice = \"2099-01\"\n" +
                   "[notice.\"2099-01\".text.\"" + kNews + "\"]\n" + ours +
                   "[notice.\"2099-01\".in.DE.\"" + kNews + "\"]\n" + ours);
  const auto reloaded = world_.platform().reload_policy();
  ASSERT_TRUE(reloaded.has_value()) << reloaded.error().what;
  ask("ada@home.example");
  EXPECT_THAT(confirm(link_in(mails().at(0))).body, HasSubstr("You are subscribed"));
  const auto said = statements_of("ada@home.example");
  ASSERT_THAT(said, SizeIs(1));
  const auto& policy = world_.platform().policy().active()->policy;
  const auto* shown = consent::notice_by_hash(policy, said[0].notice_hash.value());
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown->jurisdiction, "DE");
  EXPECT_THAT(consent::jurisdictions_of(*world_.profile("email", "ada@home.example"), policy),
              IsEmpty());
}

TEST_F(SubscribeApi, HasAFormOfItsOwn) {
  const auto page = call("GET", "/preferences/subscribe?lang=de");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("action=\"/preferences/subscribe?lang=de\""));
  EXPECT_EQ(hidden(page.body, "purpose"), kNews);
  world_.configure(lines(false));
  ASSERT_TRUE(world_.platform().reload_policy().has_value());
  EXPECT_EQ(call("GET", "/preferences/subscribe").status, 404) << "nothing to ask for";
}

// Anybody who holds the browser key can claim anybody's address, as often as he likes.
TEST_F(SubscribeApi, IsNotBlockedByWhatOnlyBrowsersSay) {
  customer("ada");
  for (int i = 0; i < 101; ++i)
    customer("c" + std::to_string(i), event::Choice::objected, "web", "ada");
  world_.settle();
  ask("ada@home.example");
  EXPECT_THAT(recipients(), ElementsAre("ada@home.example"));
  EXPECT_EQ(counted("failed"), 0U);
}

}  // namespace
}  // namespace cdp::app
