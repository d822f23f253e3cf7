// LikenessWorld: a platform that matches by likeness, and invented people in it, two or three
// records each, that share no identifier: record n is known as till_row "row-n". The fixture of
// tests about a whole run and about whoever comes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cdp/app/likeness/records.h"
#include "identity/match/synthetic_people.h"
#include "tests/support/platform_world.h"

namespace cdp::testing {

inline std::string with_matching(const std::string& lines) {
  return "[source.till]\nkind = \"segment\"\ntrust = \"server\"\n"
         "[purpose.\"identity.linking\"]\nbasis = \"legitimate_interest\"\n"
         "assessment = \"LIA-7\"\n"
         "[identity.matching]\nenabled = true\n" +
         lines +
         "fields = {first_name = \"given_name\", last_name = \"family_name\", birthday = "
         "\"date_of_birth\", postal_code = \"postcode\", street = \"street\", city = \"place\"}\n";
}

class LikenessWorld : public ::testing::Test {
 protected:
  using Attributes = std::vector<std::pair<std::string, std::string>>;

  explicit LikenessWorld(const std::string& lines = "review = 4\n")
      : world_(with_matching(lines)) {}

  static std::string attribute_of(std::string_view column) {
    if (column == "given_name" || column == "first_name") return "first_name";
    if (column == "family_name" || column == "last_name" || column == "surname") return "last_name";
    if (column == "date_of_birth" || column == "birthday") return "birthday";
    if (column == "postcode" || column == "postal_code") return "postal_code";
    if (column == "street" || column == "address1") return "street";
    if (column == "city" || column == "place") return "city";
    return "";
  }
  // Records of invented people, in `records_` and `truth_`.
  void imagine(std::size_t people) {
    identity::match::PeopleOptions options;
    options.people = people;
    options.records_max = 3;
    const auto columns = identity::match::synthetic_columns();
    for (const auto& record : identity::match::synthetic_people(options)) {
      Attributes attributes;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto attribute = attribute_of(columns[i]);
        if (attribute.empty() || record.values[i].empty()) continue;
        attributes.emplace_back(attribute, record.values[i]);
      }
      records_.push_back(std::move(attributes));
      truth_.push_back(record.person);
    }
  }
  event::Observation row(const std::string& name, const Attributes& attributes) {
    auto o = world_.observation(name, name + "-" + std::to_string(++messages_));
    PlatformWorld::identify(o, "till_row", name);
    for (const auto& [attribute, value] : attributes) PlatformWorld::attribute(o, attribute, value);
    return o;
  }
  static std::string name_of(std::size_t number) { return "row-" + std::to_string(number); }
  // And all of them sent, so that record n is persona n.
  void invent(std::size_t people) {
    imagine(people);
    std::vector<event::Observation> all;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      all.push_back(row(name_of(i + 1), records_[i]));
    }
    world_.send_all("till", std::move(all));
    world_.settle();
  }
  void send(const std::string& name, const Attributes& attributes) {
    world_.send("till", row(name, attributes));
    world_.settle();
  }
  void say(const std::string& name, const std::string& purpose, event::Choice choice) {
    auto o = row(name, {});
    event::StatementDraft said;
    said.purpose = purpose;
    said.choice = choice;
    o.statements.push_back(said);
    world_.send("till", std::move(o));
    world_.settle();
  }
  void refuse(const std::string& name) { say(name, app::kLinkingPurpose, event::Choice::objected); }
  std::string train() {
    const auto answer = world_.call("POST", "/admin/match/train", "{}");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  std::string run() {
    const auto answer = world_.call("POST", "/admin/match/run", "{}");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  static std::int64_t number(const std::string& body, const std::string& name) {
    const auto parsed = json::Document::parse(body);
    return parsed->root().get(name)->integer().value_or(-1);
  }
  std::size_t subjects() { return world_.platform().pipeline().live().sizes().subjects; }
  PersonaOrdinal ordinal(const std::string& name) {
    return world_.profile("till_row", name)->members.front().persona;
  }
  std::vector<app::LinkDecision> decisions() {
    std::vector<app::LinkDecision> out;
    for (const auto& join : world_.platform().pipeline().live().joins()) {
      const auto record = world_.platform().stores().ledger().get(join.record);
      out.push_back(app::LinkDecision::decode(record.value()->body).value());
    }
    return out;
  }
  // The records of each matched or proposed pair.
  std::vector<std::pair<PersonaOrdinal, PersonaOrdinal>> pairs() {
    std::vector<std::pair<PersonaOrdinal, PersonaOrdinal>> out;
    for (const auto& decision : decisions()) out.emplace_back(decision.first, decision.second);
    return out;
  }
  bool is_in_a_pair(PersonaOrdinal persona) {
    return std::ranges::any_of(
        pairs(), [&](const auto& pair) { return pair.first == persona || pair.second == persona; });
  }

  std::vector<Attributes> records_;  // by number, from row-1 on
  std::vector<std::uint64_t> truth_;
  std::size_t messages_ = 0;
  PlatformWorld world_;
};

}  // namespace cdp::testing
