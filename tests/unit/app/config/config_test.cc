#include "cdp/app/config/config.h"

#include <set>

#include "cdp/app/config/policy_packs.h"

namespace cdp::app {
namespace {

using consent::DestinationRole;
using event::Trust;

constexpr const char* kSmallShop = R"(pack = "shop-eu@1"
controller = {name = "Example", country = "DE", contact = "privacy@shop.example"}
[source]
shop = {kind = "shopify", secret = "shopify", checkout_box = "unticked"}
web  = {kind = "segment", trust = "public"}
[destination]
mail = {kind = "signed_webhook", url = "https://tool.example/h", secret = "mail", role = "processor", purposes = ["marketing.communications.email"], attributes = ["email", "first_name"]}
)";

// What a file's mistakes are described as.
std::string mistakes(std::string_view text) {
  return describe(parse_policy(text).problems, "cdp.toml");
}

// The same for lines that follow a sound head of two lines: they start at line 3.
std::string mistakes_after_head(const std::string& lines) {
  return mistakes(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n" +
      lines);
}

TEST(Config, ADozenLinesMakeAShop) {
  const auto policy = load_policy(kSmallShop, "cdp.toml");
  ASSERT_TRUE(policy.has_value()) << policy.error().what;
  EXPECT_EQ(policy->version.size(), 64U);
  EXPECT_EQ(policy->home_jurisdiction, "DE");
  EXPECT_EQ(policy->sources.at("shop").trust, Trust::vendor_signed);
  EXPECT_TRUE(policy->sources.at("shop").checkout_box_unticked);
  EXPECT_EQ(policy->sources.at("shop").line, 4);
  EXPECT_EQ(policy->sources.at("web").trust, Trust::public_key);
  const auto& mail = policy->destinations.at("mail");
  EXPECT_EQ(mail.role, DestinationRole::processor);
  EXPECT_EQ(mail.attributes, (std::vector<std::string>{"email", "first_name"}));
  EXPECT_EQ(policy->purposes.at("marketing.communications.email").channel, "email");
  EXPECT_EQ(policy->attributes.at("email").category, "user.contact.email");
  EXPECT_TRUE(policy->defaults.empty());
}

TEST(Config, TheVersionIsTheDigestOfTheBytes) {
  const auto one = parse_policy(kSmallShop).policy.version;
  EXPECT_EQ(one, parse_policy(kSmallShop).policy.version);
  EXPECT_NE(one, parse_policy(std::string(kSmallShop) + "# a comment\n").policy.version);
  EXPECT_EQ(parse_policy("").policy.version,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Config, ARoleLeftOutMeansSaleOrShare) {
  const auto parsed = parse_policy(
      std::string(kSmallShop) +
      "[destination.ads]\nkind = \"profile_api\"\npurposes = [\"third_party_sharing\"]\n"
      "attributes = [\"email\"]\n");
  ASSERT_TRUE(parsed.problems.empty()) << describe(parsed.problems, "cdp.toml");
  EXPECT_EQ(parsed.policy.destinations.at("ads").role, DestinationRole::sale_or_share);
}

TEST(Config, EveryPackLoads) {
  for (const std::string& name : policy_pack_names()) {
    const auto parsed = parse_policy(
        "pack = \"" + name +
        "\"\ncontroller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n");
    EXPECT_TRUE(parsed.problems.empty()) << name << "\n" << describe(parsed.problems, "cdp.toml");
    EXPECT_GE(parsed.policy.purposes.size(), 10U);
    EXPECT_GE(parsed.policy.attributes.size(), 20U);
    for (const auto& [attribute, rule] : parsed.policy.attributes) {
      EXPECT_TRUE(rule.retention.has_value()) << attribute;
      EXPECT_FALSE(rule.purposes.empty()) << attribute;
    }
  }
}

TEST(Config, OnlyTheAmericanPackOpensAnythingWithoutAStatement) {
  EXPECT_TRUE(parse_policy(std::string("pack = \"shop-uk@1\"")).policy.defaults.empty());
  EXPECT_FALSE(parse_policy(std::string("pack = \"shop-us@1\"")).policy.defaults.empty());
}

TEST(Config, AFileRefinesItsPack) {
  const auto parsed = parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n"
      "[purpose.\"marketing.communications.email\"]\nfirst_grant = \"double_opt_in\"\n"
      "notice = \"2026-11\"\nmaterial = true\n"
      "[attribute.shoe_size]\ncategory = \"user.behavior\"\npurposes = [\"personalize\"]\n"
      "[limits]\ndedup_window_hours = 48\n[audit]\npublic = true\n");
  ASSERT_TRUE(parsed.problems.empty()) << describe(parsed.problems, "cdp.toml");
  const auto& email = parsed.policy.purposes.at("marketing.communications.email");
  EXPECT_EQ(email.channel, "email");  // from the pack
  EXPECT_EQ(email.first_grant, event::Grade::double_opt_in);
  EXPECT_EQ(email.notice_version, "2026-11");
  EXPECT_TRUE(email.material);
  EXPECT_TRUE(parsed.policy.attributes.contains("shoe_size"));
  EXPECT_EQ(parsed.policy.dedup_window_hours, 48);
  EXPECT_TRUE(parsed.policy.audit_public);
}

// Every purpose that asks has a text in every language, and every text says everything.
TEST(Config, ThePacksTellWhatTheyAskForInFourLanguages) {
  for (const std::string& name : policy_pack_names()) {
    const auto policy = parse_policy("pack = \"" + name + "\"").policy;
    EXPECT_EQ(consent::notice_languages(policy), (std::vector<std::string>{"de", "en", "es", "fr"}))
        << name;
    std::set<crypto::Digest> hashes;
    for (const auto& text : policy.notices.at("2026-01").texts) {
      EXPECT_TRUE(hashes.insert(text.hash).second) << text.purpose << " " << text.language;
    }
  }
}

TEST(Config, SellingHasItsLegalNameInTheUnitedStates) {
  const std::vector<std::string> texas = {"US-TX"};
  const auto title = [&](const char* pack, const char* language) {
    const auto policy = parse_policy(std::string("pack = \"") + pack + "\"").policy;
    const std::vector<std::string> languages = {language};
    return consent::notice_text(policy, "third_party_sharing", languages, texas)->title;
  };
  EXPECT_EQ(title("shop-eu@1", "en"), "Passing your data to partners");
  EXPECT_EQ(title("shop-us@1", "en"), "Selling or sharing your data with partners");
  EXPECT_EQ(title("shop-us@1", "es"), "Venta o cesión de sus datos a socios");
  EXPECT_EQ(title("shop-us@1", "de"), "Verkauf oder Weitergabe Ihrer Daten an Partner");
  EXPECT_EQ(title("shop-us@1", "fr"), "Vente ou partage de vos données avec des partenaires");
}

TEST(Config, AgesOfConsentFollowThePlace) {
  const auto ages = parse_policy(std::string("pack = \"shop-eu@1\"")).policy.ages;
  const auto age = [&](std::vector<std::string> places) { return ages.consent_age(places); };
  EXPECT_EQ(age({}), 16);
  EXPECT_EQ(age({"DE"}), 16);
  EXPECT_EQ(age({"FR"}), 15);
  EXPECT_EQ(age({"US-TX"}), 13);
  EXPECT_EQ(age({"US", "FR"}), 15);
  EXPECT_EQ(age({"?"}), 16);
}

TEST(Config, AFileAddsANoticeThatChangesMuch) {
  const auto parsed = parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n"
      "[purpose.\"personalize.content\"]\nnotice = \"2026-11\"\n"
      "[notice.\"2026-11\"]\nmaterial = [\"personalize.content\"]\n"
      "[notice.\"2026-11\".text.\"personalize.content\"]\n"
      "en = {title = \"T\", collected = \"C\", why = \"W\", recipients = \"R\", in_return = "
      "\"I\"}\n");
  ASSERT_TRUE(parsed.problems.empty()) << describe(parsed.problems, "cdp.toml");
  EXPECT_TRUE(parsed.policy.purposes.at("personalize.content").notice_bound);
  EXPECT_FALSE(parsed.policy.purposes.at("analytics.reporting").notice_bound);
  const std::vector<std::string> german = {"de"};
  EXPECT_EQ(consent::notice_text(parsed.policy, "personalize.content", german)->title, "T");
}

