#include "consent/gate.h"

#include "consent/standing.h"
#include "identity/identifier.h"
#include "tests/support/household.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::consent {
namespace {

using event::Choice;
using event::Grade;
using event::Trust;
using testing::day;
using testing::Household;

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kAnalytics = "analytics.reporting";

Policy make_policy() {
  Policy policy;
  policy.purposes[kEmail] = testing::make_purpose(kEmail, "email");
  policy.purposes[kAnalytics] = testing::make_purpose(kAnalytics);
  policy.purposes["essential.orders"] =
      testing::make_purpose("essential.orders", "", event::Basis::contract);
  for (const auto& rule :
       {testing::make_attribute("email", "user.contact.email"),
        testing::make_attribute("phone", "user.contact.phone_number"),
        testing::make_attribute("first_name", "user.name.first"),
        testing::make_attribute("city", "user.contact.address.city"),
        testing::make_attribute("size", "user.behavior", {"analytics"}),
        testing::make_attribute("health", "user.health_and_medical", {"analytics", "essential"})}) {
    policy.attributes[rule.name] = rule;
  }
  policy.attributes["health"].sensitive = true;
  DestinationConfig mail;
  mail.name = "mail";
  mail.role = DestinationRole::processor;
  mail.purposes = {kEmail, kAnalytics, "essential.orders"};
  mail.attributes = {"email", "first_name", "size", "phone", "health"};
  policy.destinations["mail"] = mail;
  DestinationConfig ads = mail;
  ads.name = "ads";
  ads.role = DestinationRole::sale_or_share;
  policy.destinations["ads"] = ads;
  return policy;
}

class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    EXPECT_TRUE(crypto::initialise().has_value());
    house_.member("shop", 1, Trust::vendor_signed);
  }

  Verdict admit(const std::string& purpose, std::vector<std::string> attributes = {},
                const std::string& destination = "mail") {
    auto verdict =
        gate_.admit({destination, purpose, std::move(attributes)}, &house_.profile(), day(100));
    EXPECT_TRUE(verdict.has_value());
    return std::move(*verdict);
  }
  // "email=... first_name=..." of a view, or "refused: reason".
  std::string told(const std::string& purpose, const std::string& destination = "mail") {
    const Verdict verdict = admit(purpose, {}, destination);
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
      return "refused: " + std::string(to_string(refusal->reason));
    }
    std::string out;
    for (const auto& attribute : std::get<ConsentedView>(verdict).attributes()) {
      out += (out.empty() ? "" : " ") + attribute.name + "=" + attribute.json;
    }
    return out;
  }
  std::string reason(const std::string& purpose, const std::string& attribute) {
    const auto explanation =
        gate_.explain({"mail", purpose, {attribute}}, &house_.profile(), day(100));
    EXPECT_TRUE(explanation.has_value());
    return std::string(to_string(explanation->rows.at(0).reason));
  }

  Policy policy_ = make_policy();
  crypto::BlindIndex link_ = testing::index_for_tests(1);
  crypto::BlindIndex pseudonyms_ = testing::index_for_tests(2);
  Gate gate_{policy_, pseudonyms_, link_};
  Household house_{link_};
};

TEST_F(GateTest, ReleasesTheGrantedAddressAndWhatGoesWithIt) {
  house_.attribute(0, "email", R"("a@shop.example")", day(1));
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.identifier(0, "email", "a@shop.example");
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  const Verdict verdict = admit(kEmail);
  const auto* view = std::get_if<ConsentedView>(&verdict);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(told(kEmail), R"(email="a@shop.example" first_name="Ada")");
  EXPECT_EQ(view->withheld(), (std::vector<std::string>{"size", "phone", "health"}));
  EXPECT_EQ(view->destination(), "mail");
  EXPECT_EQ(view->purpose(), kEmail);
  EXPECT_EQ(view->position(), Position(99));
  EXPECT_EQ(view->minted_at(), day(100));
}

TEST_F(GateTest, RefusesAfterWithdrawal) {
  house_.attribute(0, "email", R"("a@shop.example")", day(1));
  house_.identifier(0, "email", "a@shop.example");
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  house_.statement(0, kEmail, Choice::withdrawn, day(3));
  EXPECT_EQ(told(kEmail), "refused: withdrawn");
}

