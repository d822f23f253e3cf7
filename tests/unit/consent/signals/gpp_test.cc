// Vectors of others: the headers of the IAB's Consent String Specification, and the strings that
// iabgpp-es tests itself with.
#include "consent/signals/gpp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consent/signals/bits.h"

namespace cdp::consent::signals {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<unsigned> ids(const std::string& text) {
  const auto gpp = decode_gpp(text);
  return gpp ? gpp->section_ids : std::vector<unsigned>{0};
}

std::string refusal(const std::string& text) {
  const auto gpp = decode_gpp(text);
  return gpp ? "taken" : gpp.error().what;
}

UsSection us(unsigned id, const std::string& text) {
  auto section = decode_us_section(id, text);
  return section ? *section : UsSection{};
}

TEST(Fibonacci, CountsAsTheSpecificationDoes) {
  // 11, 011, 0011, 1011, 00011, 10011, 01011 are 1 to 7.
  const auto bits = Bits::from_base64url("2djms");
  ASSERT_TRUE(bits);
  BitReader read(*bits);
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 7; ++i) numbers.push_back(read.fibonacci());
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(fibonacci_bits(1), 2U);
  EXPECT_EQ(fibonacci_bits(4), 4U);
  EXPECT_EQ(fibonacci_bits(7), 5U);
}

TEST(Fibonacci, FailsWithoutItsEndAndHoldsWhatIsTooLarge) {
  const auto endless = Bits::from_base64url(std::string(100, 'A'));
  ASSERT_TRUE(endless);
  BitReader read(*endless);
  EXPECT_EQ(read.fibonacci(), 0U);
  EXPECT_FALSE(read.ok());
  const auto huge = Bits::from_base64url(std::string(100, 'A') + "DA");
  ASSERT_TRUE(huge);
  BitReader large(*huge);
  EXPECT_EQ(large.fibonacci(), BitReader::kFibonacciMax);
  EXPECT_TRUE(large.ok());
}

TEST(GppHeader, NamesTheSectionsOfTheSpecification) {
  EXPECT_THAT(ids("DBABM~x"), ElementsAre(2));
  EXPECT_THAT(ids("DBACNY~x~x"), ElementsAre(2, 6));
  EXPECT_THAT(ids("DBABjw~x~x"), ElementsAre(5, 6));
  EXPECT_THAT(ids("DBAA"), ElementsAre());
}

TEST(GppHeader, FitsItsSectionsOrIsRefused) {
  EXPECT_THAT(refusal("DBABM"), HasSubstr("number of sections"));
  EXPECT_THAT(refusal("DBABM~x~x"), HasSubstr("number of sections"));
  EXPECT_THAT(refusal("DBABM~ "), HasSubstr("blank"));
  EXPECT_THAT(refusal("DB"), HasSubstr("cut off"));
  EXPECT_THAT(refusal("DBAB4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD~x"), HasSubstr("number of sections"));
  EXPECT_THAT(refusal(""), HasSubstr("header of version 1"));
  EXPECT_THAT(refusal("CPXxRfAPXxRfA"), HasSubstr("header of version 1"));
}

TEST(Gpp, ReadsTheStringsOfItsReference) {
  const auto gpp = decode_gpp("DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN");
  ASSERT_TRUE(gpp);
  ASSERT_THAT(gpp->sections, ::testing::SizeIs(2));
  EXPECT_EQ(std::get<TcString>(gpp->sections[0].content).cmp_id, 31U);
  EXPECT_EQ(std::get<UsPrivacyString>(gpp->sections[1].content).opt_out_sale, 'N');
}

TEST(Gpp, KeepsTheNoOfOneSectionWhenAnotherIsBroken) {
  const auto gpp = decode_gpp("DBACNYA~broken~1YYN");
  ASSERT_TRUE(gpp);
  EXPECT_TRUE(std::holds_alternative<Unreadable>(gpp->section("tcfeuv2")->content));
  EXPECT_EQ(std::get<UsPrivacyString>(gpp->section("uspv1")->content).opt_out_sale, 'Y');
  EXPECT_THAT(to_json(*gpp), HasSubstr(R"("tcfeuv2":null)"));
}