TEST(Config, ADefaultMaySpeakOfChannelCategoryAndAge) {
  const auto parsed = parse_policy(
      "pack = \"shop-us@1\"\n"
      "controller = {name = \"E\", country = \"US\", contact = \"p@shop.example\"}\n"
      "[default.US]\n\"personalize.content\" = [\"opt-out\", {default = \"opt-in\", category = "
      "\"user.name\"}, {default = \"opt-in\", age_below = 18}]\n");
  ASSERT_TRUE(parsed.problems.empty()) << describe(parsed.problems, "cdp.toml");
  std::vector<consent::Default> rows;
  for (const auto& row : parsed.policy.defaults) {
    if (row.purpose == "personalize.content") rows.push_back(row);
  }
  ASSERT_EQ(rows.size(), 3U);  // the pack's own row is replaced
  EXPECT_TRUE(rows[0].allowed_without_statement);
  EXPECT_EQ(rows[1].category, "user.name");
  EXPECT_EQ(rows[2].age_below, 18);
}

TEST(Config, AllMistakesAreReportedAtOnceWithTheirPlaces) {
  EXPECT_EQ(mistakes_after_head("sorces = {}\n"
                                "[source]\n"
                                "shop = {kind = \"shoplify\", secret = \"s\"}\n"
                                "mc = {kind = \"mailchimp\"}\n"
                                "[destination.mail]\n"
                                "kind = \"profile_api\"\n"
                                "role = \"procesor\"\n"
                                "purposes = [\"marketing.email\"]\n"
                                "attributes = [\"email\",\n"
                                "  \"shoe_size\"]\n"),
            R"(cdp.toml:3:1: the file has an unknown key "sorces"
  hint: known keys: pack, controller, source, destination, limits, server, preference_centre, mail, messenger, double_opt_in, audit, identity, purpose, attribute, default, age, notice, signals
cdp.toml:5:9: the value "kind" is none of those known
  hint: known: segment, shopify, mailchimp, csv
cdp.toml:6:1: the source names no secret to check its deliveries with
  hint: secret = "mc", and enter it with: cdp secret set mc
cdp.toml:9:1: the value "role" is none of those known
  hint: known: processor, sale_or_share
cdp.toml:10:13: the destination names a purpose that is not configured
  hint: configured: analytics.reporting, essential.legal_obligation, essential.service.operations, functional.storage, marketing.advertising.first_party.targeted, marketing.advertising.third_party.targeted, marketing.communications.email, marketing.communications.sms, marketing.communications.whatsapp, personalize.content, third_party_sharing
cdp.toml:12:3: the destination names an attribute that is not in the data map
  hint: add [attribute.NAME] with its category and purposes)");
}

