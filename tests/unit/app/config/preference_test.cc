// [preference_centre] and [mail]: what is taken, and what is refused with line and hint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/config/config.h"
#include "cdp/app/durable_file.h"
#include "cdp/app/preferences/brand_files.h"
#include "tests/support/temp_directory.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ParsedPolicy parsed(const std::string& lines) {
  return parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n" +
      lines);
}
std::string mistakes(const std::string& lines) {
  return describe(parsed(lines).problems, "cdp.toml");
}

constexpr const char* kCentre =
    "preference_centre = {base_url = \"https://privacy.shop.example\", css = \"brand.css\", "
    "logo = \"logo.svg\", languages = [\"de\", \"en\"]}\n";

TEST(PreferenceConfig, SaysWhereItIsAndHowItLooks) {
  const auto policy = parsed(kCentre);
  EXPECT_THAT(describe(policy.problems, "cdp.toml"), IsEmpty());
  const auto& centre = policy.policy.preference_centre;
  EXPECT_EQ(centre.base_url, "https://privacy.shop.example");
  EXPECT_EQ(centre.css, "brand.css");
  EXPECT_EQ(centre.logo, "logo.svg");
  EXPECT_EQ(centre.languages, (std::vector<std::string>{"de", "en"}));
  EXPECT_EQ(parsed("").policy.preference_centre.languages.size(), 4U);
  EXPECT_EQ(parsed("").policy.mail.kind, consent::MailConfig::Kind::none);
}

TEST(PreferenceConfig, TakesARelayOrAWebhook) {
  const auto relay = parsed(std::string(kCentre) +
                            "mail = {smtp = \"smtps://relay.example:465\", from = \"Shop "
                            "<privacy@shop.example>\", user = \"u\", secret = \"relay\"}\n");
  EXPECT_THAT(describe(relay.problems, "cdp.toml"), IsEmpty());
  EXPECT_EQ(relay.policy.mail.kind, consent::MailConfig::Kind::smtp);
  const auto hook = parsed(std::string(kCentre) +
                           "mail = {webhook = \"https://shop.example/mail\", secret = \"m\"}\n");
  EXPECT_THAT(describe(hook.problems, "cdp.toml"), IsEmpty());
  EXPECT_EQ(hook.policy.mail.kind, consent::MailConfig::Kind::webhook);
}

TEST(PreferenceConfig, TakesAMessengerThatHasAKeyAndAPage) {
  const auto taken =
      parsed(std::string(kCentre) +
             "messenger = {webhook = \"https://shop.example/sms\", secret = \"m\"}\n");
  EXPECT_THAT(describe(taken.problems, "cdp.toml"), IsEmpty());
  EXPECT_EQ(taken.policy.messenger.url, "https://shop.example/sms");
  EXPECT_EQ(taken.policy.messenger.secret, "m");
  EXPECT_THAT(mistakes(std::string(kCentre) + "messenger = {webhook = \"shop.example\"}\n"),
              ::testing::AllOf(HasSubstr("not a web address"), HasSubstr("no signing key")));
  EXPECT_THAT(mistakes("messenger = {webhook = \"https://shop.example/sms\", secret = \"m\"}\n"),
              HasSubstr("a code has no page to be typed into"));
}

TEST(PreferenceConfig, TakesTheShopsOwnWordsOfTheMailWithTheLink) {
  const std::string centre =
      "[preference_centre]\nbase_url = \"https://privacy.shop.example\"\n"
      "[preference_centre.mail.fr]\nsubject = \"Vos choix chez {controller}\"\n";
  const auto read = parsed(centre + "text = \"\"\"{link}\n{time} {contact}\"\"\"\n");
  EXPECT_THAT(describe(read.problems, "cdp.toml"), IsEmpty());
  EXPECT_EQ(read.policy.preference_centre.mail.at("fr").text, "{link}\n{time} {contact}");
  EXPECT_THAT(mistakes(centre + "text = \"{link} {title}\"\n"),
              ::testing::AllOf(HasSubstr("cdp.toml:7:1: "),
                               HasSubstr("known here: {contact}, {controller}, {link}, {time}")));
}

