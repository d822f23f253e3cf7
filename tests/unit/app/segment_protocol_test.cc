#include "cdp/app/ingest/segment_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/base/limits.h"
#include "tests/support/reference_data.h"
#include "tests/support/translated.h"

namespace cdp::app {
namespace {

using connectors::Translated;
using event::Observation;
using testing::attribute_of;
using ::testing::ElementsAre;
using testing::identifiers_of;
using ::testing::IsEmpty;
using testing::outcome_of;
using testing::reveal;
using testing::statements_of;

Time at(std::string_view text) { return *from_rfc3339(text); }

consent::SourceConfig server_source() {
  consent::SourceConfig source;
  source.name = "shop_server";
  source.kind = "segment";
  source.trust = event::Trust::server;
  source.categories = {{"Advertising", "marketing.advertising"},
                       {"Analytics", "analytics"},
                       {"Measurement", "analytics"}};
  return source;
}

struct Call {
  SegmentCall call = SegmentCall::batch;
  bool gpc = false;
  consent::SourceConfig source = server_source();
};

Result<std::vector<Translated>> translate(std::string_view body, const Call& call) {
  CDP_TRY(auto document, json::Document::parse(body));
  return translate_segment(
      document.root(), {call.call, body.size(), call.gpc, at("2026-11-22T12:00:00Z")}, call.source);
}

std::vector<Translated> verdicts(std::string_view body, const Call& call = {}) {
  auto result = translate(body, call);
  EXPECT_TRUE(result.has_value());
  return result ? std::move(*result) : std::vector<Translated>{};
}

Observation one(SegmentCall call, std::string_view body, Call options = {}) {
  options.call = call;
  auto all = verdicts(body, options);
  EXPECT_EQ(all.size(), 1U);
  if (all.size() != 1) return {};
  EXPECT_EQ(outcome_of(all.front()), "observation");
  auto* observation = std::get_if<Observation>(&all.front());
  return observation != nullptr ? std::move(*observation) : Observation{};
}

std::string outcome(SegmentCall call, std::string_view body) {
  Call options;
  options.call = call;
  return outcome_of(verdicts(body, options).at(0));
}

TEST(SegmentProtocol, KnowsLongAndShortCallNames) {
  EXPECT_EQ(segment_call("identify"), SegmentCall::identify);
  EXPECT_EQ(segment_call("i"), SegmentCall::identify);
  EXPECT_EQ(segment_call("b"), SegmentCall::batch);
  EXPECT_EQ(segment_call("import"), SegmentCall::import);
  EXPECT_FALSE(segment_call("m"));
  EXPECT_FALSE(segment_call("regulations"));
}

TEST(SegmentProtocol, TurnsTraitsIntoAttributesAndIdentifiers) {
  const auto seen = one(SegmentCall::identify,
                        R"({"messageId":"m1","userId":"u1","anonymousId":"a1","traits":{
      "email":"Ada@Shop.example","phone":4930123,"firstName":"Ada","plan":"gold","age":36,
      "address":{"city":"Berlin","postalCode":"10115"},"nickname":null}})");
  EXPECT_EQ(reveal(seen.persona_key), "user:u1");
  EXPECT_FALSE(seen.anonymous);
  EXPECT_EQ(seen.message_id, "m1");
  EXPECT_THAT(
      identifiers_of(seen.identifiers),
      ElementsAre("anonymous_id=a1", "email=Ada@Shop.example", "phone=4930123", "user_id=u1"));
  EXPECT_EQ(attribute_of(seen, "email"), R"("Ada@Shop.example")");
  EXPECT_EQ(attribute_of(seen, "first_name"), R"("Ada")");
  EXPECT_EQ(attribute_of(seen, "firstName"), "-");
  EXPECT_EQ(attribute_of(seen, "age"), "36");
  EXPECT_EQ(attribute_of(seen, "address"), R"({"city":"Berlin","postalCode":"10115"})");
  EXPECT_EQ(attribute_of(seen, "nickname"), "null");
  EXPECT_FALSE(seen.event);
}