TEST_F(GateTest, RefusesWithoutAnyStatement) {
  house_.attribute(0, "email", R"("a@shop.example")", day(1));
  EXPECT_EQ(told(kEmail), "refused: no_statement");
}

TEST_F(GateTest, NeverReleasesAnotherAddressThanTheGrantedOne) {
  house_.identifier(0, "email", "a@shop.example");
  house_.identifier(0, "email", "b@shop.example");
  house_.attribute(0, "email", R"("b@shop.example")", day(50));
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  EXPECT_EQ(told(kEmail), R"(email="a@shop.example")");  // from the identifiers
  house_.profile().members[0].document.identifiers.erase(
      house_.profile().members[0].document.identifiers.begin());
  EXPECT_EQ(told(kEmail), "refused: other_contact_point");
}

TEST_F(GateTest, RecognisesTheGrantedAddressHoweverItIsWritten) {
  const auto normalised =
      identity::Normaliser::normalise("email", Pii<std::string>(" A@Shop.Example "), "");
  const Token token =
      identity::Normaliser::token("email", std::get<std::string>(normalised), link_);
  house_.attribute(0, "email", R"(" A@Shop.Example ")", day(1));
  auto& grant = house_.statement(0, kEmail, Choice::granted, day(2), "x");
  grant.contact_point = token;
  EXPECT_EQ(told(kEmail), R"(email=" A@Shop.Example ")");
}

TEST_F(GateTest, AnotherTypeOfAddressIsWithheldOnAChannel) {
  house_.identifier(0, "email", "a@shop.example");
  house_.attribute(0, "phone", R"("+4915112345678")", day(1));
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  EXPECT_EQ(told(kEmail), R"(email="a@shop.example")");
  EXPECT_EQ(reason(kEmail, "phone"), "other_contact_point");
}

TEST_F(GateTest, TheNewestPermittedValueWins) {
  house_.member("crm", 1);
  house_.attribute(0, "first_name", R"("Ada")", day(5));
  house_.attribute(1, "first_name", R"("Augusta")", day(6));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  EXPECT_EQ(told(kAnalytics), R"(first_name="Augusta")");
  house_.profile().members[1].proof_group = 2;  // no longer proven the same person
  EXPECT_EQ(told(kAnalytics), R"(first_name="Ada")");
}

TEST_F(GateTest, ValuesOfOneMomentCompeteByPosition) {
  house_.member("crm", 1);
  house_.attribute(1, "first_name", R"("First")", day(5));
  house_.attribute(0, "first_name", R"("Second")", day(5));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  EXPECT_EQ(told(kAnalytics), R"(first_name="Second")");
}

