// Signals in consent.table: "sends tcf 1, 3, 4" becomes the string that a consent platform would
// write, is read by the decoders of consent/signals, and bound as a statement like any other. The
// words are told in the table's legend.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "consent/signals/signal_reading.h"
#include "consent/statements.h"

namespace cdp::testing {

// The bits of a consent string, most significant first, six to a letter.
class ConsentStringWriter {
 public:
  ConsentStringWriter& number(std::uint64_t value, unsigned width) {
    for (unsigned bit = width; bit-- > 0;) bits_.push_back(((value >> bit) & 1U) != 0);
    return *this;
  }
  // One bit for each id from 1 to `count`.
  ConsentStringWriter& ids(const std::set<unsigned>& set, unsigned count) {
    for (unsigned id = 1; id <= count; ++id) bits_.push_back(set.contains(id));
    return *this;
  }
  ConsentStringWriter& letters(const char* two) {
    return number(static_cast<std::uint64_t>(two[0] - 'A'), 6)
        .number(static_cast<std::uint64_t>(two[1] - 'A'), 6);
  }
  // TCF and GPP fill up to whole bytes.
  std::string done() const {
    static constexpr char kAlphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    const std::size_t whole = (bits_.size() + 7) / 8 * 8;
    for (std::size_t at = 0; at < whole; at += 6) {
      unsigned letter = 0;
      for (std::size_t bit = at; bit < at + 6; ++bit) {
        letter = letter * 2 + (bit < bits_.size() && bits_[bit] ? 1U : 0U);
      }
      out.push_back(kAlphabet[letter]);
    }
    return out;
  }

 private:
  std::vector<bool> bits_;
};

// What the words after "sends" mean. A word that the legend does not know is named in `mistake()`.
class SignalRow {
 public:
  static SignalRow read(const std::string& text, Time sent_at) {
    SignalRow row;
    std::istringstream in(text);
    consent::signals::SignalReading reading(map(), sent_at);
    row.word(&in, &reading, sent_at);
    std::string rest;
    std::getline(in, rest);
    row.rest_ = rest;
    if (!reading.unreadable().empty()) row.wrong("the signal cannot be read");
    row.drafts_ = std::move(reading).statements(row.is_state_);
    return row;
  }

  const std::vector<event::StatementDraft>& drafts() const { return drafts_; }
  const std::string& rest() const { return rest_; }  // the words after the signal
  const std::string& mistake() const { return mistake_; }

  static const consent::signals::SignalMap& map() {
    static const consent::signals::SignalMap map = [] {
      consent::signals::SignalMap m;
      m.tcf = {{kAds, {1, 3, 4}}, {kStorage, {1}}, {kPersonalise, {5, 6}}, {kAnalytics, {8, 9}}};
      m.tcf_vendors = {{"ads", kVendor}};
      m.consent_mode = {{kAds, {"ad_storage", "ad_user_data"}},
                        {kAnalytics, {"analytics_storage"}}};
      m.groups = {{kAnalytics, {"C0002"}}, {kPersonalise, {"C0003"}}, {kAds, {"C0004"}}};
      m.us_sale = {"gpc"};
      m.us_targeted_advertising = {"marketing.advertising"};
      m.us_sensitive = {"user.name"};
      return m;
    }();
    return map;
  }

 private:
  static constexpr const char* kAds = "marketing.advertising.third_party";
  static constexpr const char* kStorage = "functional.storage";
  static constexpr const char* kPersonalise = "personalize.content";
  static constexpr const char* kAnalytics = "analytics.reporting";
  static constexpr unsigned kVendor = 755;

  void wrong(const std::string& what) {
    if (mistake_.empty()) mistake_ = what;
  }
  std::string next(std::istringstream* in) {
    std::string word;
    if (!(*in >> word)) wrong("the signal ends too early");
    return word;
  }
  // "A yes, B no": pairs; a comma says that more follows.
  std::map<std::string, std::string> pairs(std::istringstream* in) {
    std::map<std::string, std::string> out;
    bool more = true;
    while (more && mistake_.empty()) {
      const std::string name = next(in);
      std::string value = next(in);
      more = value.ends_with(",");
      if (more) value.pop_back();
      out[name] = value;
    }
    return out;
  }
  std::vector<std::string> list(std::istringstream* in) {
    std::vector<std::string> out;
    bool more = true;
    while (more && mistake_.empty()) {
      std::string word = next(in);
      more = word.ends_with(",");
      if (more) word.pop_back();
      out.push_back(word);
    }
    return out;
  }