TEST(SegmentProtocol, PrefersTheEventsTraitsOverTheContexts) {
  const auto seen = one(SegmentCall::identify, R"({"userId":"u1",
      "traits":{"firstName":"Ada","first_name":"A."},
      "context":{"traits":{"first_name":"Old","city":"Berlin"}}})");
  EXPECT_EQ(attribute_of(seen, "first_name"), R"("A.")");
  EXPECT_EQ(attribute_of(seen, "city"), R"("Berlin")");
  EXPECT_EQ(seen.attributes.size(), 2U);
}

TEST(SegmentProtocol, NamesThePersonaByUserIdThenAnonymousId) {
  struct Row {
    const char* ids;
    const char* persona;
    bool anonymous;
  };
  const Row rows[] = {
      {R"("userId":"u1")", "user:u1", false},
      {R"("userId":9007199254740993)", "user:9007199254740993", false},
      {R"("userId":null,"anonymousId":"a1")", "anon:a1", true},
      {R"("userId":"","anonymousId":42)", "anon:42", true},
      {R"("userId":"NULL","anonymousId":"a1")", "anon:a1", true},
      {R"("userId":"00000000-0000-0000-0000-000000000000","anonymousId":"a1")", "anon:a1", true},
      {R"("userId":-1,"anonymousId":"a1")", "anon:a1", true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.ids);
    const auto seen =
        one(SegmentCall::track, "{" + std::string(row.ids) + R"(,"event":"Seen","messageId":"m"})");
    EXPECT_EQ(reveal(seen.persona_key), row.persona);
    EXPECT_EQ(seen.anonymous, row.anonymous);
  }
}

TEST(SegmentProtocol, RefusesWhatItCannotUseWithAReason) {
  EXPECT_EQ(outcome(SegmentCall::track, R"({"event":"Seen"})"), "rejected:missing_persona");
  EXPECT_EQ(outcome(SegmentCall::track, R"({"userId":"undefined","event":"Seen"})"),
            "rejected:missing_persona");
  EXPECT_EQ(outcome(SegmentCall::track, R"({"userId":"u1"})"), "rejected:missing_event");
  EXPECT_EQ(outcome(SegmentCall::track, R"({"userId":"u1","event":7})"), "rejected:missing_event");
  EXPECT_EQ(outcome(SegmentCall::group, R"({"userId":"u1"})"), "rejected:missing_group");
  EXPECT_EQ(outcome(SegmentCall::alias, R"({"userId":"u1"})"), "rejected:missing_previous_id");
  EXPECT_EQ(outcome(SegmentCall::alias, R"({"previousId":"a1"})"), "rejected:missing_persona");
  EXPECT_EQ(outcome(SegmentCall::alias, R"({"userId":"u1","previousId":"u1"})"),
            "ignored:alias_to_itself");
  const std::string long_id(limits::kMessageIdBytesMax + 1, 'x');
  EXPECT_EQ(outcome(SegmentCall::track,
                    R"({"userId":"u1","event":"Seen","messageId":")" + long_id + "\"}"),
            "rejected:message_id_too_long");
  std::string traits;
  for (int i = 0; i < 501; ++i) traits += ",\"t" + std::to_string(i) + "\":1";
  EXPECT_EQ(
      outcome(SegmentCall::identify, R"({"userId":"u1","traits":{)" + traits.substr(1) + "}}"),
      "rejected:too_many_attributes");
}

TEST(SegmentProtocol, KeepsTheNeighboursOfABadEvent) {
  const auto all = verdicts(R"({"batch":[
      {"type":"track","userId":"u1","event":"Seen"}, 7, {"type":"track"}, {"type":"batch"},
      {"type":"t","userId":"u1","event":"Seen"}, {"type":"page","anonymousId":"a1"}]})");
  std::vector<std::string> outcomes;
  for (const auto& verdict : all) outcomes.push_back(outcome_of(verdict));
  EXPECT_THAT(outcomes,
              ElementsAre("observation", "rejected:malformed", "rejected:missing_persona",
                          "rejected:unknown_type", "rejected:unknown_type", "observation"));
}

