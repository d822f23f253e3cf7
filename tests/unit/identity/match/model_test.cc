#include "identity/match/model.h"

#include "identity/match/chart.h"
#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Model trained() {
  PeopleOptions options;
  options.people = 120;
  People people(synthetic_config());
  std::uint64_t key = 0;
  for (const auto& record : synthetic_people(options)) people.add(++key, values_of(record));
  return people.train().value();
}

TEST(Model, ReadsBackWhatItWrote) {
  auto model = trained();
  model.config.region = "GB";
  model.config.dates = DateOrder::month_first;
  const auto read = read_model(write(model));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(write(*read), write(model));
  EXPECT_EQ(read->rates, model.rates);
  EXPECT_EQ(read->terms, model.terms);
  EXPECT_EQ(read->config.fields, model.config.fields);
}

TEST(Model, IsTheSameUnderOtherThresholds) {
  const auto model = trained();
  auto stricter = model;
  stricter.config.join_bits += 1;
  stricter.config.link_bits += 20;
  stricter.config.review_bits += 3;
  EXPECT_NE(write(stricter), write(model));
  EXPECT_EQ(write_without_thresholds(stricter), write_without_thresholds(model));
  stricter.lambda /= 2;
  EXPECT_NE(write_without_thresholds(stricter), write_without_thresholds(model));
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(Model, OneOfAnotherVersionIsRefused) {
  const auto read = read_model(with(write(trained()), "\"version\":1", "\"version\":2"));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::unprocessable);
  EXPECT_THAT(read.error().hint, HasSubstr("cdp match train"));
}

TEST(Model, ADamagedOneIsRefused) {
  const auto text = write(trained());
  EXPECT_EQ(read_model("{}").error().code, ErrorCode::unprocessable);
  EXPECT_EQ(read_model("not json").error().code, ErrorCode::corrupt);
  EXPECT_EQ(read_model(with(text, "\"kind\":\"email\"", "\"kind\":\"e\"")).error().code,
            ErrorCode::corrupt);
  EXPECT_EQ(read_model(with(text, "\"m\":[", "\"m\":[0.5,")).error().code, ErrorCode::corrupt);
  EXPECT_EQ(read_model(with(text, "\"lambda\":", "\"lambda\":7")).error().code, ErrorCode::corrupt);
}

// A surname that two people have would tell that they are in the data.
TEST(Model, NamesNoValueThatFewShare) {
  Config config;
  config.fields = {{"given_name", Kind::given_name}, {"family_name", Kind::family_name}};
  Table table(config);
  for (std::uint64_t i = 0; i < 9; ++i) {
    table.add(i, std::vector<std::string>{i < 5 ? "Often" : "Seldom", "Only" + std::to_string(i)});
  }
  const auto terms = table.count_terms({});
  EXPECT_EQ(terms[0].counts.size(), 1U);
  EXPECT_EQ(terms[0].counts.count("often"), 1U);
  EXPECT_TRUE(terms[1].counts.empty());
  // Five records of one person are one person.
  EXPECT_TRUE(table.count_terms({1, 1, 1, 1, 1, 0, 0, 0, 0})[0].counts.empty());
}

TEST(Chart, IsSvgThatEscapesItsText) {
  Explanation explanation;
  explanation.prior_bits = -10;
  explanation.weight_bits = 4;
  explanation.evidence = {{"name", "a < b & \"c\"", 14, 0, 0.9, 0.1}};
  const auto svg = waterfall_svg(explanation, "<script>");
  EXPECT_THAT(svg, HasSubstr("a &lt; b &amp; &quot;c&quot;"));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
  const auto chart = weights_svg(trained(), "weights");
  EXPECT_THAT(chart, HasSubstr("date_of_birth"));
}

}  // namespace
}  // namespace cdp::identity::match