// usnat of the IAB's example in both versions; SaleOptOut and its sisters: 1 is the opt-out.
TEST(UsSections, SayOptedOutByOne) {
  const auto out = us(8, "BUVAAAAA.QA");  // three notices given; sale and sharing opted out
  EXPECT_EQ(out.value("SaleOptOutNotice"), 1U);
  EXPECT_EQ(out.value("SaleOptOut"), 1U);
  EXPECT_EQ(out.value("SharingOptOut"), 1U);
  const auto in = us(8, "BUoAAAAA.QA");
  EXPECT_EQ(in.value("SaleOptOut"), 2U);
}

TEST(UsSections, ReadBothVersionsOfUsnat) {
  const auto second = us(7, "CAAAAAAAAABA.QA");  // what an empty one looks like
  EXPECT_EQ(second.version, 2U);
  EXPECT_EQ(second.value("MspaCoveredTransaction"), 1U);
  EXPECT_THAT(second.fields[9].values, ::testing::SizeIs(16));
  const auto first = us(7, "BVQqAAAAAgA.QA");
  EXPECT_EQ(first.version, 1U);
  EXPECT_EQ(first.value("SaleOptOut"), 2U);
  EXPECT_EQ(first.value("MspaCoveredTransaction"), 2U);
  EXPECT_THAT(first.fields[9].values, ::testing::SizeIs(12));
}

TEST(UsSections, KnowGpcOnlyFromItsSegment) {
  EXPECT_FALSE(us(7, "CAAAAAAAAABA").gpc);
  EXPECT_FALSE(us(7, "CAAAAAAAAABA.QA").gpc_on());
  EXPECT_TRUE(us(7, "CAAAAAAAAABA.YA").gpc_on());
  EXPECT_FALSE(us(7, "CAAAAAAAAABA.oA").gpc_on());  // a segment of another type
}

TEST(UsSections, AreRefusedInAVersionThatNobodyDescribed) {
  EXPECT_FALSE(decode_us_section(8, "CAAAAAAAAABA.QA"));
  EXPECT_FALSE(decode_us_section(7, "DAAAAAAAAABA.QA"));
  EXPECT_TRUE(decode_us_section(24, "9AAA"));  // of usmd the first number is the agreement's
  EXPECT_EQ(decode_us_section(99, "BAAA").error().code, ErrorCode::not_found);
}

TEST(UsPrivacyString, IsAOneAndThreeLetters) {
  EXPECT_TRUE(decode_us_privacy_string("1---"));
  EXPECT_TRUE(decode_us_privacy_string("1YYN"));
  EXPECT_FALSE(decode_us_privacy_string("1yyn"));
  EXPECT_FALSE(decode_us_privacy_string("2YYN"));
  EXPECT_FALSE(decode_us_privacy_string("1YY"));
}

// The same choices, as the reference writes them now and as it did before it learnt Fibonacci.
TEST(TcfCanada, ReadsFibonacciRangesAndTheOlderFixedOnes) {
  const std::string now = "BQKjTcAQKjTcAAyAAAENAACAAYAAAAAAAAcJAEVq5GygLAAAAAA.YAAAAAAAAAA";
  const std::string older = "BQKjTcAQKjTcAAyAAAENAACAAYAAAAAAAAcJAEAAYABiAGAAZAOEAAAAAA";
  for (const auto& text : {now, older}) {
    const auto tcf = decode_tcf_canada(text);
    ASSERT_TRUE(tcf) << text;
    EXPECT_EQ(tcf->cmp_id, 50U);
    EXPECT_EQ(tcf->vendors_express.json(), "[12,24,[48,50],900]");
    EXPECT_EQ(tcf->purposes_express.json(), "[[1,2]]");
  }
  EXPECT_FALSE(decode_tcf_canada(now.substr(0, 40)));
}

}  // namespace
}  // namespace cdp::consent::signals