// Whoever holds the browser's key can say anything of anybody whose user id he knows: a word of his
// in a mail to the victim would come from the shop.
TEST_F(GateTest, WhatABrowserClaimsOverwritesNobodysWord) {
  house_.member("web", 1, Trust::public_key);
  house_.attribute(0, "first_name", R"("Ada")", day(5));
  house_.attribute(1, "first_name", R"("Click http://evil.example")", day(6));
  house_.attribute(1, "size", R"("M")", day(6));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  EXPECT_EQ(told(kAnalytics), R"(first_name="Ada" size="M")");
}

TEST_F(GateTest, ADeletedAttributeIsNoValue) {
  house_.attribute(0, "first_name", "null", day(5));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  EXPECT_EQ(told(kAnalytics), "refused: no_value");
}

TEST_F(GateTest, AnUnprovenMemberKeepsItsDataWhenAnotherGrants) {
  house_.member("newsletter", 2);
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.identifier(0, "email", "a@shop.example");
  house_.identifier(1, "email", "a@shop.example");
  house_.statement(1, kEmail, Choice::granted, day(2), "a@shop.example");
  EXPECT_EQ(told(kEmail), R"(email="a@shop.example")");
  EXPECT_EQ(reason(kEmail, "first_name"), "unlinked_grant");
}

TEST_F(GateTest, ADenialOfAnyMemberReachesAll) {
  house_.member("newsletter", 2, Trust::public_key);
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  EXPECT_EQ(told(kAnalytics), R"(first_name="Ada")");
  house_.statement(1, "analytics", Choice::denied, day(3));
  EXPECT_EQ(told(kAnalytics), "refused: denied");
}

TEST_F(GateTest, AnAnonymousGrantReleasesItsOwnDeviceAndNothingElse) {
  auto& device = house_.member("web", 2, Trust::public_key);
  device.document.anonymous = true;
  house_.attribute(0, "first_name", R"("Ada")", day(9));
  house_.attribute(1, "size", R"("M")", day(1));
  house_.statement(1, kAnalytics, Choice::granted, day(2));
  EXPECT_EQ(told(kAnalytics), R"(size="M")");
  EXPECT_EQ(reason(kAnalytics, "first_name"), "anonymous_grant");
}

TEST_F(GateTest, APublicSourceNeverOpensAChannel) {
  house_.member("web", 2, Trust::public_key);
  house_.identifier(1, "email", "victim@shop.example");
  house_.statement(1, kEmail, Choice::granted, day(2), "victim@shop.example").grade =
      Grade::verified;
  EXPECT_EQ(told(kEmail), "refused: weak_evidence");
}

// The record goes on naming the address as an attribute, and as one that another record has.
TEST_F(GateTest, AnAddressThatAnOfficerTookBackIsNotShownAsTheRecords) {
  house_.attribute(0, "email", R"("a@shop.example")", day(1));
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  house_.identifier(0, "email", "a@shop.example");
  EXPECT_EQ(told(kEmail), R"(email="a@shop.example" first_name="Ada")");
  auto& record = house_.profile().members.at(0);
  record.retracted = std::move(record.document.identifiers);
  record.document.identifiers.clear();
  EXPECT_EQ(told(kEmail), "refused: no_value");
  EXPECT_EQ(told("essential.orders"), R"(first_name="Ada")");
  house_.identifier(0, "email", "b@shop.example");
  house_.statement(0, kEmail, Choice::granted, day(3), "b@shop.example");
  EXPECT_EQ(told(kEmail), R"(email="b@shop.example" first_name="Ada")");
}

TEST_F(GateTest, AnAttributeOutsideTheDataMapOrForOtherPurposesStays) {
  house_.attribute(0, "size", R"("M")", day(1));
  house_.identifier(0, "email", "a@shop.example");
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  EXPECT_EQ(reason(kEmail, "size"), "attribute_not_mapped");
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  EXPECT_EQ(reason(kAnalytics, "size"), "granted");  // a child of "analytics"
}

TEST_F(GateTest, SensitiveDataNeedsTheOwnYesWhateverTheBasis) {
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.attribute(0, "health", R"("x")", day(1));
  EXPECT_EQ(told("essential.orders"), R"(first_name="Ada")");
  house_.statement(0, "essential.orders", Choice::granted, day(2));
  EXPECT_EQ(told("essential.orders"), R"(first_name="Ada" health="x")");
}

TEST_F(GateTest, ADenialOfADataCategoryHoldsItsAttributesBack) {
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.attribute(0, "size", R"("M")", day(1));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  house_.statement(0, "user.name", Choice::denied, day(3));
  EXPECT_EQ(told(kAnalytics), R"(size="M")");
}

TEST_F(GateTest, GpcHoldsFromThoseWhoSellButNotFromAProcessor) {
  house_.attribute(0, "size", R"("M")", day(1));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  house_.statement(0, "gpc", Choice::objected, day(3));
  EXPECT_EQ(told(kAnalytics, "mail"), R"(size="M")");
  EXPECT_EQ(told(kAnalytics, "ads"), "refused: objected");
}

TEST_F(GateTest, ANarrowedRequestReleasesNoMoreThanAsked) {
  house_.attribute(0, "size", R"("M")", day(1));
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  const Verdict verdict = admit(kAnalytics, {"size"});
  const auto& view = std::get<ConsentedView>(verdict);
  ASSERT_EQ(view.attributes().size(), 1U);
  EXPECT_EQ(view.attributes()[0].name, "size");
  EXPECT_EQ(view.withheld(), (std::vector<std::string>{"email", "first_name", "phone", "health"}));
}

TEST_F(GateTest, UnknownNamesAreErrorsOfTheirKind) {
  const auto code = [&](GateRequest request) {
    const auto verdict = gate_.admit(request, &house_.profile(), day(100));
    return verdict.has_value() ? "none" : std::string(to_string(verdict.error().code));
  };
  EXPECT_EQ(code({"nobody", kEmail, {}}), "not_found");
  EXPECT_EQ(code({"mail", "nothing", {}}), "not_found");
  EXPECT_EQ(code({"mail", kEmail, {"city"}}), "permission_denied");
  policy_.destinations["mail"].purposes = {kAnalytics};
  EXPECT_EQ(code({"mail", kEmail, {}}), "permission_denied");
}

TEST_F(GateTest, UnknownErasedAndRefusedLookAlike) {
  const GateRequest request{"mail", kEmail, {}};
  const auto nobody = gate_.admit(request, nullptr, day(100));
  ASSERT_TRUE(nobody.has_value());
  EXPECT_TRUE(std::holds_alternative<Refusal>(*nobody));
  const auto shown = gate_.refused_view(request, Token{1}, day(100));
  ASSERT_TRUE(shown.has_value());
  EXPECT_TRUE(shown->attributes().empty());
  EXPECT_EQ(shown->withheld(), policy_.destinations["mail"].attributes);
  EXPECT_TRUE(shown->subject().starts_with("dsb_"));
  EXPECT_EQ(shown->subject().size(), gate_.pseudonym("mail", house_.profile().subject).size());
  EXPECT_EQ(shown->subject(), gate_.refused_view(request, Token{1}, day(101))->subject());
  EXPECT_NE(shown->subject(), gate_.refused_view(request, Token{2}, day(100))->subject());
}

TEST_F(GateTest, ASubjectHasAnotherNameForEachDestination) {
  const SubjectId subject = house_.profile().subject;
  EXPECT_EQ(gate_.pseudonym("mail", subject), gate_.pseudonym("mail", subject));
  EXPECT_NE(gate_.pseudonym("mail", subject), gate_.pseudonym("ads", subject));
  EXPECT_EQ(gate_.pseudonym("mail", subject).find(subject.to_string().substr(4)),
            std::string::npos);
}

TEST_F(GateTest, TheExplanationNamesTheSourceAndTheRealReason) {
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.statement(0, kAnalytics, Choice::withdrawn, day(3));
  const auto explanation =
      gate_.explain({"mail", kAnalytics, {"first_name", "size"}}, &house_.profile(), day(100));
  ASSERT_TRUE(explanation.has_value());
  EXPECT_EQ(explanation->overall, Reason::withdrawn);
  EXPECT_EQ(explanation->rows[0].reason, Reason::withdrawn);
  EXPECT_EQ(explanation->rows[0].source, "shop");
  EXPECT_EQ(explanation->rows[1].reason, Reason::no_value);
}

TEST_F(GateTest, AChoiceOrderCarriesANoToWhatTheVendorWasShownForWhateverIsConfiguredToday) {
  const auto order = gate_.choice_order("mail", "v1", kEmail, Choice::withdrawn, day(5));
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->vendor_id(), "v1");
  EXPECT_EQ(order->purpose(), kEmail);
  EXPECT_EQ(order->choice(), Choice::withdrawn);
  EXPECT_EQ(order->decided_at(), day(5));
  EXPECT_TRUE(gate_.choice_order("mail", "v1", "marketing", Choice::denied, day(5)).has_value());
  EXPECT_TRUE(gate_.choice_order("mail", "v1", "*", Choice::restricted, day(5)).has_value());
  EXPECT_FALSE(gate_.choice_order("mail", "v1", kEmail, Choice::granted, day(5)).has_value());
  EXPECT_TRUE(gate_.choice_order("mail", "v1", "other", Choice::denied, day(5)).has_value());
  EXPECT_FALSE(gate_.choice_order("nobody", "v1", kEmail, Choice::denied, day(5)).has_value());
}

