// docs/architecture/layers.txt, kept true: who may include whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/laws/source_tree.h"

namespace cdp::laws {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Layers {
  std::map<std::string, std::vector<std::string>> may_include;     // by folder
  std::map<std::string, std::vector<std::string>> only_these_may;  // by header
};

Layers parse_layers(const std::string& text) {
  Layers layers;
  for (auto line : lines_of(text)) {
    line = line.substr(0, line.find('#'));
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream words(line.substr(colon + 1));
    std::vector<std::string> entries;
    for (std::string word; words >> word;) entries.push_back(word);
    auto subject = line.substr(0, colon);
    if (subject.starts_with("only ")) {
      layers.only_these_may[subject.substr(5)] = entries;
    } else {
      layers.may_include[subject] = entries;
    }
  }
  return layers;
}

// The room that rules `path`: the longest folder with a line; empty when there is none.
std::string room_of(const Layers& layers, const std::string& path) {
  std::string best;
  for (const auto& [folder, entries] : layers.may_include) {
    if (starts_with_folder(path, folder) && folder.size() > best.size()) best = folder;
  }
  return best;
}

// "folder", "folder/*" (directly in it) or a single header.
bool covers(const std::string& entry, const std::string& path) {
  if (!entry.ends_with("/*")) return starts_with_folder(path, entry);
  return path.substr(0, path.rfind('/')) + "/*" == entry;
}

bool any_folder(const std::vector<std::string>& folders, const std::string& path) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const std::string& folder) { return covers(folder, path); });
}

std::vector<std::string> check_includes(const SourceFile& file, const Layers& layers) {
  std::vector<std::string> wrong;
  const auto room = room_of(layers, file.path);
  if (room.empty()) wrong.push_back(file.path + ": no line of layers.txt rules this folder");
  for (const auto& include : includes_of(file)) {
    if (!include.quoted || room.empty()) continue;
    const auto where =
        file.path + ":" + std::to_string(include.line) + " includes " + include.header;
    const auto target = room_of(layers, include.header);
    if (target.empty()) {
      wrong.push_back(where + ", which is not in a room (includes are written from the repo root)");
    } else if (target != room && !any_folder(layers.may_include.at(room), include.header)) {
      wrong.push_back(where + ", which " + room + " may not");
    }
    const auto closed = layers.only_these_may.find(include.header);
    if (closed != layers.only_these_may.end() && !any_folder(closed->second, file.path)) {
      wrong.push_back(where + ", which only its listed readers may");
    }
  }
  return wrong;
}

// The place of a folder on the one straight line.
int rank_of(const std::string& path) {
  const std::vector<std::string> line = {"cdp/core",   "identity",   "consent",
                                         "connectors", "compliance", "cdp/app"};
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (starts_with_folder(path, line[i])) return static_cast<int>(i);
  }
  return -1;
}

std::vector<std::string> check_straight_line(const Layers& layers) {
  std::vector<std::string> wrong;
  for (const auto& [folder, entries] : layers.may_include) {
    for (const auto& entry : entries) {
      if (rank_of(folder) < 0 || rank_of(entry) < 0 || rank_of(entry) > rank_of(folder)) {
        wrong.push_back(folder + " -> " + entry);
      }
    }
  }
  return wrong;
}

Layers real_layers() { return parse_layers(read_file("docs/architecture/layers.txt")); }

TEST(Layers, EveryIncludePointsToTheLeft) {
  const auto layers = real_layers();
  std::vector<std::string> wrong;
  for (const auto& file : read_tree(kProduct)) {
    for (auto& line : check_includes(file, layers)) wrong.push_back(std::move(line));
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Layers, TheFileItselfIsOneStraightLine) {
  EXPECT_THAT(check_straight_line(real_layers()), IsEmpty());
  EXPECT_THAT(check_straight_line(parse_layers("consent: compliance\n")), SizeIs(1));
  EXPECT_THAT(check_straight_line(parse_layers("identity: tests/support\n")), SizeIs(1));
}

// The order inside the ground floor is a law of its own: base -> crypto -> event -> store -> audit.
TEST(Layers, TheGroundFloorKeepsItsOrder) {
  const auto layers = real_layers();
  const std::vector<std::string> order = {"cdp/core/base", "cdp/core/crypto", "cdp/core/event",
                                          "cdp/core/store", "cdp/core/audit"};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const auto file = scan(order[i] + "/a.h", "#include \"" + order[j] + "/b.h\"\n");
      EXPECT_THAT(check_includes(file, layers), SizeIs(1)) << order[i] << " -> " << order[j];
    }
  }
}

TEST(Layers, WrongIncludesAreSeen) {
  const auto layers = real_layers();
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"connectors/shopify/a.cc", "identity/profile.h"},
      {"connectors/shopify/a.cc", "connectors/mailchimp/b.h"},
      {"connectors/signed_webhook/a.cc", "consent/gate.h"},
      {"identity/a.cc", "consent/policy.h"},
      {"cdp/core/base/a.h", "cdp/core/crypto/seal.h"},
      {"cdp/core/http/a.h", "cdp/core/event/json.h"},
      {"cdp/app/server/a.cc", "identity/identifier.h"},
      {"cdp/app/ingest/a.cc", "cdp/app/server/listener.h"},
      {"consent/a.cc", "tests/support/pii_for_tests.h"},
      {"consent/a.cc", "gate.h"},
  };
  for (const auto& [path, header] : wrong) {
    const auto file = scan(path, "#include \"" + header + "\"\n");
    EXPECT_FALSE(check_includes(file, layers).empty()) << path << " -> " << header;
  }
  const auto fine = scan("consent/a.cc", "#include \"identity/persona.h\"\n#include <vector>\n");
  EXPECT_THAT(check_includes(fine, layers), IsEmpty());
}

TEST(Layers, AProfileIsReadOnlyByItsListedReaders) {
  const auto layers = real_layers();
  ASSERT_TRUE(layers.only_these_may.contains("identity/profile.h"));
  const auto server = scan("cdp/app/cli/a.cc", "#include \"identity/profile.h\"\n");
  const auto wrong = check_includes(server, layers);
  ASSERT_THAT(wrong, SizeIs(1));
  EXPECT_THAT(wrong.front(), HasSubstr("listed readers"));
}

// Heavy headers cost seconds in every file that sees them: they stay behind small interfaces.
std::vector<std::string> heavy_includes(const SourceFile& file) {
  std::vector<std::string> wrong;
  if (!file.path.ends_with(".h")) return wrong;
  for (const auto& include : includes_of(file)) {
    for (const std::string_view heavy :
         {"boost/", "nlohmann/json.hpp", "phonenumbers/", "simdjson.h", "unicode/", "spdlog/",
          "sqlcipher/", "sqlite3.h", "curl/", "openssl/", "toml++/", "CLI/", "mustache"}) {
      if (include.header.starts_with(heavy)) wrong.push_back(file.path + ": " + include.header);
    }
  }
  return wrong;
}

TEST(Layers, HeavyHeadersStayOutOfHeaders) {
  std::vector<std::string> wrong;
  for (const auto& file : read_tree(kProduct)) {
    for (auto& line : heavy_includes(file)) wrong.push_back(std::move(line));
  }
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_THAT(heavy_includes(scan("a.h", "#include <boost/beast.hpp>\n")), SizeIs(1));
}

}  // namespace
}  // namespace cdp::laws