TEST(Config, TextThatIsNoTomlIsRefusedAtItsPlace) {
  EXPECT_EQ(mistakes("pack = \"shop-eu@1\"\n[source\n"),
            "cdp.toml:2:8: this is not TOML\n  hint: look for a missing quote, a key given twice, "
            "or an inline table {...} over several lines");
  EXPECT_EQ(parse_policy("a = 1\na = 2\n").problems.at(0).line, 2);
}

TEST(Config, AFileWithoutAControllerIsRefused) {
  EXPECT_NE(mistakes("pack = \"shop-eu@1\"\n").find("cdp.toml: the file names no controller"),
            std::string::npos);
}

TEST(Config, AnUnknownPackIsTheOnlyComplaintAboutWhatItWouldHaveGiven) {
  const auto parsed = parse_policy(
      "pack = \"shop-eu@9\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n"
      "[destination.mail]\nkind = \"profile_api\"\npurposes = "
      "[\"marketing.communications.email\"]\n"
      "attributes = [\"email\"]\n");
  EXPECT_EQ(describe(parsed.problems, "cdp.toml"),
            "cdp.toml:1:1: no pack of that name and version is built in\n"
            "  hint: known: shop-eu@1, shop-uk@1, shop-us@1");
}

TEST(Config, ErrorsNeverRepeatAValue) {
  const std::string told = mistakes_after_head(
      "[source.shop]\nkind = \"hunter2\"\nsecret = 5\n\"a key with jane@shop.example\" = 1\n"
      "[destination.d]\nkind = \"signed_webhook\"\nurl = \"https://jane:hunter2@x.example\"\n"
      "purposes = [\"hunter2\"]\nattributes = [\"hunter2\"]\n");
  EXPECT_EQ(told.find("hunter2"), std::string::npos) << told;
  EXPECT_EQ(told.find("jane"), std::string::npos) << told;
}

struct Impossible {
  const char* lines;
  const char* place;
  const char* what;
};

class ImpossiblePolicy : public ::testing::TestWithParam<Impossible> {};

TEST_P(ImpossiblePolicy, IsRefusedWithPlaceAndReason) {
  const auto& param = GetParam();
  const std::string told = mistakes_after_head(param.lines);
  EXPECT_EQ(told.substr(0, told.find("\n  hint")),
            std::string("cdp.toml:") + param.place + ": " + param.what);
}