TEST_F(GateTest, AnOrderAboutACategoryCarriesANoAndNamesAndNothingElse) {
  const auto order =
      gate_.category_order("mail", "v1", "user.name", {"first_name"}, Choice::restricted, day(5));
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->kind(), ChoiceOrder::Kind::restrict);
  EXPECT_EQ(order->category(), "user.name");
  EXPECT_EQ(order->attributes(), std::vector<std::string>{"first_name"});
  EXPECT_EQ(order->purpose(), "");
  const auto refused = [&](const char* category, std::vector<std::string> names, Choice choice) {
    return !gate_.category_order("mail", "v1", category, std::move(names), choice, day(5));
  };
  EXPECT_TRUE(refused("user.name", {"first_name"}, Choice::granted));
  EXPECT_TRUE(refused("user.name", {}, Choice::denied));
  EXPECT_TRUE(refused(kEmail, {"first_name"}, Choice::denied));
  EXPECT_FALSE(gate_.category_order("nobody", "v1", "user.name", {"a"}, Choice::denied, day(5)));
}

TEST_F(GateTest, ACorrectionIsAnOrderUnlessTheVendorIsShownAllOfItToday) {
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.attribute(0, "size", R"("M")", day(1));
  house_.statement(0, kAnalytics, Choice::granted, day(2));
  const std::string name = gate_.pseudonym("mail", house_.profile().subject);
  const auto ordered = [&](std::vector<std::string> attributes, const std::string& vendor_id,
                           const char* purpose) {
    const auto order = gate_.correction({"mail", purpose, std::move(attributes)}, vendor_id,
                                        house_.profile(), day(100));
    EXPECT_TRUE(order.has_value());
    if (!*order) return false;
    EXPECT_EQ((*order)->kind(), ChoiceOrder::Kind::correct);
    EXPECT_EQ((*order)->vendor_id(), vendor_id);
    EXPECT_EQ((*order)->purpose(), purpose);
    EXPECT_TRUE((*order)->attributes().empty() && (*order)->category().empty());
    return true;
  };
  EXPECT_FALSE(ordered({"first_name"}, name, kAnalytics));
  EXPECT_TRUE(ordered({"first_name", "email"}, name, kAnalytics));  // one of them is withheld
  EXPECT_TRUE(ordered({"first_name"}, "dsb_before", kAnalytics));   // nobody sends to that name
  EXPECT_TRUE(ordered({"first_name"}, name, "no.such.purpose"));    // configured once
  EXPECT_TRUE(ordered({"no_such_attribute"}, name, kAnalytics));
  house_.statement(0, kAnalytics, Choice::withdrawn, day(3));
  EXPECT_TRUE(ordered({"first_name"}, name, kAnalytics));
}