TEST(SegmentProtocol, RefusesBodiesThatAreNoCallAtAll) {
  EXPECT_EQ(translate("[]", {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(translate("{}", {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(translate(R"({"batch":{}})", {}).error().code, ErrorCode::invalid_argument);
  std::string many = R"({"batch":[0)";
  for (std::size_t i = 0; i < limits::kBatchEventsMax; ++i) many += ",0";
  EXPECT_EQ(translate(many + "]}", {}).error().code, ErrorCode::too_large);
}

TEST(SegmentProtocol, RefusesOneEventOverTheBoundAndKeepsTheRest) {
  const std::string filler(limits::kEventBytesMax, 'x');
  const auto all = verdicts(R"({"batch":[{"type":"track","userId":"u1","event":"Big","properties":{
      "x":")" + filler + R"("}},{"type":"track","userId":"u1","event":"Small"}]})");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(outcome_of(all[0]), "rejected:too_large");
  EXPECT_EQ(outcome_of(all[1]), "observation");
}

TEST(SegmentProtocol, TakesOutTheClientsClock) {
  struct Row {
    const char* times;
    const char* occurred_at;  // received at 2026-11-22T12:00:00Z
  };
  const Row rows[] = {
      // An hour ahead, sent ten seconds after it happened.
      {R"("timestamp":"2026-11-22T13:00:00Z","sentAt":"2026-11-22T13:00:10Z")",
       "2026-11-22T11:59:50Z"},
      {R"("timestamp":"2020-01-01T00:00:00Z","originalTimestamp":"2026-11-22T13:00:00Z",
          "sentAt":"2026-11-22T13:00:10Z")",
       "2026-11-22T11:59:50Z"},
      {R"("timestamp":"2026-11-22T11:00:00Z")", "2026-11-22T11:00:00Z"},
      {R"("timestamp":1795345200000)", "2026-11-22T11:00:00Z"},
      {R"("timestamp":"2030-01-01T00:00:00Z")", "2026-11-22T12:00:00Z"},
      {R"("timestamp":"2026-11-22T14:00:00Z","sentAt":"2026-11-22T13:00:00Z")",
       "2026-11-22T12:00:00Z"},
      {R"("timestamp":"yesterday")", "2026-11-22T12:00:00Z"},
      {R"("sentAt":"2026-11-22T13:00:00Z")", "2026-11-22T12:00:00Z"},
      {R"("timestamp":"1970-01-01T00:00:00Z","sentAt":"9999-12-31T23:59:59Z")",
       "2026-11-22T12:00:00Z"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.times);
    const auto seen =
        one(SegmentCall::track, R"({"userId":"u1","event":"Seen",)" + std::string(row.times) + "}");
    EXPECT_EQ(to_rfc3339(seen.occurred_at), row.occurred_at);
    EXPECT_EQ(to_rfc3339(seen.received_at), "2026-11-22T12:00:00Z");
  }
}

TEST(SegmentProtocol, UsesTheBatchsContextAndSentAtWhereTheEventHasNone) {
  const auto all = verdicts(R"({"sentAt":"2026-11-22T13:00:10Z",
      "context":{"traits":{"city":"Berlin"},"consent":{"categoryPreferences":{"Advertising":true}}},
      "batch":[{"type":"track","userId":"u1","event":"A","timestamp":"2026-11-22T13:00:00Z"},
               {"type":"track","userId":"u1","event":"B",
                "context":{"consent":{"categoryPreferences":{"Advertising":false}}}}]})");
  ASSERT_EQ(all.size(), 2U);
  const auto& first = std::get<Observation>(all[0]);
  const auto& second = std::get<Observation>(all[1]);
  EXPECT_EQ(to_rfc3339(first.occurred_at), "2026-11-22T11:59:50Z");
  EXPECT_EQ(attribute_of(first, "city"), R"("Berlin")");
  EXPECT_EQ(attribute_of(second, "city"), R"("Berlin")");
  EXPECT_EQ(first.statements.at(0).choice, event::Choice::granted);
  EXPECT_EQ(second.statements.at(0).choice, event::Choice::denied);
}