const Impossible kImpossible[] = {
    {"[purpose.\"marketing.x\"]\nbasis = \"contract\"\n", "4:1",
     "marketing cannot rest on a contract"},
    {"[purpose.\"marketing.communications.email\"]\nbasis = \"contract\"\n", "4:1",
     "marketing cannot rest on a contract"},
    {"[purpose.\"marketing.x\"]\nbasis = \"legal_obligation\"\n", "4:1",
     "marketing cannot rest on a legal obligation"},
    {"[purpose.\"marketing.communications.sms\"]\nbasis = \"soft_opt_in\"\n", "4:1",
     "marketing to a phone cannot rest on anything but consent"},
    {"[purpose.\"marketing.communications.email\"]\nbasis = \"legitimate_interest\"\n"
     "assessment = \"x\"\n",
     "4:1", "e-mail marketing cannot rest on a legitimate interest"},
    {"[purpose.\"functional.storage\"]\nbasis = \"legitimate_interest\"\nassessment = \"x\"\n",
     "4:1", "storing on a person's device cannot rest on anything but consent"},
    {"[purpose.\"personalize.content\"]\nbasis = \"soft_opt_in\"\n", "4:1",
     "the soft opt-in is for e-mail only"},
    {"[purpose.\"marketing.similar\"]\nchannel = \"email\"\nbasis = \"soft_opt_in\"\n", "5:1",
     "the soft opt-in does not say where customers can refuse"},
    {"[purpose.\"marketing.similar\"]\nchannel = \"email\"\nbasis = \"soft_opt_in\"\n"
     "opt_out_offered = \"checkout\"\nsale_or_share = true\n",
     "5:1", "the soft opt-in is for your own products, never for selling or sharing data"},
    {"[attribute.x]\ncategory = \"user.health_and_medical.allergies\"\npurposes = "
     "[\"personalize\"]\n",
     "4:1",
     "the category is one of those that the law protects most, and the attribute is not marked"},
    {"[default.US]\n\"personalize.content\" = {channel = \"email\"}\n", "4:1",
     "the default says neither opt-in nor opt-out"},
    {"[default.US]\n\"personalize.content\" = \"maybe\"\n", "4:1",
     "a default is neither opt-in nor opt-out"},
    {"[age]\nconsent_from = 12\n", "4:1",
     "the value \"consent_from\" is not a whole number from 13 to 21"},
    {"[age.places]\nFrance = 15\n", "4:1", "an age is for neither a country nor a region of one"},
    {"[notice.new]\n", "3:9", "the version of a notice is no date"},
    {"[notice.\"2026-11\"]\nmaterial = [\"nothing\"]\n", "4:13",
     "the notice speaks of a purpose that is not configured"},
    {"[notice.\"2026-11\".text.\"personalize.content\"]\nenglish = {}\n", "4:1",
     "a notice is in no language that is known"},
    {"[notice.\"2026-11\".text.\"personalize.content\"]\nen = {title = \"T\", collected = \"C\", "
     "why = \"W\", recipients = \"R\"}\n",
     "4:1", "the notice does not say its in_return"},
    {"[notice.\"2026-11\".in.Bavaria.\"personalize.content\"]\n", "3:22",
     "a notice is for neither a country nor a region of one"},
    {"[destination.d]\nkind = \"klaviyo\"\nsecret = \"k\"\npurposes = "
     "[\"personalize.content\"]\nattributes = [\"city\"]\n",
     "4:1", "the value \"kind\" is none of those known"},
    {"[purpose.fraud]\nbasis = \"legitimate_interest\"\n", "4:1",
     "a legitimate interest needs its balancing test"},
    {"[purpose.x]\nfirst_grant = \"asserted\"\n", "4:1",
     "a first grant cannot rest on an assertion"},
    {"[purpose.x]\nmaterial = true\n", "4:1",
     "a material change needs the version of the notice that made it"},
    {"[purpose.x]\nexpires = \"soon\"\n", "4:1",
     "the value \"expires\" is not a duration such as \"36h\", \"730d\" or \"2y\""},
    {"[purpose.x]\nchannel = \"pigeon\"\n", "4:1", "the value \"channel\" is none of those known"},
    {"[purpose.X]\n", "3:10", "a name has characters that names may not have"},
    {"[default.US]\n\"marketing.communications.sms\" = \"opt-out\"\n", "4:1",
     "an opt-out default reaches messages to a phone or storage on a device"},
    {"[default.US]\nmarketing = \"opt-out\"\n", "4:1",
     "an opt-out default reaches messages to a phone or storage on a device"},
    {"[default.US]\n\"functional.storage\" = \"opt-out\"\n", "4:1",
     "an opt-out default reaches messages to a phone or storage on a device"},
    {"[default.DE]\n\"marketing.communications.email\" = \"opt-out\"\n", "4:1",
     "an opt-out default is not lawful in this country"},
    {"[default.US]\nnonsense = \"opt-out\"\n", "4:1",
     "the default is for a purpose that is not configured"},
    {"[default.America]\nmarketing = \"opt-in\"\n", "3:10",
     "a default is for neither a country nor a region of one"},
    {"[attribute.health]\ncategory = \"user.health_and_medical\"\nsensitive = true\n", "3:12",
     "a sensitive attribute names no purpose"},
    {"[attribute.health]\ncategory = \"user.health_and_medical\"\nsensitive = true\n"
     "purposes = [\"personalize\", \"essential\"]\n",
     "6:28", "a sensitive attribute serves a purpose that does not rest on consent"},
    {"[attribute.x]\npurposes = [\"personalize\"]\n", "3:12", "the attribute has no data category"},
    {"[attribute.x]\ncategory = \"user\"\npurposes = [\"nothing\"]\n", "5:13",
     "the attribute serves a purpose that is not configured"},
    {"[destination.d]\nkind = \"profile_api\"\npurposes = [\"personalize.content\"]\n"
     "attributes = [\"email\"]\n",
     "6:15", "the attribute serves none of the destination's purposes, so it could never leave"},
    {"[destination.d]\nkind = \"profile_api\"\npurposes = [\"personalize.content\"]\n", "3:14",
     "the destination has no attribute"},
    {"[destination.d]\nkind = \"profile_api\"\nattributes = [\"city\"]\n", "3:14",
     "the destination has no purpose"},
    {"[destination.d]\nkind = \"signed_webhook\"\nurl = \"http://tool.example/h\"\n"
     "secret = \"d\"\npurposes = [\"personalize.content\"]\nattributes = [\"city\"]\n",
     "5:1", "the destination's url is not an https address without a user name"},
    {"[destination.d]\nkind = \"signed_webhook\"\nurl = \"http://localhost.evil.example/h\"\n"
     "secret = \"d\"\npurposes = [\"personalize.content\"]\nattributes = [\"city\"]\n",
     "5:1", "the destination's url is not an https address without a user name"},
    {"[destination.d]\nkind = \"signed_webhook\"\nurl = \"https://tool.example\"\n"
     "purposes = [\"personalize.content\"]\nattributes = [\"city\"]\n",
     "3:14", "the destination names no secret to sign with"},
    {"[destination.d]\nkind = \"profile_api\"\npurposes = [\"personalize.content\"]\n"
     "attributes = [\"city\", \"city\"]\n",
     "6:23", "the list names something twice"},
    {"[source.shop]\nkind = \"shopify\"\nsecret = \"s\"\ntrust = \"server\"\n", "6:1",
     "the trust of this kind follows from its signature"},
    {"[source.web]\nkind = \"segment\"\ncheckout_box = \"unticked\"\n", "5:1",
     "only a shopify source has a checkout box"},
    {"[source.web]\nkind = \"segment\"\ncategories = {Ads = \"nothing\"}\n", "5:15",
     "the category means a purpose that is not configured"},
    {"[source.crm]\nkind = \"csv\"\n", "3:9", "a csv source maps no column"},
    {"[source.crm]\nkind = \"csv\"\ncolumns = {\"A\" = \"consent:nothing\"}\n", "5:12",
     "the column feeds a purpose that is not configured"},
    {"[source.crm]\nkind = \"csv\"\ncolumns = {\"A\" = \"nonsense:x\"}\n", "5:12",
     "the column feeds nothing that is known"},
    {"[source.shop]\nkind = \"shopify\"\nsecret = \"s\"\n"
     "purpose_email = \"marketing.communications.sms\"\n",
     "6:1", "the vendor's consent means a purpose of another channel"},
    {"[source.\"My Shop\"]\nkind = \"segment\"\n", "3:9",
     "a name has characters that names may not have"},
    {"[source.web]\ntrust = \"public\"\n", "3:9", "the source has no kind"},
    {"[source.both]\nkind = \"segment\"\n[destination.both]\nkind = \"profile_api\"\n"
     "purposes = [\"personalize.content\"]\nattributes = [\"city\"]\n",
     "5:14", "a source has the same name"},
    {"[limits]\ndedup_window_hours = 0\n", "4:1",
     "the value \"dedup_window_hours\" is not a whole number from 1 to 720"},
    {"[audit]\npublic = \"no\"\n", "4:1", "the value \"public\" is not true or false"},
};

