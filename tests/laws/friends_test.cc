// The passports and the access to personal data have the friends listed here, and no other
// (invariants 1 and 4). Adding one is a change of the law, made here, in the open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/laws/source_tree.h"

namespace cdp::laws {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Guarded {
  std::string type;
  std::string header;
  std::vector<std::string> friends;
};

const std::vector<Guarded>& guarded() {
  static const std::vector<Guarded> all = {
      {"ConsentedView", "consent/consented_view.h", {"Gate"}},
      {"ChoiceOrder", "consent/choice_order.h", {"Gate"}},
      {"ErasureOrder", "connectors/erasure_order.h", {"compliance::Eraser"}},
      {"SubjectMessage", "consent/subject_message.h", {"MessageDesk"}},
      {"OutboundRequest", "connectors/transport/outbound_request.h", {}},
      {"OutboundLetter", "connectors/transport/smtp_relay.h", {}},
      {"PiiAccess",
       "cdp/core/base/pii.h",
       {"event::FactCodec", "identity::Normaliser", "identity::ProfileReader", "consent::Gate",
        "consent::ContactPointReader", "consent::PreferenceReader", "compliance::Eraser",
        "app::FactBuilder", "app::OfficerView", "testing::PiiForTests"}},
      {"Pii", "cdp/core/base/pii.h", {}},
  };
  return all;
}

// The body of `class NAME ... {}` (the definition, not a declaration), or nothing.
std::string class_body(const SourceFile& file, const std::string& name) {
  for (const auto at : find_word(file.bare, name)) {
    const auto before = file.bare.substr(at < 7 ? 0 : at - 7, at < 7 ? at : 7);
    if (!before.ends_with("class ") && !before.ends_with("struct ")) continue;
    const auto open = file.bare.find_first_of("{;", at);
    if (open == std::string::npos || file.bare[open] == ';') continue;
    int depth = 0;
    for (auto i = open; i < file.bare.size(); ++i) {
      if (file.bare[i] == '{') ++depth;
      if (file.bare[i] == '}' && --depth == 0) return file.bare.substr(open, i - open + 1);
    }
  }
  return {};
}

// Everything a class calls a friend, as written, without the words class and struct.
std::vector<std::string> friends_in(const std::string& body) {
  std::vector<std::string> friends;
  for (const auto at : find_word(body, "friend")) {
    auto text = body.substr(at + 7, body.find(';', at) - at - 7);
    for (const std::string word : {"class ", "struct "}) {
      if (text.starts_with(word)) text = text.substr(word.size());
    }
    friends.push_back(text);
  }
  return friends;
}

TEST(Friends, AreExactlyTheListedOnes) {
  for (const auto& law : guarded()) {
    const auto body = class_body(scan(law.header, read_file(law.header)), law.type);
    ASSERT_FALSE(body.empty()) << law.type << " is not defined in " << law.header;
    EXPECT_THAT(friends_in(body), ElementsAreArray(law.friends)) << law.type;
  }
}

TEST(Friends, OneMoreIsSeen) {
  const auto file = scan("a.h",
                         "class Gate;\nclass View;\nclass View {\n friend class Gate;\n"
                         " friend struct app::Thief;\n friend bool operator==(int, int);\n};\n");
  EXPECT_THAT(friends_in(class_body(file, "View")),
              ElementsAre("Gate", "app::Thief", "bool operator==(int, int)"));
}

// Friendship goes by name: a second class of a friend's name would inherit its rights.
TEST(Friends, EachIsDefinedOnceAndInItsOwnRoom) {
  const std::vector<std::pair<std::string, std::string>> homes = {
      {"FactCodec", "cdp/core/event"},   {"Normaliser", "identity"},
      {"ProfileReader", "identity"},     {"Gate", "consent"},
      {"ContactPointReader", "consent"}, {"PreferenceReader", "consent"},
      {"Eraser", "compliance"},          {"FactBuilder", "cdp/app"},
      {"OfficerView", "cdp/app"},        {"PiiForTests", "tests/support"},
  };
  const auto tree = read_tree(kProductAndTests);
  for (const auto& [name, home] : homes) {
    std::vector<std::string> places;
    for (const auto& file : tree) {
      if (starts_with_folder(file.path, "tests/laws") || class_body(file, name).empty()) continue;
      places.push_back(file.path);
      EXPECT_TRUE(starts_with_folder(file.path, home)) << name << " is defined in " << file.path;
    }
    EXPECT_LE(places.size(), 1U) << ::testing::PrintToString(places);
  }
}

// A passport type may not be a base, and its minting must not be handed on through a helper that
// takes no passport: the only OutboundRequest constructors are the three that consume one.
TEST(Friends, NobodyDerivesFromAPassport) {
  std::vector<std::string> wrong;
  for (const auto& file : read_tree(kProductAndTests)) {
    for (const auto& law : guarded()) {
      for (const std::string access : {"public ", "protected ", "private "}) {
        for (const std::string scope : {"", "consent::", "connectors::", "transport::"}) {
          if (!find_word(file.bare, access + scope + law.type).empty()) wrong.push_back(file.path);
        }
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_THAT(find_word("class X : public ConsentedView {", "public ConsentedView"), SizeIs(1));
}

}  // namespace
}  // namespace cdp::laws