TEST(SegmentProtocol, MakesStatementsOfMappedCategoriesOnly) {
  const auto seen = one(SegmentCall::page, R"({"anonymousId":"a1","context":{"consent":{
      "categoryPreferences":{"Advertising":false,"Analytics":true,"Measurement":false,
                             "Unheard":true,"Functional":"yes"}}}})");
  EXPECT_THAT(
      statements_of(seen),
      ElementsAre("state: analytics denied recorded segment_category_preferences",
                  "state: marketing.advertising denied recorded segment_category_preferences"));
}

TEST(SegmentProtocol, TakesAConsentUpdateAsAChoiceMadeNow) {
  const auto seen = one(SegmentCall::track, R"({"anonymousId":"a1",
      "event":"Segment Consent Preference Updated","timestamp":"2026-11-22T11:00:00Z",
      "context":{"consent":{"categoryPreferences":{"Advertising":true}}}})");
  ASSERT_EQ(seen.statements.size(), 1U);
  EXPECT_FALSE(seen.statements[0].is_state);
  EXPECT_EQ(seen.statements[0].choice, event::Choice::granted);
  EXPECT_EQ(to_rfc3339(seen.statements[0].occurred_at), "2026-11-22T11:00:00Z");
}

TEST(SegmentProtocol, TakesGpcAsAnObjectionButNotForImports) {
  Call call;
  call.gpc = true;
  const auto seen = one(SegmentCall::page, R"({"anonymousId":"a1"})", call);
  EXPECT_THAT(statements_of(seen), ElementsAre("state: gpc objected recorded gpc"));
  call.call = SegmentCall::import;
  const auto all = verdicts(R"({"batch":[{"type":"page","anonymousId":"a1"}]})", call);
  EXPECT_THAT(statements_of(std::get<Observation>(all.at(0))), IsEmpty());
}

// Signals that disagree are one statement a purpose, or their repetition would look like changes.
TEST(SegmentProtocol, PutsAllSignalsOfAnEventTogetherAndLetsANoWin) {
  consent::signals::SignalMap map;
  map.consent_mode = {{"analytics", {"analytics_storage"}}};
  map.us_sale = {"gpc"};
  const std::string body = R"({"anonymousId":"a1","context":{"consent":{
      "categoryPreferences":{"Analytics":true,"Measurement":true},
      "consentMode":{"analytics_storage":"denied"},"uspString":"1YYN","gppString":"DB",
      "tcString":"nonsense"}}})";
  const auto document = json::Document::parse(body);
  ASSERT_TRUE(document);
  const auto all = translate_segment(
      document->root(), {SegmentCall::page, body.size(), false, at("2026-11-22T12:00:00Z"), &map},
      server_source());
  ASSERT_TRUE(all);
  const auto& seen = std::get<Observation>(all->at(0));
  EXPECT_THAT(statements_of(seen),
              ElementsAre("state: analytics denied recorded google_consent_mode",
                          "state: gpc objected recorded us_privacy"));
  EXPECT_THAT(seen.warnings, ElementsAre("unreadable_gpp", "unreadable_tcf"));
}

TEST(SegmentProtocol, NamesViewsAndMergesNameAndCategory) {
  const auto page = one(SegmentCall::page, R"({"anonymousId":"a1","name":"Home","category":"Shop",
      "properties":{"url":"https://shop.example/","name":"Given"}})");
  EXPECT_EQ(page.event->name, "Page Viewed");
  EXPECT_EQ(reveal(page.event->properties),
            R"({"url":"https://shop.example/","name":"Given","category":"Shop"})");
  const auto screen = one(SegmentCall::screen, R"({"anonymousId":"a1","name":"Cart"})");
  EXPECT_EQ(screen.event->name, "Screen Viewed");
  EXPECT_EQ(reveal(screen.event->properties), R"({"name":"Cart"})");
  const auto bare = one(SegmentCall::page, R"({"anonymousId":"a1","properties":{}})");
  EXPECT_EQ(reveal(bare.event->properties), "");
}

