// The pages as text: escaping, equal weight, nothing ticked that nobody said, four languages whole.
#include "consent/preference_centre/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "consent/preference_centre/opt_in_pages.h"
#include "consent/preference_centre/template.h"
#include "consent/preference_centre/texts.h"

namespace cdp::consent::preference_centre {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kHostile = "\"><script>alert('x')</script>&<img src=x onerror=y>{{{title}}}";

constexpr const char* kTemplates[] = {"frame",       "entry",         "sent",    "open",
                                      "choices",     "confirm",       "history", "trouble",
                                      "subscribe",   "purpose_words", "opt_in",  "opt_in_done",
                                      "mail_opt_in", "subscribe_sent"};

Frame frame_in(const std::string& language) {
  Frame frame;
  frame.language = language;
  frame.offered = Texts::languages();
  frame.here = "/preferences";
  frame.controller = "Example";
  frame.contact = "privacy@shop.example";
  frame.version = "0123";
  frame.form_key = "key";
  return frame;
}

PurposeView purpose(Answer answer, Standing standing) {
  PurposeView view;
  view.key = "personalize.content";
  view.title = "A shop that fits you";
  view.why = "So that you find things.";
  view.standing = standing;
  view.answer = answer;
  return view;
}

ChoicesPage page_of(std::vector<PurposeView> purposes) {
  ChoicesPage page;
  page.address = "a•••@shop.example";
  page.purposes = std::move(purposes);
  return page;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

OptInPage opt_in_page(const std::string& words) {
  return {words, {words, words, words, words, words, words, words}, words, words, Time{1}, Time{2}};
}

std::vector<std::string> all_pages(const Frame& frame, const std::string& words) {
  PurposeView view = purpose(Answer::yes, Standing::granted);
  view.key = view.title = view.why = view.collected = view.recipients = view.in_return = words;
  view.address = words;
  view.named = {{words, true}, {words, false}};
  PurposeView needed = view;
  needed.group = Group::needed;
  ChoicesPage choices = page_of({view, needed});
  choices.address = words;
  choices.sells = true;
  choices.flash = Flash::saved;
  choices.vendors = {{words, {words}, VendorStatus::trying}};
  HistoryLine line;
  line.id = line.what = line.source = words;
  line.at = Time{1'767'225'600'000'000};
  std::vector<std::string> pages;
  for (const auto& page :
       {render_entry(frame, {}), render_entry(frame, {Entry::expired, false}), render_sent(frame),
        render_open(frame, words), render_phone(frame, {words, PhonePage::State::start}),
        render_phone(frame, {words, PhonePage::State::sent}),
        render_phone(frame, {words, PhonePage::State::wrong}), render_choices(frame, choices),
        render_confirm(frame, {{view}}), render_history(frame, {words, false, {line}}),
        render_trouble(frame, Trouble::down),
        render_subscribe(frame, {opt_in_page(words).purpose}, Time{1}),
        render_subscribe(frame, {opt_in_page(words).purpose, opt_in_page("b").purpose}, Time{1}),
        render_subscribe_sent(frame), render_opt_in(frame, opt_in_page(words)),
        render_opt_in_done(frame, {words, words, true, words, words}), render_opt_in_gone(frame)}) {
    EXPECT_TRUE(page.has_value());
    pages.push_back(page.value_or(""));
  }
  return pages;
}

TEST(PreferencePages, EscapeWhateverPeopleAndConfigurationsSay) {
  Frame hostile = frame_in("en");
  hostile.controller = hostile.contact = hostile.form_key = hostile.here = kHostile;
  hostile.version = kHostile;
  for (const auto& page : all_pages(hostile, kHostile)) {
    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
    EXPECT_THAT(page, HasSubstr("&quot;&gt;&lt;script&gt;"));
    // Nothing closes a quoted attribute: the only quotes are the templates' own.
    EXPECT_THAT(page, Not(HasSubstr("\"\">")));
  }
}

TEST(PreferencePages, RunNoScriptAndCarryNoStyleOfTheirOwn) {
  for (const auto& page : all_pages(frame_in("en"), "words")) {
    EXPECT_THAT(page, Not(HasSubstr("style=")));
    EXPECT_THAT(page, Not(HasSubstr("<style")));
    EXPECT_FALSE(std::regex_search(page, std::regex(R"(\son[a-z]+=)")));
    EXPECT_FALSE(std::regex_search(page, std::regex(R"(<script(?![^>]*\ssrc="/)[^>]*>)")));
    // Everything is fetched from us.
    EXPECT_FALSE(std::regex_search(page, std::regex(R"((src|href)="(https?:)?//)")));
  }
}

TEST(PreferencePages, UseTheEscapingFormsOfMustacheAlone) {
  for (const char* name : kTemplates) {
    const std::string text(embedded_file("templates/" + std::string(name) + ".mustache"));
    ASSERT_FALSE(text.empty()) << name;
    EXPECT_THAT(text, Not(HasSubstr("{{{"))) << name;
    EXPECT_THAT(text, Not(HasSubstr("{{&"))) << name;
  }
}

TEST(PreferencePages, SayEverythingInEveryLanguage) {
  const auto& english = Texts::in("en").all();
  EXPECT_GT(english.size(), 140U);
  const std::regex placeholder(R"(\{(\w+)\})");
  const auto names = [&](const std::string& text) {
    std::multiset<std::string> found;
    for (std::sregex_iterator it(text.begin(), text.end(), placeholder), end; it != end; ++it)
      found.insert((*it)[1]);
    return found;
  };
  for (const auto& language : Texts::languages()) {
    const auto& texts = Texts::in(language).all();
    for (const auto& [key, text] : english) {
      const auto found = texts.find(key);
      ASSERT_NE(found, texts.end()) << language << " " << key;
      EXPECT_FALSE(found->second.empty()) << language << " " << key;
      EXPECT_EQ(names(found->second), names(text)) << language << " " << key;
    }
    EXPECT_EQ(texts.size(), english.size()) << language;
  }
}

TEST(PreferencePages, KnowEveryTextThatTheirTemplatesName) {
  const auto& english = Texts::in("en").all();
  const std::regex named(R"(\{\{[#^/]?t_(\w+)\}\})");
  for (const char* name : kTemplates) {
    const std::string text(embedded_file("templates/" + std::string(name) + ".mustache"));
    for (std::sregex_iterator it(text.begin(), text.end(), named), end; it != end; ++it) {
      const auto found = english.find((*it)[1].str());
      ASSERT_NE(found, english.end()) << name << ": " << (*it)[1];
      EXPECT_EQ(found->second.find('{'), std::string::npos) << (*it)[1] << " needs its values";
    }
  }
}

TEST(PreferencePages, SpeakTheLanguageOfTheFrame) {
  EXPECT_THAT(render_sent(frame_in("de")).value_or(""), HasSubstr("<html lang=\"de\">"));
  EXPECT_THAT(render_sent(frame_in("de")).value_or(""), HasSubstr("Sehen Sie in Ihr Postfach"));
  EXPECT_THAT(render_sent(frame_in("fr")).value_or(""),
              HasSubstr("<a href=\"/preferences?lang=fr\" lang=\"fr\" hreflang=\"fr\" "
                        "title=\"Français\" aria-current=\"true\">"));
}

TEST(PreferencePages, TickNothingThatNobodySaid) {
  const auto open =
      render_choices(frame_in("en"), page_of({purpose(Answer::none, Standing::stale)}));
  EXPECT_THAT(open.value_or("checked"), Not(HasSubstr("checked")));
  const auto yes =
      render_choices(frame_in("en"), page_of({purpose(Answer::yes, Standing::granted)}));
  EXPECT_THAT(yes.value_or(""), HasSubstr("value=\"yes\" checked"));
  EXPECT_THAT(yes.value_or(""), Not(HasSubstr("value=\"no\" checked")));
}

// What counts after saving is what holds then, not what the form asked for.
TEST(PreferencePages, PromiseNothingOfAYesThatDoesNotCount) {
  for (const auto& language : Texts::languages()) {
    const Texts& t = Texts::in(language);
    for (const Flash flash : {Flash::saved, Flash::accepted}) {
      auto page = page_of({purpose(Answer::none, Standing::needs_parent)});
      page.flash = flash;
      page.closed = {"A shop that fits you"};
      const auto html = render_choices(frame_in(language), page).value_or("");
      EXPECT_THAT(html, HasSubstr(t.say("saved_closed", {{"purposes", "A shop that fits you"}})));
      EXPECT_THAT(html, HasSubstr(t.say("standing_needs_parent")));
      EXPECT_THAT(html, Not(HasSubstr(t.say("saved"))));
      EXPECT_THAT(html, Not(HasSubstr(t.say("saved_accepted"))));
    }
  }
}

TEST(PreferencePages, SayThatSeveralAccountsShareAnAddress) {
  for (const auto& language : Texts::languages()) {
    const Texts& t = Texts::in(language);
    auto page = page_of({purpose(Answer::none, Standing::per_account)});
    page.shared = true;
    page.flash = Flash::accepted;
    const auto html = render_choices(frame_in(language), page).value_or("");
    for (const char* said : {"shared_lead", "saved_shared", "vendors_shared"})
      EXPECT_THAT(html, HasSubstr(t.say(said)));
    for (const char* unsaid : {"saved_accepted", "standing_unanswered"})
      EXPECT_THAT(html, Not(HasSubstr(t.say(unsaid))));
    const auto history = render_history(frame_in(language), {"a", true, {}}).value_or("");
    EXPECT_THAT(history, HasSubstr(t.say("history_none_shared")));
    EXPECT_THAT(history, Not(HasSubstr(t.say("history_none"))));
  }
}

// Equal weight is equal markup: the two answers, and the two buttons for everything, differ in
// nothing but their words.
TEST(PreferencePages, GiveYesAndNoTheSameWeight) {
  const auto page =
      render_choices(frame_in("en"), page_of({purpose(Answer::none, Standing::unanswered)}));
  ASSERT_TRUE(page.has_value());
  EXPECT_THAT(*page, HasSubstr("<label><input type=\"radio\" name=\"p:personalize.content\" "
                               "value=\"yes\"><span>Yes</span></label>\n"
                               "<label><input type=\"radio\" name=\"p:personalize.content\" "
                               "value=\"no\"><span>No</span></label>"));
  EXPECT_THAT(*page, HasSubstr("<button type=\"submit\" name=\"action\" value=\"accept\">Allow "
                               "everything</button>\n<button type=\"submit\" name=\"action\" "
                               "value=\"withdraw_all\">Withdraw everything</button>"));
}

TEST(PreferencePages, OfferNoYesWhereItWouldDoNothing) {
  PurposeView sms = purpose(Answer::none, Standing::unanswered);
  sms.needs_address = true;
  const auto page = render_choices(frame_in("en"), page_of({sms}));
  EXPECT_THAT(page.value_or(""), HasSubstr("value=\"yes\" disabled"));
  EXPECT_THAT(page.value_or(""), HasSubstr("only a no counts here"));
}

TEST(PreferencePages, CarryTheSessionsKeyInEveryForm) {
  const auto page =
      render_choices(frame_in("en"), page_of({purpose(Answer::none, Standing::unanswered)}))
          .value_or("");
  EXPECT_EQ(count_of(page, "<form "), count_of(page, "name=\"form_key\" value=\"key\""));
  EXPECT_EQ(count_of(page, "<form "), 3U);
}

TEST(PreferencePages, SayThatLinksCannotBeMailedWhereTheyCannot) {
  const auto page = render_entry(frame_in("en"), {Entry::start, false}).value_or("");
  EXPECT_THAT(page, Not(HasSubstr("<form")));
  EXPECT_THAT(page, HasSubstr("mailto:privacy@shop.example"));
}

TEST(PreferencePages, MailOneLinkInPlainWords) {
  const auto mail = mail_with_link(frame_in("de"), "https://p.example/preferences/open/abc",
                                   Time{1'767'225'600'000'000});
  EXPECT_EQ(mail.subject, "Ihre Datenschutz-Einstellungen bei Example");
  EXPECT_THAT(mail.body, HasSubstr("\nhttps://p.example/preferences/open/abc\n"));
  EXPECT_THAT(mail.body, HasSubstr("bis 00:00 UTC"));
  EXPECT_THAT(mail.body, Not(HasSubstr("{")));
}

TEST(Texts, PutsValuesInOnceAndNeverReadsThemAgain) {
  EXPECT_EQ(Texts::in("en").say("choices_for", {{"address", "{address} {contact}"}}),
            "For {address} {contact}");
  EXPECT_EQ(Texts::in("en").say("no such text"), "no such text");
}

TEST(Texts, WritesDatesAsPeopleDo) {
  const Time at{1'763'843'000'000'000};  // 2025-11-22T20:23:20Z
  EXPECT_EQ(Texts::in("en").date(at), "22 November 2025");
  EXPECT_EQ(Texts::in("de").date(at), "22. November 2025");
  EXPECT_EQ(Texts::in("fr").date(at), "22 novembre 2025");
  EXPECT_EQ(Texts::in("es").date(at), "22 de noviembre de 2025");
  EXPECT_EQ(Texts::clock_time(at), "20:23");
  EXPECT_EQ(Texts::in("en").date(Time{}), "");
}

TEST(Texts, WriteFrenchAsTheFrenchDo) {
  const Time first{1'761'998'400'000'000};  // 2025-11-01T12:00:00Z
  EXPECT_EQ(Texts::in("fr").date(first), "1er novembre 2025");
  EXPECT_EQ(Texts::in("de").date(first), "1. November 2025");
  EXPECT_EQ(Texts::in("en").date(first), "1 November 2025");
  for (const auto& [key, text] : Texts::in("fr").all()) {
    for (const char* mark : {" :", " ;", " ?", " !"})
      EXPECT_THAT(text, Not(HasSubstr(mark))) << key << ": a line may break before the mark";
  }
}

TEST(Texts, ChoosesTheLanguageThatIsAskedFor) {
  const std::vector<std::string> offered = {"en", "de", "fr"};
  const struct {
    const char* chosen;
    const char* accept;
    const char* language;
  } cases[] = {
      {"", "", "en"},
      {"fr", "de", "fr"},
      {"xx", "de-AT, en;q=0.5", "de"},
      {"", "es, FR;q=0.4, de;q=0.3", "fr"},
      {"", "de;q=0, fr;q=0.001", "fr"},
      {"", "*", "en"},
      {"", "de;q=zzz,fr;q=0.9", "fr"},
      {"../de", ",,;;q=1,de", "de"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(choose_language(one.chosen, one.accept, offered), one.language)
        << one.chosen << " | " << one.accept;
  }
}

TEST(OptInPages, AskForOnePurposeAndTickNoneOfSeveral) {
  const OptInPurpose news{"news", "News", "why", "", "", "", ""};
  const OptInPurpose club{"club", "Club", "why", "", "", "", ""};
  const auto one = render_subscribe(frame_in("en"), {news}, Time{1}).value_or("");
  EXPECT_THAT(one, HasSubstr("<input type=\"hidden\" name=\"purpose\" value=\"news\">"));
  EXPECT_THAT(one, Not(HasSubstr("type=\"radio\"")));
  const auto two = render_subscribe(frame_in("en"), {news, club}, Time{1}).value_or("");
  EXPECT_EQ(count_of(two, "type=\"radio\""), 2U);
  EXPECT_THAT(two, Not(HasSubstr("checked")));
}

TEST(OptInPages, MailTheSameWordsTwiceAndNothingThatReportsBack) {
  OptInPage page = opt_in_page("");
  page.link = "https://privacy.shop.example/preferences/opt-in/abc?lang=en&x=1";
  page.purpose = {"news", "News by e-mail", "We write when there is something new.", "", "", "",
                  ""};
  page.place = "shop.example";
  page.ends_at = Time{1'767'225'600'000'000};
  for (const auto& language : Texts::languages()) {
    const auto mail = mail_opt_in(frame_in(language), page);
    ASSERT_TRUE(mail.has_value()) << language;
    EXPECT_THAT(mail->subject, HasSubstr("News by e-mail"));
    EXPECT_EQ(count_of(mail->text, page.link), 1U) << "one link";
    EXPECT_EQ(count_of(mail->html, "http"), 1U) << "one link, and nothing is fetched";
    EXPECT_THAT(mail->html, HasSubstr("opt-in/abc?lang=en&amp;x=1\""));
    for (const char* word : {"<img", "<script", "<link", "<style", "url(", "src="})
      EXPECT_THAT(mail->html, Not(HasSubstr(word)));
    for (const char* both : {"shop.example", "Example", "We write when there is something new."}) {
      EXPECT_THAT(mail->text, HasSubstr(both));
      EXPECT_THAT(mail->html, HasSubstr(both));
    }
    EXPECT_THAT(mail->text, HasSubstr(Texts::in(language).date(page.ends_at)));
  }
}

TEST(OptInPages, LetNothingThatPeopleSayIntoTheMail) {
  Frame hostile = frame_in("en");
  hostile.controller = hostile.contact = kHostile;
  const auto mail = mail_opt_in(hostile, opt_in_page(kHostile));
  ASSERT_TRUE(mail.has_value());
  EXPECT_THAT(mail->html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(mail->html, Not(HasSubstr("<img src=x")));
}

TEST(OptInPages, SayWhenAYesDoesNotCountYet) {
  const OptInDonePage page{"News", "a•••@b.example", false, "", ""};
  const auto html = render_opt_in_done(frame_in("en"), page).value_or("");
  EXPECT_THAT(html, HasSubstr("Your yes is recorded"));
  EXPECT_THAT(html, Not(HasSubstr("name=\"statement\""))) << "no receipt to give";
}

}  // namespace
}  // namespace cdp::consent::preference_centre
