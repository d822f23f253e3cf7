#include "cdp/app/config/config.h"

#include <openssl/evp.h>

#include <algorithm>

#include "cdp/app/config/checks.h"
#include "cdp/app/config/identity.h"
#include "cdp/app/config/policy_packs.h"
#include "cdp/app/config/reader.h"
#include "cdp/app/config/sections.h"

namespace cdp::app {

namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

std::string sha256_hex(std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    return {};
  }
  return to_hex(digest);
}

// Reads the pack that the file names, if any, onto the policy.
void read_pack(const ConfigNode& root, consent::Policy* policy, std::vector<Problem>* problems) {
  const ConfigNode* named = root.find("pack");
  if (named == nullptr || named->kind != ConfigNode::Kind::text) return;
  const std::string_view text = policy_pack(named->text);
  if (text.empty()) {
    problems->push_back({named->line, named->column, "no pack of that name and version is built in",
                         "known: " + listed(policy_pack_names())});
    return;
  }
  auto tree = parse_config_tree(text);
  if (auto* pack = std::get_if<ConfigNode>(&tree)) {
    std::vector<Problem> in_pack;
    read_sections(*pack, true, policy, &in_pack);
    if (in_pack.empty()) return;
  }
  problems->push_back({named->line, named->column, "the pack is broken", "report this as a bug"});
}

}  // namespace

ParsedPolicy parse_policy(std::string_view text) {
  ParsedPolicy parsed;
  if (text.size() > kFileBytesMax) {
    parsed.problems.push_back({0, 0, "the file is larger than 1 MiB", "it is not a cdp.toml"});
    return parsed;
  }
  auto tree = parse_config_tree(text);
  if (auto* problem = std::get_if<Problem>(&tree)) {
    parsed.problems.push_back(std::move(*problem));
    return parsed;
  }
  const auto& root = std::get<ConfigNode>(tree);
  parsed.policy.version = sha256_hex(text);
  read_pack(root, &parsed.policy, &parsed.problems);
  // A name that leads nowhere is no news when the pack that has it could not be read.
  const bool pack_read = parsed.problems.empty();
  read_sections(root, false, &parsed.policy, &parsed.problems);
  if (pack_read) check_names(root, parsed.policy, &parsed.problems);
  check_law(root, parsed.policy, &parsed.problems);
  parsed.doubts = doubts_of(root, parsed.policy);
  if (pack_read) check_matching(root, parsed.policy, &parsed.problems);
  consent::settle_notices(&parsed.policy);
  std::stable_sort(parsed.problems.begin(), parsed.problems.end(),
                   [](const Problem& a, const Problem& b) {
                     return a.line != b.line ? a.line < b.line : a.column < b.column;
                   });
  return parsed;
}

std::string describe(const std::vector<Problem>& problems, std::string_view file) {
  std::string out;
  for (const Problem& problem : problems) {
    if (!out.empty()) out += '\n';
    out += file;
    if (problem.line > 0) {
      out += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
    }
    out += ": " + problem.what;
    if (!problem.hint.empty()) out += "\n  hint: " + problem.hint;
  }
  return out;
}

Result<consent::Policy> load_policy(std::string_view text, std::string_view file) {
  auto parsed = parse_policy(text);
  if (parsed.problems.empty()) return std::move(parsed.policy);
  return fail(ErrorCode::invalid_argument, describe(parsed.problems, file),
              "mend the file and start again; nothing was changed");
}

}  // namespace cdp::app