  void word(std::istringstream* in, consent::signals::SignalReading* reading, Time sent_at) {
    const std::string kind = next(in);
    if (kind == "gpc") return reading->global_privacy_control();
    if (kind == "usp") return reading->us_privacy_string(next(in));
    if (kind == "us") return reading->gpp_string(us_string(pairs(in)));
    if (kind == "tcf") return reading->tc_string(tc_string(in, sent_at));
    if (kind == "consent-mode") return reading->consent_mode(pairs(in));
    if (kind == "groups") {
      std::string groups = ",";
      for (const auto& group : list(in)) groups += group + ",";
      return reading->active_groups(groups, {});
    }
    if (kind == "categories" || kind == "preferences") {
      is_state_ = kind == "categories";
      return categories(pairs(in), reading);
    }
    wrong("\"" + kind + "\" is no signal of the table");
  }

  void categories(const std::map<std::string, std::string>& said,
                  consent::signals::SignalReading* reading) {
    static const std::map<std::string, std::string> purposes = {
        {"Taste", kPersonalise}, {"Counting", kAnalytics}, {"Partners", kAds}};
    for (const auto& [category, answer] : said) {
      if (!purposes.contains(category)) return wrong("\"" + category + "\" is no category");
      if (answer != "yes" && answer != "no") return wrong("a category is yes or no");
      reading->say(purposes.at(category), answer == "yes", "segment_category_preferences");
    }
  }

  // IAB GPP, section usnat version 1.
  std::string us_string(const std::map<std::string, std::string>& fields) {
    const auto field = [&](const std::string& name) -> std::uint64_t {
      const auto it = fields.find(name);
      if (it == fields.end()) return 0;
      if (it->second != "0" && it->second != "1" && it->second != "2") wrong("0, 1 or 2");
      return static_cast<std::uint64_t>(it->second.front() - '0');
    };
    for (const auto& [name, value] : fields) {
      static const std::set<std::string> known = {"sale", "sharing", "advertising", "sensitive"};
      if (!known.contains(name)) wrong("\"" + name + "\" is no field of the United States");
    }
    ConsentStringWriter core;
    core.number(1, 6);
    for (int notice = 0; notice < 6; ++notice) core.number(1, 2);  // all notices were given
    core.number(field("sale"), 2).number(field("sharing"), 2).number(field("advertising"), 2);
    core.number(field("sensitive"), 2).number(0, 22);  // the first of twelve kinds
    core.number(0, 4).number(0, 2);                    // children; personal data
    core.number(1, 2).number(1, 2).number(2, 2);       // MSPA: covered, opt-out mode
    return "DBABLA~" + core.done();
  }

  // IAB TCF 2.2: the core segment. "none", or purposes; "vendors 755"; "written DATE".
  std::string tc_string(std::istringstream* in, Time sent_at) {
    std::set<unsigned> purposes;
    for (const auto& item : list(in)) {
      if (item == "none") continue;
      if (item.empty() || item.find_first_not_of("0123456789") != std::string::npos) {
        wrong("after \"tcf\" come the numbers of its purposes, or none");
        return {};
      }
      purposes.insert(static_cast<unsigned>(std::stoul(item)));
    }
    std::set<unsigned> vendors;
    Time written = sent_at;
    std::string more;
    auto mark = in->tellg();
    while (*in >> more && (more == "vendors" || more == "written")) {
      if (more == "vendors") {
        for (const auto& item : list(in)) vendors.insert(item == "ads" ? kVendor : 0);
      } else {
        const auto date = from_rfc3339(next(in) + "T00:00:00Z");
        if (!date) wrong("after \"written\" comes a date");
        written = date.value_or(sent_at);
      }
      mark = in->tellg();
    }
    in->clear();
    if (mark != std::istringstream::pos_type(-1)) in->seekg(mark);
    return core_segment(purposes, vendors, written);
  }

  static std::string core_segment(const std::set<unsigned>& purposes,
                                  const std::set<unsigned>& vendors, Time written) {
    const auto tenths = static_cast<std::uint64_t>(written.us / 100'000);
    ConsentStringWriter core;
    core.number(2, 6).number(tenths, 36).number(tenths, 36);  // version, created, updated
    core.number(10, 12).number(1, 12).number(1, 6).letters("EN").number(1, 12).number(4, 6);
    core.number(1, 1).number(0, 1).number(0, 12);  // service-specific, texts, features
    core.ids(purposes, 24).number(0, 24);          // consents, legitimate interests
    core.number(0, 1).letters("DE");               // purpose one, the publisher's country
    core.number(kVendor, 16).number(0, 1).ids(vendors, kVendor);
    core.number(0, 16).number(0, 1).number(0, 12);  // interests, restrictions
    return core.done();
  }

  bool is_state_ = true;
  std::vector<event::StatementDraft> drafts_;
  std::string rest_;
  std::string mistake_;
};

}  // namespace cdp::testing
