// Notices: which text is shown to whom, what its hash is, and which grants a change makes stale.
#include "consent/notice.h"

#include "cdp/core/base/bytes.h"
#include "consent/policy.h"
#include "tests/support/household.h"

namespace cdp::consent {
namespace {

NoticeText text(const std::string& version, const std::string& purpose, const std::string& language,
                const std::string& jurisdiction = {}) {
  NoticeText out;
  out.version = version;
  out.purpose = purpose;
  out.language = language;
  out.jurisdiction = jurisdiction;
  out.title = "News " + language + jurisdiction;
  return out;
}

class Notices : public ::testing::Test {
 protected:
  Notices() {
    policy_.purposes["news"] = testing::make_purpose("news");
    policy_.purposes["club"] = testing::make_purpose("club");
    for (auto& [key, purpose] : policy_.purposes) purpose.notice_version = "2026-11";
    for (const char* version : {"2025-01", "2026-01", "2026-11", "2027-01"}) {
      Notice& notice = policy_.notices[version];
      notice.version = version;
      for (const char* language : {"de", "en"})
        notice.texts.push_back(text(version, "news", language));
    }
    policy_.notices["2026-11"].texts.push_back(text("2026-11", "news", "en", "US"));
    policy_.notices["2026-11"].texts.push_back(text("2026-11", "news", "en", "US-CA"));
  }

  std::string shown(std::vector<std::string> languages, std::vector<std::string> places = {}) {
    const auto* found = notice_text(policy_, "news", languages, places);
    return found == nullptr ? "nothing" : found->title;
  }
  std::vector<std::string> holding(const std::string& purpose) {
    settle_notices(&policy_);
    return policy_.purposes.at(purpose).notices_that_hold;
  }

  Policy policy_;
};

TEST_F(Notices, AreShownInTheFirstLanguageThatThereIs) {
  EXPECT_EQ(shown({"de-AT"}), "News de");
  EXPECT_EQ(shown({"fr", "de"}), "News de");
  EXPECT_EQ(shown({"fr"}), "News en");
  EXPECT_EQ(shown({}), "News en");
}

TEST_F(Notices, AreShownAsThePlaceOfThePersonHasThem) {
  EXPECT_EQ(shown({"en"}, {"DE"}), "News en");
  EXPECT_EQ(shown({"en"}, {"US-TX"}), "News enUS");
  EXPECT_EQ(shown({"en"}, {"US-CA", "DE"}), "News enUS-CA");
}

TEST_F(Notices, APurposeWithoutATextIsShownAsNone) {
  EXPECT_EQ(notice_text(policy_, "club", {}), nullptr);
  EXPECT_EQ(notice_text(policy_, "nonsense", {}), nullptr);
  EXPECT_EQ(notice_text(policy_, "news", {}, {}, "1999-01"), nullptr);
}

// SHA-256 of the RFC 8785 form, computed by another program (printf | sha256sum).
TEST_F(Notices, AHashIsOfTheTextAndNothingElse) {
  NoticeText one = text("2026-11", "news", "en");
  one.collected = "Your \"size\"\n";
  EXPECT_EQ(canonical_text(one),
            R"({"collected":"Your \"size\"\n","in_return":"","jurisdiction":"","language":"en",)"
            R"("purpose":"news","recipients":"","title":"News en","version":"2026-11","why":""})");
  EXPECT_EQ(to_hex(hash_of(one)),
            "a90c42e0b74f7c4ce15e290c8c78cd2371af62277c417fd1c56d55ea53f389f6");
  NoticeText other = one;
  other.why = "x";
  EXPECT_NE(hash_of(one), hash_of(other));
}

TEST_F(Notices, ATextIsFoundAgainByItsHash) {
  settle_notices(&policy_);
  const auto& known = policy_.notices.at("2026-01").texts.front();
  ASSERT_NE(notice_by_hash(policy_, known.hash), nullptr);
  EXPECT_EQ(notice_by_hash(policy_, known.hash)->version, "2026-01");
  EXPECT_EQ(notice_by_hash(policy_, crypto::Digest{1}), nullptr);
}

TEST_F(Notices, WithoutAChangeThatMattersNothingIsStale) {
  settle_notices(&policy_);
  EXPECT_FALSE(policy_.purposes.at("news").notice_bound);
}

TEST_F(Notices, AChangeMakesStaleWhatCameBeforeIt) {
  policy_.notices["2026-01"].material = {"news"};
  EXPECT_EQ(holding("news"), (std::vector<std::string>{"2026-01"}));
  EXPECT_TRUE(policy_.purposes.at("news").notice_bound);
  EXPECT_FALSE(policy_.purposes.at("club").notice_bound);  // and nothing else
}

TEST_F(Notices, AChangeToComeMakesNothingStaleYet) {
  policy_.notices["2027-01"].material = {"news"};
  settle_notices(&policy_);
  EXPECT_FALSE(policy_.purposes.at("news").notice_bound);
}

TEST_F(Notices, APurposeAddedLaterIsCoveredByNoEarlierNotice) {
  policy_.notices["2026-01"].texts.push_back(text("2026-01", "club", "en"));
  EXPECT_EQ(holding("club"), (std::vector<std::string>{"2026-01"}));
}

TEST_F(Notices, ALanguageIsOfferedWhenEveryPurposeThatAsksHasIt) {
  EXPECT_TRUE(notice_languages(policy_).empty());  // the club is told of in none
  policy_.notices["2026-11"].texts.push_back(text("2026-11", "club", "de"));
  EXPECT_EQ(notice_languages(policy_), (std::vector<std::string>{"de"}));
}

}  // namespace
}  // namespace cdp::consent
