// [double_opt_in]: what is taken, and what is refused with line and hint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/config/config.h"
#include "consent/opt_in.h"

namespace cdp::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMail =
    "preference_centre = {base_url = \"https://privacy.shop.example\"}\n"
    "mail = {smtp = \"smtps://relay.example:465\", from = \"a@shop.example\"}\n";

ParsedPolicy parsed(const std::string& lines) {
  return parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n" +
      lines);
}
std::string mistakes(const std::string& lines) {
  return describe(parsed(lines).problems, "cdp.toml");
}

TEST(DoubleOptInConfig, OffersWhatItNamesForAWeekAndThreeMailsADay) {
  const auto read = parsed(std::string(kMail) +
                           "[double_opt_in]\npurposes = [\"marketing.communications.email\"]\n"
                           "origins = [\"https://shop.example\"]\n");
  EXPECT_THAT(describe(read.problems, "cdp.toml"), IsEmpty());
  const auto& config = read.policy.double_opt_in;
  EXPECT_THAT(consent::opt_in_purposes(read.policy), ElementsAre("marketing.communications.email"));
  EXPECT_THAT(config.origins, ElementsAre("https://shop.example"));
  EXPECT_EQ(config.link_life, Duration::days(7));
  EXPECT_EQ(config.mails_per_day, 3);
  const auto other = parsed(std::string(kMail) +
                            "[double_opt_in]\npurposes = [\"marketing.communications.email\"]\n"
                            "link_days = 2\nmails_per_day = 1\n");
  EXPECT_EQ(other.policy.double_opt_in.link_life, Duration::days(2));
  EXPECT_EQ(other.policy.double_opt_in.mails_per_day, 1);
}

TEST(DoubleOptInConfig, OffersByItselfWhatAsksForNoLess) {
  const auto read =
      parsed(std::string(kMail) +
             "[purpose.\"marketing.communications.email\"]\nfirst_grant = \"double_opt_in\"\n");
  EXPECT_THAT(describe(read.problems, "cdp.toml"), IsEmpty());
  EXPECT_THAT(consent::opt_in_purposes(read.policy), ElementsAre("marketing.communications.email"));
  EXPECT_THAT(consent::opt_in_purposes(parsed(kMail).policy), IsEmpty());
}

TEST(DoubleOptInConfig, TakesTheShopsOwnWordsOfTheMail) {
  const std::string news = std::string(kMail) +
                           "[double_opt_in]\npurposes = [\"marketing.communications.email\"]\n"
                           "[double_opt_in.mail.de]\n";
  const auto read = parsed(news +
                           "subject = \"{title}?\"\n"
                           "text = \"\"\"Guten Tag,\n\n{link}\n\n{place} {controller} {contact} "
                           "{date} {time} {title} {why}\"\"\"\n");
  EXPECT_THAT(describe(read.problems, "cdp.toml"), IsEmpty());
  ASSERT_EQ(read.policy.double_opt_in.mail.size(), 1U);
  EXPECT_EQ(read.policy.double_opt_in.mail.at("de").subject, "{title}?");
  const struct {
    std::string lines;
    const char* problem;
  } cases[] = {
      {"subject = \"a\"\ntext = \"b\"\n",
       "cdp.toml:9:1: the mail's text does not have the link exactly once"},
      {"subject = \"a\"\ntext = \"{link} {link}\"\n", "exactly once"},
      {"subject = \"a\"\ntext = \"<{link}>\"\n", "alone between blanks or line breaks"},
      {"subject = \"{link}\"\ntext = \"{link}\"\n",
       "cdp.toml:8:1: the mail's subject has a brace that is no placeholder of this mail"},
      {"subject = \"a\"\ntext = \"{link} {email}\"\n",
       "known here: {contact}, {controller}, {date}, {link}, {place}, {time}, {title}, {why}"},
      {"subject = \"a\"\ntext = \"{link} {\"\n", "a brace that is no placeholder"},
      {"subject = \"a\"\ntext = \"{link} }\"\n", "a brace that is no placeholder"},
      {"subject = \"a\\nBcc: b\"\ntext = \"{link}\"\n", "a subject is one line"},
      {"text = \"{link}\"\n", "cdp.toml:7:21: the mail's subject is missing or too long"},
      {"subject = \"a\"\n", "the mail's text is missing or too long"},
      {"subject = \"a\"\ntext = \"{link}\"\nhtml = \"b\"\n", "unknown key \"html\""},
      {"subject = \"a\"\ntext = 1\n", "is not a text in quotes"},
      {"subject = \"a\"\ntext = \"{link}\"\n[double_opt_in.mail.tlh]\n",
       "cdp.toml:10:21: a mail is in a language that the pages do not speak"},
  };
  for (const auto& one : cases)
    EXPECT_THAT(mistakes(news + one.lines), HasSubstr(one.problem)) << one.lines;
}

TEST(DoubleOptInConfig, RefusesWhatCannotWorkAndSaysWhereAndWhatInstead) {
  const std::string news = "[double_opt_in]\npurposes = [\"marketing.communications.email\"]\n";
  const struct {
    std::string lines;
    const char* problem;
  } cases[] = {
      {std::string(kMail) + "[double_opt_in]\npurposes = [\"no.such\"]\n",
       "cdp.toml:6:1: the form offers a purpose that is not configured"},
      {std::string(kMail) + "[double_opt_in]\npurposes = [\"personalize.content\"]\n",
       "cdp.toml:6:1: the form offers a purpose that is no consent to e-mail"},
      {std::string(kMail) + "[double_opt_in]\npurposes = [\"marketing.communications.sms\"]\n",
       "no consent to e-mail"},
      {std::string(kMail) + "[double_opt_in]\norigins = [\"https://shop.example\"]\n",
       "there is nothing to ask for by double opt-in"},
      {std::string(kMail) + news + "origins = [\"https://shop.example/path\"]\n",
       "cdp.toml:7:1: an origin is not https and a host"},
      {std::string(kMail) + news + "origins = [\"*\"]\n", "an origin is not https and a host"},
      {std::string(kMail) + news + "link_days = 0\n", "link_days"},
      {std::string(kMail) + news + "mails_per_day = 1000\n", "mails_per_day"},
      {std::string(kMail) + news + "captcha = true\n", "captcha"},
      {news, "a double opt-in has no way to write to anybody"},
      {std::string(kMail) + news + "[age]\nunknown = \"child\"\n",
       "people who count as children until known otherwise"},
  };
  for (const auto& one : cases) EXPECT_THAT(mistakes(one.lines), HasSubstr(one.problem));
}

}  // namespace
}  // namespace cdp::app