TEST(SegmentProtocol, KeepsGroupTraitsAwayFromThePerson) {
  const auto seen = one(SegmentCall::group, R"({"userId":"u1","groupId":"g1",
      "traits":{"name":"Acme","email":"office@acme.example"}})");
  EXPECT_EQ(attribute_of(seen, "group_id"), R"("g1")");
  EXPECT_EQ(seen.attributes.size(), 1U);
  EXPECT_THAT(identifiers_of(seen.identifiers), ElementsAre("user_id=u1"));
  EXPECT_EQ(seen.event->name, "Group");
  EXPECT_EQ(reveal(seen.event->properties),
            R"({"group_id":"g1","traits":{"name":"Acme","email":"office@acme.example"}})");
}

TEST(SegmentProtocol, LinksAnAliasAndLetsOnlyServersNameALogin) {
  const char* body = R"({"userId":"u1","previousId":"a1"})";
  EXPECT_THAT(identifiers_of(one(SegmentCall::alias, body).identifiers),
              ElementsAre("anonymous_id=a1", "user_id=a1", "user_id=u1"));
  Call call;
  call.source.trust = event::Trust::public_key;
  EXPECT_THAT(identifiers_of(one(SegmentCall::alias, body, call).identifiers),
              ElementsAre("anonymous_id=a1", "user_id=u1"));
}

// RudderStack's documentation makes userId optional: the anonymousId is the new name then.
TEST(SegmentProtocol, LinksAnAliasOfSomebodyWhoHasNotLoggedIn) {
  const auto seen = one(SegmentCall::alias, R"({"anonymousId":"a2","previousId":"a1"})");
  EXPECT_TRUE(seen.anonymous);
  EXPECT_EQ(reveal(seen.persona_key), "anon:a2");
  Call call;
  call.source.trust = event::Trust::public_key;
  const char* body = R"({"anonymousId":"a2","previousId":"a1"})";
  EXPECT_THAT(identifiers_of(one(SegmentCall::alias, body, call).identifiers),
              ElementsAre("anonymous_id=a1", "anonymous_id=a2"));
  EXPECT_EQ(outcome(SegmentCall::alias, R"({"anonymousId":"a1","previousId":"a1"})"),
            "ignored:alias_to_itself");
}

TEST(SegmentProtocol, LinksWhatRudderStacksMergeNamesAndLetsOnlyServersNameALogin) {
  const char* body = R"({"userId":"u1","mergeProperties":[
      {"type":"email","value":"ada@mail.example"},{"type":"mobile","value":"+12025550146"},
      {"type":"userId","value":"u2"},{"type":"email","value":"null"},{"type":"email"}]})";
  EXPECT_THAT(
      identifiers_of(one(SegmentCall::merge, body).identifiers),
      ElementsAre("email=ada@mail.example", "phone=+12025550146", "user_id=u1", "user_id=u2"));
  Call call;
  call.source.trust = event::Trust::public_key;
  EXPECT_THAT(identifiers_of(one(SegmentCall::merge, body, call).identifiers),
              ElementsAre("email=ada@mail.example", "phone=+12025550146", "user_id=u1"));
  EXPECT_EQ(outcome(SegmentCall::merge, R"({"mergeProperties":[]})"), "rejected:missing_persona");
  EXPECT_EQ(outcome(SegmentCall::merge, R"({"userId":"u1"})"), "rejected:missing_merge_properties");
}

TEST(SegmentProtocol, TakesExternalIdsOfUsersInTheClear) {
  const auto seen = one(SegmentCall::track, R"({"userId":"u1","event":"Seen","context":{
      "externalIds":[{"id":"c-9","type":"loyalty_card","collection":"users","encoding":"none"},
                     {"id":123,"type":"ga_client_id"},
                     {"id":"acme","type":"account","collection":"accounts"},
                     {"id":"ff00","type":"hashed","encoding":"sha256"}, 5, {"id":"x"}]}})");
  EXPECT_THAT(identifiers_of(seen.identifiers),
              ElementsAre("ga_client_id=123", "loyalty_card=c-9", "user_id=u1"));
}