INSTANTIATE_TEST_SUITE_P(Config, ImpossiblePolicy, ::testing::ValuesIn(kImpossible));

TEST(Config, ASecretUrlVouchesForLessThanASignature) {
  const auto parsed = parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n"
      "[source]\na = {kind = \"mailchimp\", secret = \"a\"}\n"
      "b = {kind = \"mailchimp\", secret = \"b\", auth = \"secret_url\"}\n"
      "c = {kind = \"csv\", columns = {E = \"email\", N = "
      "\"consent:marketing.communications.email\"}}\n");
  ASSERT_TRUE(parsed.problems.empty()) << describe(parsed.problems, "cdp.toml");
  EXPECT_EQ(parsed.policy.sources.at("a").trust, Trust::vendor_signed);
  EXPECT_EQ(parsed.policy.sources.at("b").trust, Trust::server);
  EXPECT_EQ(parsed.policy.sources.at("c").trust, Trust::server);
}

TEST(ConfigText, TheTemplateLoadsAsItStands) {
  const std::string text = config_template({});
  EXPECT_EQ(mistakes(text), "");
}

TEST(ConfigText, TheTemplateQuotesWhatItIsGiven) {
  NewConfig config;
  config.controller_name = "O\"Brien \\ Sons\n";
  const auto parsed = parse_policy(config_template(config));
  EXPECT_TRUE(parsed.problems.empty());
  EXPECT_EQ(parsed.policy.controller_name, "O\"Brien \\ Sons\n");
}

