// Vectors of others: the TC string of the IAB's own examples and of iabtcf-es. The 30,000 strings
// that the references judge, too, are in tests/clients/consent_strings.test.mjs.
#include "consent/signals/tcf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consent/signals/any_signal.h"

namespace cdp::consent::signals {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework, "Example TC String".
constexpr const char* kIabExample =
    "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEA"
    "AAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw";
constexpr const char* kCore = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";

std::string refusal(const std::string& text) {
  const auto tc = decode_tc_string(text);
  return tc ? "taken" : tc.error().what;
}

TEST(TcString, ReadsTheExampleOfItsSpecification) {
  const auto tc = decode_tc_string(kIabExample);
  ASSERT_TRUE(tc);
  EXPECT_EQ(to_rfc3339(tc->created), "2020-02-20T23:57:39.300000Z");
  EXPECT_EQ(tc->cmp_id, 27U);
  EXPECT_EQ(tc->consent_language, "EN");
  EXPECT_EQ(tc->vendor_list_version, 15U);
  EXPECT_EQ(tc->policy_version, 2U);
  EXPECT_EQ(tc->publisher_country, "AA");
  EXPECT_EQ(tc->purpose_consents.json(), "[[1,3]]");
  EXPECT_EQ(tc->vendor_consents.json(), "[2,6,8]");
  EXPECT_EQ(tc->vendor_legitimate_interests.json(), "[2,6,8]");
  ASSERT_TRUE(tc->vendors_disclosed);
  EXPECT_TRUE(tc->vendors_disclosed->contains(720));
  EXPECT_FALSE(tc->vendors_disclosed->contains(721));
}

TEST(TcString, TellsAnAbsentSegmentFromAnEmptyOne) {
  const auto tc = decode_tc_string(kCore);
  ASSERT_TRUE(tc);
  EXPECT_FALSE(tc->vendors_disclosed);
  EXPECT_FALSE(tc->publisher);
  EXPECT_THAT(to_json(*tc), Not(HasSubstr("VendorsDisclosed")));
  const auto with_empty = decode_tc_string(std::string(kCore) + ".IAAA");
  ASSERT_TRUE(with_empty);
  ASSERT_TRUE(with_empty->vendors_disclosed);
  EXPECT_TRUE(with_empty->vendors_disclosed->empty());
}

TEST(TcString, RefusesWhatItsReferenceRefuses) {
  EXPECT_THAT(refusal(""), HasSubstr("no known type"));
  EXPECT_THAT(refusal("COvFyGBOvFyGB"), HasSubstr("cut off"));
  EXPECT_THAT(refusal(std::string(kCore) + "."), HasSubstr("no known type"));
  EXPECT_THAT(refusal(std::string(kCore) + ".gAAA"), HasSubstr("no known type"));
  EXPECT_THAT(refusal("COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCK=="), HasSubstr("base64url"));
  EXPECT_THAT(refusal("DOvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA"), HasSubstr("version 2"));
}

TEST(TcString, RefusesMoreThanItsReferenceWhereOrderAndVersionMatter) {
  EXPECT_THAT(refusal("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"), HasSubstr("version 2"));
  EXPECT_THAT(refusal(std::string("IAAA.") + kCore), HasSubstr("start with its core"));
  EXPECT_THAT(refusal(std::string(kCore) + ".IAAA.IAAA"), HasSubstr("twice"));
  EXPECT_THAT(refusal(std::string(kSignalBytesMax + 1, 'C')), HasSubstr("64 KiB"));
}

TEST(TcString, NeverQuotesWhatItRefuses) {
  const auto shown = render_any_signal("CPersonalThingsInAString");
  ASSERT_FALSE(shown);
  EXPECT_THAT(shown.error().what + shown.error().hint, Not(HasSubstr("Personal")));
}

TEST(IdSet, IsTheSameInEveryOrder) {
  const IdSet ids({{7, 9}, {1, 1}, {3, 2}, {2, 2}, {9, 12}, {14, 14}});
  EXPECT_EQ(ids.json(), "[[1,2],[7,12],14]");
  EXPECT_EQ(ids.size(), 9U);
  EXPECT_TRUE(ids.contains(12));
  EXPECT_FALSE(ids.contains(13));
  EXPECT_FALSE(ids.contains(0));
}

}  // namespace
}  // namespace cdp::consent::signals