TEST(SegmentProtocol, CallsALoginOrAnOrderANewActOnlyFromServers) {
  Call server;
  Call browser;
  browser.source.trust = event::Trust::public_key;
  const char* login = R"({"userId":"u1"})";
  const char* order = R"({"userId":"u1","event":"Order Completed"})";
  EXPECT_TRUE(one(SegmentCall::identify, login, server).new_act);
  EXPECT_FALSE(one(SegmentCall::identify, login, browser).new_act);
  EXPECT_FALSE(one(SegmentCall::identify, R"({"anonymousId":"a1"})", server).new_act);
  EXPECT_TRUE(one(SegmentCall::track, order, server).new_act);
  EXPECT_FALSE(one(SegmentCall::track, order, browser).new_act);
  EXPECT_FALSE(one(SegmentCall::track, R"({"userId":"u1","event":"Seen"})", server).new_act);
  server.call = SegmentCall::import;
  const auto all =
      verdicts(R"({"batch":[{"type":"track","userId":"u1","event":"Order Completed"}]})", server);
  EXPECT_FALSE(std::get<Observation>(all.at(0)).new_act);
  EXPECT_EQ(std::get<Observation>(all.at(0)).arrival, event::Arrival::import);
}

TEST(SegmentProtocol, GivesARetryTheSameMessageIdAndEveryEventItsOwn) {
  const auto batch = [](std::string_view sent_at) {
    return verdicts(R"({"sentAt":")" + std::string(sent_at) + R"(","batch":[
      {"type":"track","userId":"u1","event":"Seen"},{"type":"track","userId":"u1","event":"Seen"}]})");
  };
  const auto first = batch("2026-11-22T11:00:00Z");
  const auto again = batch("2026-11-22T11:05:00Z");
  const auto id = [](const Translated& verdict) {
    return std::get<Observation>(verdict).message_id;
  };
  EXPECT_EQ(id(first.at(0)), id(again.at(0)));
  EXPECT_EQ(id(first.at(1)), id(again.at(1)));
  EXPECT_NE(id(first.at(0)), id(first.at(1)));
  EXPECT_EQ(one(SegmentCall::track, R"({"userId":"u1","event":"A","sentAt":"x"})").message_id,
            one(SegmentCall::track, R"({"userId":"u1","event":"A","sentAt":"y"})").message_id);
  EXPECT_NE(one(SegmentCall::track, R"({"userId":"u1","event":"A"})").message_id,
            one(SegmentCall::track, R"({"userId":"u1","event":"B"})").message_id);
}

TEST(SegmentProtocol, ReadsWhatTheNodeClientReallySends) {
  CDP_REQUIRE_REFERENCE(path, "connectors/segment/recorded/segment-analytics-node-batch.json");
  const std::string text = testing::read_text(path);
  auto document = json::Document::parse(text);
  ASSERT_TRUE(document);
  const auto body = document->root().at("/0/body");
  ASSERT_TRUE(body);
  const auto result = translate_segment(
      *body, {SegmentCall::batch, text.size(), false, at("2026-11-22T17:38:16Z")}, server_source());
  ASSERT_TRUE(result);
  ASSERT_EQ(result->size(), 5U);
  for (const auto& verdict : *result) EXPECT_EQ(outcome_of(verdict), "observation");
  const auto& identify = std::get<Observation>((*result)[0]);
  EXPECT_EQ(attribute_of(identify, "plan"), R"("gold")");
  EXPECT_EQ(attribute_of(identify, "ip"), "-");
  EXPECT_THAT(
      statements_of(identify),
      ElementsAre("state: analytics granted recorded segment_category_preferences",
                  "state: marketing.advertising denied recorded segment_category_preferences"));
  const auto& order = std::get<Observation>((*result)[1]);
  EXPECT_EQ(reveal(order.event->properties),
            R"({"order_id":"1001","revenue":99.9,"currency":"EUR",)"
            R"("products":[{"product_id":"p1","price":99.9,"quantity":1}]})");
  EXPECT_EQ(to_rfc3339(order.occurred_at), "2026-01-02T03:04:05.794000Z");
  EXPECT_TRUE(order.new_act);
  EXPECT_EQ(reveal(std::get<Observation>((*result)[4]).persona_key), "anon:anon-2");
}

}  // namespace
}  // namespace cdp::app
