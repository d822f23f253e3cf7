// Reads consent.table: a text that people who do not program read and extend. Strict: a word that
// the table's own legend does not know is a mistake with its line, never skipped.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cdp/core/base/time.h"
#include "consent/effective.h"
#include "identity/persona.h"
#include "tests/scenarios/signal_rows.h"

namespace cdp::testing {

struct ConsentScenario {
  struct Said {
    std::string who;
    event::Statement statement;
  };
  std::string title;
  int line = 0;
  std::vector<Said> said;
  // The question; texts that the question's views point into live here.
  std::string purpose;
  std::string who;
  std::string vendor = "mail";
  std::string category;
  std::optional<Token> address;
  std::vector<std::string> places;
  std::set<std::string> only;
  bool sensitive = false;
  std::optional<consent::BirthDate> born;
  Time now;
  std::string answer;  // "yes granted"
};

class ConsentTable {
 public:
  static ConsentTable read(const std::string& text) {
    ConsentTable table;
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
      ++table.line_;
      if (line.empty() || line.starts_with("#") || line.starts_with("==")) continue;
      if (line.starts_with("  ")) {
        table.read_line(line.substr(2));
      } else {
        ConsentScenario& scenario = table.scenarios_.emplace_back();
        scenario.title = line;
        scenario.line = table.line_;
      }
    }
    for (const auto& s : table.scenarios_) {
      if (s.answer.empty()) table.wrong("\"" + s.title + "\" has no answer");
    }
    return table;
  }

  const std::vector<ConsentScenario>& scenarios() const { return scenarios_; }
  const std::vector<std::string>& mistakes() const { return mistakes_; }

  static const std::map<std::string, std::string>& purposes() {
    static const std::map<std::string, std::string> names = {
        {"email", "marketing.communications.email"},
        {"sms", "marketing.communications.sms"},
        {"partner", "marketing.communications.partner"},
        {"news", "marketing.communications.news"},
        {"club", "marketing.communications.club"},
        {"insights", "analytics.insights"},
        {"loyalty", "essential.service.loyalty"},
        {"circular", "marketing.advertising.first_party"},
        {"cities", "user.contact.address.city"},
        {"similar", "marketing.communications.similar"},
        {"analytics", "analytics.reporting"},
        {"personalise", "personalize.content"},
        {"ads", "marketing.advertising.third_party"},
        {"storage", "functional.storage"},
        {"orders", "essential.service.orders"},
        {"tax", "essential.legal_obligation"},
        {"fraud", "essential.fraud_detection"},
        {"marketing", "marketing"},
        {"everything", "*"},
        {"gpc", "gpc"},
        {"names", "user.name"},
        {"nonsense", "nonsense"}};
    return names;
  }

 private:
  void wrong(const std::string& what) {
    mistakes_.push_back("line " + std::to_string(line_) + ": " + what);
  }

  std::string next(std::istringstream* in) {
    std::string word;
    if (!(*in >> word)) wrong("the line ends too early");
    if (word.ends_with(",")) word.pop_back();
    return word;
  }

  Time date(const std::string& text) {
    const auto time = from_rfc3339(text + "T12:00:00Z");
    if (!time) wrong("\"" + text + "\" is no date");
    return time.value_or(Time{});
  }

  Token address(const std::string& name) {
    static const std::map<std::string, std::uint8_t> known = {{"a@", 1}, {"b@", 2}, {"+1", 3}};
    const auto it = known.find(name);
    if (it == known.end()) wrong("\"" + name + "\" is no address of the table");
    return Token{it == known.end() ? std::uint8_t{9} : it->second};
  }

  std::string person(const std::string& name) {
    static const std::set<std::string> known = {"shop",   "crm",      "newsletter", "browser",
                                                "device", "stranger", "ours"};
    if (!known.contains(name)) wrong("\"" + name + "\" is nobody of the table");
    return name;
  }

  std::string purpose(const std::string& name) {
    const auto it = purposes().find(name);
    if (it == purposes().end()) wrong("\"" + name + "\" is no purpose of the table");
    return it == purposes().end() ? name : it->second;
  }

  void read_line(const std::string& line) {
    if (scenarios_.empty()) return wrong("a row starts with a title");
    if (line.starts_with("yes ") || line.starts_with("no ")) {
      if (!scenarios_.back().answer.empty()) wrong("a second answer");
      scenarios_.back().answer = line;
    } else if (line.starts_with("ask ")) {
      read_question(line.substr(4));
    } else {
      read_statement(line);
    }
  }

  void read_statement(const std::string& line) {
    std::istringstream in(line);
    event::Statement s;
    s.occurred_at = date(next(&in));
    s.received_at = s.occurred_at;
    const std::string who = person(next(&in));
    const std::string verb = next(&in);
    if (verb == "sends") return read_signal(who, s.occurred_at, &in);
    const auto choice = event::choice_from(verb);
    if (!choice) return wrong("a choice is granted, denied, withdrawn, objected or restricted");
    s.choice = *choice;
    s.purpose = purpose(next(&in));
    s.grade = event::Grade::recorded;
    s.method = "form";
    s.notice_version = "2";
    s.source = who;
    s.anonymous = who == "device";
    s.position = Position(scenarios_.back().said.size() + 1);
    std::string word;
    while (in >> word) read_modifier(word, &in, &s);
    scenarios_.back().said.push_back({who, s});
  }