TEST_F(GateTest, ACorrectionNamesWhatItIsAboutAndSomebodyWhoIsConfigured) {
  EXPECT_EQ(gate_.correction({"nobody", kAnalytics, {"size"}}, "v1", house_.profile(), day(1))
                .error()
                .code,
            ErrorCode::not_found);
  EXPECT_EQ(gate_.correction({"mail", kAnalytics, {}}, "v1", house_.profile(), day(1)).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(GateTest, EffectiveRowsSayOneStateForEachPurpose) {
  house_.identifier(0, "email", "a@shop.example");
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  house_.statement(0, kAnalytics, Choice::denied, day(3));
  const auto rows = effective_rows(house_.profile(), policy_, link_, day(100));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].purpose, kAnalytics);
  EXPECT_EQ(rows[0].reason, Reason::denied);
  EXPECT_EQ(rows[0].source, "shop");
  EXPECT_EQ(rows[0].decided_at, day(3));
  EXPECT_EQ(rows[1].reason, Reason::allowed_by_basis);
  EXPECT_TRUE(rows[2].allowed);
  EXPECT_EQ(rows[2].channel, "email");
}

TEST_F(GateTest, PlacesAreReadFromCountryAndRegion) {
  house_.member("crm", 1);
  house_.member("web", 2);
  house_.attribute(0, "country", R"("us")", day(1));
  house_.attribute(0, "region", R"("ca")", day(1));
  house_.attribute(1, "country", R"("Germany")", day(1));
  EXPECT_EQ(jurisdictions_of(house_.profile(), policy_), (std::vector<std::string>{"?", "US-CA"}));
}

TEST_F(GateTest, AThousandMembersOfOneProofGroupAreJudgedInOnePass) {
  for (int i = 0; i < 2'000; ++i) house_.member("m" + std::to_string(i), 1);
  for (std::size_t i = 0; i < 2'000; ++i) {
    house_.attribute(i, "size", R"("M")", day(1));
    house_.statement(i, kAnalytics, Choice::granted, day(2));
  }
  EXPECT_EQ(told(kAnalytics), R"(size="M")");
}

}  // namespace
}  // namespace cdp::consent
