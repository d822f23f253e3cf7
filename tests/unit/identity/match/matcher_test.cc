#include "identity/match/matcher.h"

#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

crypto::Secret blocking_key() { return crypto::Secret::copy_of(Bytes(32, 9)); }

const Model& trained() {
  static const Model model = [] {
    PeopleOptions options;
    options.people = 300;
    People people(synthetic_config());
    std::uint64_t key = 0;
    for (const auto& record : synthetic_people(options)) people.add(++key, values_of(record));
    return people.train().value();
  }();
  return model;
}

std::vector<std::string> ada(const std::string& family = "Lovelace") {
  return {"Ada",           family, "1985-12-10",    "ada@mail.example",
          "+447555123456", "12",   "Crescent Road", "Marlow",
          "01234",         "f"};
}

std::vector<Proposal> add(Matcher& matcher, RecordKey key, const std::vector<std::string>& values) {
  EXPECT_TRUE(matcher.add(key, values).has_value());
  return matcher.proposals_of(key).value();
}

TEST(Matcher, ProposesWhoARecordMightBeAndSaysWhy) {
  auto matcher = Matcher::open(trained(), blocking_key()).value();
  EXPECT_THAT(add(matcher, 1, ada()), IsEmpty());
  const auto proposals = add(matcher, 2, ada("Lovelase"));
  ASSERT_EQ(proposals.size(), 1U);
  const Proposal& proposal = proposals.front();
  EXPECT_EQ(proposal.other, 1U);
  EXPECT_EQ(proposal.verdict, Verdict::link);
  EXPECT_TRUE(proposal.same_cluster);
  EXPECT_GT(proposal.probability, 0.999);
  const auto explanation = matcher.explain(2, proposal.other).value();
  EXPECT_DOUBLE_EQ(explanation.weight_bits, proposal.weight_bits);
  EXPECT_EQ(explanation.evidence[1].field, "family_name");
  EXPECT_EQ(explanation.evidence[1].level, "close (Jaro-Winkler at least .92)");
  EXPECT_THAT(matcher.cluster_of(2), ElementsAre(1, 2));
}

TEST(Matcher, AWifeAtTheSameAddressIsNotHerHusband) {
  auto matcher = Matcher::open(trained(), blocking_key()).value();
  ASSERT_TRUE(matcher.add(1, ada()).has_value());
  auto husband = ada();
  husband[0] = "William";
  husband[2] = "1981-02-21";
  husband[3] = "w.l@mail.example";
  husband[9] = "m";
  const auto proposals = add(matcher, 2, husband);
  EXPECT_THAT(matcher.cluster_of(2), ElementsAre(2));
  for (const auto& proposal : proposals) EXPECT_NE(proposal.verdict, Verdict::link);
}

TEST(Matcher, WhoIsRemovedIsProposedToNobody) {
  auto matcher = Matcher::open(trained(), blocking_key()).value();
  ASSERT_TRUE(matcher.add(1, ada()).has_value());
  EXPECT_TRUE(matcher.remove(1));
  EXPECT_FALSE(matcher.remove(1));
  EXPECT_EQ(matcher.size(), 0U);
  EXPECT_THAT(add(matcher, 2, ada()), IsEmpty());
  EXPECT_THAT(matcher.cluster_of(1), IsEmpty());
}

TEST(Matcher, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(Matcher::open(trained(), crypto::Secret::copy_of(Bytes(16, 9))).has_value());
  auto matcher = Matcher::open(trained(), blocking_key()).value();
  const std::vector<std::string> few{"Ada"};
  EXPECT_EQ(matcher.add(1, few).error().code, ErrorCode::invalid_argument);
  ASSERT_TRUE(matcher.add(1, ada()).has_value());
  EXPECT_EQ(matcher.add(1, ada()).error().code, ErrorCode::conflict);
  EXPECT_EQ(matcher.explain(1, 5).error().code, ErrorCode::not_found);
}

TEST(Matcher, ARecordWithoutValuesIsKeptAndProposesNothing) {
  auto matcher = Matcher::open(trained(), blocking_key()).value();
  const std::vector<std::string> nothing(trained().fields().size());
  EXPECT_THAT(add(matcher, 1, nothing), IsEmpty());
  EXPECT_THAT(add(matcher, 2, nothing), IsEmpty());
  EXPECT_TRUE(matcher.contains(2));
}

TEST(Matcher, AnExplanationAddsUpToItsWeight) {
  auto matcher = Matcher::open(trained(), blocking_key()).value();
  ASSERT_TRUE(matcher.add(1, ada()).has_value());
  ASSERT_TRUE(matcher.add(2, ada("Byron")).has_value());
  const auto explanation = matcher.explain(1, 2).value();
  double sum = explanation.prior_bits;
  for (const auto& evidence : explanation.evidence) sum += evidence.weight_bits;
  EXPECT_NEAR(sum, explanation.weight_bits, 0.01);
  EXPECT_NEAR(explanation.probability, probability_of(explanation.weight_bits), 1e-9);
}

}  // namespace
}  // namespace cdp::identity::match