  static consent::StatementContext context_of(const std::string& who, Time received_at) {
    // What the signals speak of; nothing else of a policy matters to them.
    static const consent::Policy policy = [] {
      consent::Policy known;
      for (const auto& [name, key] : purposes()) {
        if (name != "nonsense" && name != "names") known.purposes[key].key = key;
      }
      known.attributes["first_name"].category = "user.name";
      for (const char* vendor : {"mail", "ads"}) known.destinations[vendor].name = vendor;
      return known;
    }();
    consent::StatementContext context;
    context.policy = &policy;
    context.source = who;
    context.anonymous = who == "device";
    const bool by_anybody = who == "browser" || who == "device";
    context.grade_max =
        consent::grade_max_of(by_anybody ? event::Trust::public_key : event::Trust::server);
    context.received_at = received_at;
    return context;
  }

  // A signal, as it is bound and kept: a state that only repeats itself adds nothing.
  void read_signal(const std::string& who, Time sent_at, std::istringstream* in) {
    std::string words;
    std::getline(*in, words);
    const auto row = SignalRow::read(words, sent_at);
    if (!row.mistake().empty()) return wrong(row.mistake());
    std::istringstream rest(row.rest());
    Time received = sent_at;
    std::string word;
    while (rest >> word) {
      if (word != "received") return wrong("\"" + word + "\" is no word of the table");
      received = date(next(&rest));
    }
    auto& said = scenarios_.back().said;
    event::Fact fact;
    for (const auto& draft : row.drafts()) {
      const auto bound = consent::bind_statement(draft, context_of(who, received), std::nullopt);
      const auto* statement = std::get_if<event::Statement>(&bound);
      if (statement == nullptr) return wrong("the signal speaks of what is no purpose");
      fact.statements.push_back(*statement);
    }
    const Position position(said.size() + 1);
    auto& record = records_[{scenarios_.size(), who}];
    record.apply(fact, position);
    for (const auto& kept : record.statements) {
      if (kept.position == position) said.push_back({who, kept});
    }
  }

  void read_modifier(const std::string& word, std::istringstream* in, event::Statement* s) {
    if (word == "for") {
      s->contact_point = address(next(in));
    } else if (word == "undated") {
      s->occurred_at = {};
    } else if (word == "received") {
      s->received_at = date(next(in));
    } else if (word == "notice") {
      s->notice_version = next(in);
      if (s->notice_version == "none") s->notice_version.clear();
    } else if (word == "vendor") {
      s->vendor = next(in);
    } else if (word == "channel") {
      s->channel = next(in);
    } else if (word == "by") {
      s->method = next(in);
    } else if (word == "basis") {
      const auto basis = event::basis_from(next(in));
      if (!basis) return wrong("no such basis");
      s->basis = *basis;
    } else if (word == "as") {
      if (next(in) != "parent") return wrong("after \"as\" comes \"parent\"");
      s->actor = event::Actor::parent;
    } else if (const auto grade =
                   event::grade_from(word == "double-opt-in" ? "double_opt_in" : word)) {
      s->grade = *grade;
    } else {
      wrong("\"" + word + "\" is no word of the table");
    }
  }

  void read_question(const std::string& line) {
    ConsentScenario& scenario = scenarios_.back();
    if (!scenario.who.empty()) wrong("a second question");
    std::istringstream in(line);
    scenario.purpose = purpose(next(&in));
    scenario.now = date("2026-11-22");
    std::string word;
    while (in >> word) read_condition(word, &in, &scenario);
    if (scenario.who.empty()) wrong("say: with data of WHO");
  }

  void read_condition(const std::string& word, std::istringstream* in, ConsentScenario* scenario) {
    const auto expect = [&](const std::string& wanted) {
      if (next(in) != wanted) wrong("after \"" + word + "\" comes \"" + wanted + "\"");
    };
    if (word == "to") {
      scenario->address = address(next(in));
    } else if (word == "with") {
      expect("data");
      expect("of");
      scenario->who = person(next(in));
    } else if (word == "sent") {
      expect("to");
      scenario->vendor = next(in);
    } else if (word == "on") {
      scenario->now = date(next(in));
    } else if (word == "born") {
      scenario->born = consent::BirthDate::parse(next(in), scenario->now);
      if (!scenario->born) wrong("after \"born\" comes a date");
    } else if (word == "sensitive") {
      scenario->sensitive = true;
    } else if (word == "category") {
      scenario->category = purpose(next(in));
    } else if (word == "living") {
      expect("in");
      scenario->places = list(in);
    } else if (word == "only") {
      for (const std::string& name : list(in)) scenario->only.insert(person(name));
    } else {
      wrong("\"" + word + "\" is no word of the table");
    }
  }

  // "one, two": a comma says that more follows.
  static std::vector<std::string> list(std::istringstream* in) {
    std::vector<std::string> out;
    std::string word;
    bool more = true;
    while (more && *in >> word) {
      more = word.ends_with(",");
      if (more) word.pop_back();
      out.push_back(word);
    }
    return out;
  }

  int line_ = 0;
  std::map<std::pair<std::size_t, std::string>, identity::PersonaDocument> records_;
  std::vector<ConsentScenario> scenarios_;
  std::vector<std::string> mistakes_;
};

}  // namespace cdp::testing