TEST(PreferenceConfig, BoundsWhatCodesMayCost) {
  const auto messenger = [](const std::string& more) {
    return std::string(kCentre) +
           "[messenger]\nwebhook = \"https://shop.example/sms\"\nsecret = \"m\"\n" + more;
  };
  const auto usual = parsed(messenger("")).policy.messenger;
  EXPECT_EQ(usual.codes_per_number_a_day, 5);
  EXPECT_EQ(usual.codes_a_day, 1'000);
  EXPECT_THAT(usual.countries, IsEmpty());
  const auto own = parsed(
      messenger("codes_per_number_a_day = 3\ncodes_a_day = 50\ncountries = [\"DE\", \"GB\"]\n"));
  EXPECT_THAT(describe(own.problems, "cdp.toml"), IsEmpty());
  EXPECT_EQ(own.policy.messenger.codes_per_number_a_day, 3);
  EXPECT_EQ(own.policy.messenger.codes_a_day, 50);
  EXPECT_EQ(own.policy.messenger.countries, (std::vector<std::string>{"DE", "GB"}));
  const struct {
    const char* line;
    const char* problem;
  } cases[] = {
      {"codes_per_number_a_day = 0", "a whole number from 1 to 20"},
      {"codes_a_day = 0", "a whole number from 1 to 1000000"},
      {"countries = [\"DE\", \"UK\"]", "a country is none that telephone numbers have"},
      {"countries = [\"+49\"]", "a country is none that telephone numbers have"},
      {"countries = []", "leave it out for every country"},
  };
  for (const auto& one : cases) {
    const auto said = mistakes(messenger(std::string(one.line) + "\n"));
    EXPECT_THAT(said, HasSubstr("cdp.toml:7:1: ")) << one.line;
    EXPECT_THAT(said, HasSubstr(one.problem)) << one.line;
  }
}

TEST(PreferenceConfig, RefusesWhatCannotWorkAndSaysWhereAndWhatInstead) {
  const struct {
    const char* lines;
    const char* problem;
  } cases[] = {
      {"preference_centre = {base_url = \"http://privacy.shop.example\"}", "cdp.toml:3:"},
      {"preference_centre = {base_url = \"https://privacy.shop.example/path\"}",
       "https and a host, without a path"},
      {"preference_centre = {base_url = \"https://user@shop.example\"}", "https and a host"},
      {"preference_centre = {css = \"../brand.css\"}", "a .css file beside cdp.toml"},
      {"preference_centre = {css = \"/etc/brand.css\"}", "a .css file beside cdp.toml"},
      {"preference_centre = {css = \"brand.txt\"}", "a .css file beside cdp.toml"},
      {"preference_centre = {logo = \"logo.gif\"}", "a .svg, .png or .webp file"},
      {"preference_centre = {languages = [\"en\", \"tlh\"]}", "known: de, en, es, fr"},
      {"preference_centre = {languages = []}", "known: de, en, es, fr"},
      {"preference_centre = {colour = \"red\"}", "unknown key \"colour\""},
      {"mail = {}", "mail has no way out"},
      {"mail = {smtp = \"smtps://relay.example:465\", from = \"a@b.example\"}",
       "mail has nowhere to link to"},
  };
  for (const auto& one : cases)
    EXPECT_THAT(mistakes(std::string(one.lines) + "\n"), HasSubstr(one.problem)) << one.lines;
}

TEST(PreferenceConfig, RefusesMailThatCannotBeSent) {
  const struct {
    const char* mail;
    const char* problem;
  } cases[] = {
      {R"({smtp = "relay.example:465", from = "a@b.example"})", "is not an smtp address"},
      {R"({smtp = "smtps://u:p@relay.example", from = "a@b.example"})",
       "more than a host and a port"},
      {R"({smtp = "smtps://relay.example"})", "the mail has no sender"},
      {R"({smtp = "smtps://relay.example", from = "a@b.example, c@d.example"})",
       "the mail has no sender"},
      {R"({smtp = "smtps://relay.example", from = "a@b.example\r\nBcc: c@d.example"})",
       "the mail has no sender"},
      {R"({smtp = "smtps://relay.example", from = "a@b.example", user = "u"})",
       "both a user and a secret"},
      {R"({smtp = "smtps://r.example", webhook = "https://h.example", from = "a@b.example"})",
       "not both"},
      {R"({webhook = "https://h.example/x"})", "has no signing key"},
      {R"({webhook = "https://h.example/x", secret = "m", from = "a@b.example"})",
       "needs no sender"},
      {R"({webhook = "ftp://h.example/x", secret = "m"})", "not a web address"},
      {R"({smtp = "smtps://r.example", from = "a@b.example", port = "25"})",
       "unknown key \"port\""},
  };
  for (const auto& one : cases) {
    EXPECT_THAT(mistakes(std::string(kCentre) + "mail = " + one.mail + "\n"),
                HasSubstr(one.problem))
        << one.mail;
  }
}

TEST(BrandFiles, AreReadOnceAndMissedByName) {
  const testing::TempDirectory directory;
  consent::PreferenceCentreConfig config;
  ASSERT_TRUE(BrandFiles::load(directory.path(), config).has_value());
  config.css = "brand.css";
  const auto missing = BrandFiles::load(directory.path(), config);
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().what, HasSubstr("preference_centre.css"));
  ASSERT_TRUE(write_durably(directory / "brand.css", ":root{--accent:red}", 0600));
  config.logo = "logo.svg";
  ASSERT_TRUE(write_durably(directory / "logo.svg", "<svg/>", 0600));
  const auto brand = BrandFiles::load(directory.path(), config);
  ASSERT_TRUE(brand.has_value());
  EXPECT_EQ(brand->css, ":root{--accent:red}");
  EXPECT_EQ(brand->logo_type, "image/svg+xml");
  ASSERT_TRUE(write_durably(directory / "logo.svg", std::string(300'000, 'x'), 0600));
  EXPECT_EQ(BrandFiles::load(directory.path(), config).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace cdp::app
