// cdp.toml: read, checked, and turned into a consent::Policy; and the few edits that the command
// line makes to it (DESIGN §10). TOML 1.0 by toml++.
//
//   CDP_TRY(const auto policy, load_policy(text, "cdp.toml"));
//
// Unknown keys, names that lead nowhere and policies that the law forbids are refused, all of them
// at once, each with line, column and a hint. The version of a policy is the SHA-256 of the file's
// bytes (a pack's content is fixed by its name).
//
// Thread-safety: pure. Errors: invalid_argument, with one "file:line:column: what (hint)" a line.
// Error texts repeat keys and configured names, never another value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cdp/app/config/tree.h"
#include "cdp/core/base/result.h"
#include "consent/policy.h"

namespace cdp::app {

struct ParsedPolicy {
  consent::Policy policy;         // to be used only when there are no problems
  std::vector<Problem> problems;  // in the order of the file
  std::vector<Problem> doubts;    // what loads all the same, and should be looked at (checks.h)
};
ParsedPolicy parse_policy(std::string_view text);

Result<consent::Policy> load_policy(std::string_view text, std::string_view file);

// One line a problem: "cdp.toml:12:3: the source has no kind" and "  hint: ..." below it.
std::string describe(const std::vector<Problem>& problems, std::string_view file);

// The file with one more source or destination at its end, in the file's own format; everything
// before it is untouched. Checked as a whole. Errors: conflict when the name is taken;
// invalid_argument when the result would not load.
Result<std::string> with_source(std::string_view text, const consent::SourceConfig& source);
Result<std::string> with_destination(std::string_view text,
                                     const consent::DestinationConfig& destination);

// What `cdp init` writes: a commented file that loads as it stands.
struct NewConfig {
  std::string pack = "shop-eu@1";
  std::string controller_name = "Example";
  std::string controller_country = "DE";
  std::string controller_contact = "privacy@shop.example";
};
std::string config_template(const NewConfig& config);

}  // namespace cdp::app