TEST(ConfigText, ASourceIsAddedWithoutTouchingTheRest) {
  consent::SourceConfig source;
  source.name = "crm-2";
  source.kind = "csv";
  source.trust = Trust::server;
  source.columns = {{"E-mail \"work\"", "email"}, {"Size", "attribute:size"}};
  const auto text = with_source(kSmallShop, source);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  EXPECT_TRUE(text->starts_with(kSmallShop));
  const auto parsed = parse_policy(*text);
  ASSERT_TRUE(parsed.problems.empty());
  const auto& added = parsed.policy.sources.at("crm-2");
  EXPECT_EQ(added.columns, source.columns);
  EXPECT_EQ(added.trust, Trust::server);
  EXPECT_EQ(parsed.policy.sources.size(), 3U);
}

TEST(ConfigText, ADestinationIsAddedWithWhatItMaySee) {
  consent::DestinationConfig destination;
  destination.name = "crm";
  destination.kind = "signed_webhook";
  destination.url = "https://crm.example/in";
  destination.secret = "crm";
  destination.role = DestinationRole::processor;
  destination.purposes = {"personalize.content"};
  destination.attributes = {"city", "size"};
  const auto text = with_destination(kSmallShop, destination);
  ASSERT_TRUE(text.has_value()) << text.error().what;
  const auto parsed = parse_policy(*text);
  const auto& added = parsed.policy.destinations.at("crm");
  EXPECT_EQ(added.url, destination.url);
  EXPECT_EQ(added.role, DestinationRole::processor);
  EXPECT_EQ(added.purposes, destination.purposes);
  EXPECT_EQ(added.attributes, destination.attributes);
}

TEST(ConfigText, WhatWouldNotLoadIsNotAdded) {
  consent::DestinationConfig destination;
  destination.name = "crm";
  destination.kind = "profile_api";
  destination.purposes = {"nothing"};
  destination.attributes = {"city"};
  const auto text = with_destination(kSmallShop, destination);
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::invalid_argument);
}

TEST(ConfigText, ANameThatIsTakenIsAConflict) {
  consent::SourceConfig source;
  source.name = "mail";
  source.kind = "segment";
  const auto text = with_source(kSmallShop, source);
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::conflict);
}

TEST(ConfigText, AnInlineSourceTableThatCannotGrowIsReportedNotBroken) {
  const std::string closed =
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n"
      "source = {web = {kind = \"segment\"}}\n";
  ASSERT_EQ(mistakes(closed), "");
  consent::SourceConfig source;
  source.name = "more";
  source.kind = "segment";
  const auto text = with_source(closed, source);
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace cdp::app
