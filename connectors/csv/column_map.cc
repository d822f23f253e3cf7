#include "connectors/csv/column_map.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace cdp::connectors::csv {
namespace {

using Kind = Target::Kind;

struct Word {
  std::string_view text;
  Kind kind;
  bool named;  // written "word:<name>"
};

constexpr std::array<Word, 11> kWords = {{{"id", Kind::id, false},
                                          {"email", Kind::contact, false},
                                          {"phone", Kind::contact, false},
                                          {"identifier", Kind::identifier, true},
                                          {"attribute", Kind::attribute, true},
                                          {"event", Kind::event, false},
                                          {"occurred_at", Kind::occurred_at, false},
                                          {"property", Kind::property, true},
                                          {"consent", Kind::consent, true},
                                          {"consent_date", Kind::consent_date, true},
                                          {"consent_method", Kind::consent_method, true}}};

tl::unexpected<Error> bad_column(const std::string& column, const std::string& what,
                                 std::string hint) {
  return fail(ErrorCode::invalid_argument, "column \"" + column + "\" " + what, std::move(hint));
}

// Identifier types are [a-z0-9_.]{1,64}.
bool is_type_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool contains(const std::vector<Target>& targets, Kind kind, const std::string& name) {
  return std::find(targets.begin(), targets.end(), Target{kind, name}) != targets.end();
}

Result<void> check_consent(const std::map<std::string, Target>& declared,
                           const std::vector<Target>& all) {
  for (const auto& [column, target] : declared) {
    if (target.kind != Kind::consent_date && target.kind != Kind::consent_method) continue;
    if (contains(all, Kind::consent, target.name)) continue;
    return bad_column(column, "dates or explains a consent that no column holds",
                      "declare a column as consent:" + target.name);
  }
  return {};
}

Result<void> check_whole(const consent::SourceConfig& config,
                         const std::map<std::string, Target>& declared) {
  std::vector<Target> all;
  for (const auto& [column, target] : declared) {
    if (target.kind == Kind::ignore) continue;
    if (std::find(all.begin(), all.end(), target) != all.end()) {
      return bad_column(column, "has the same target as another column",
                        "give each target one column");
    }
    all.push_back(target);
  }
  const bool person = std::any_of(all.begin(), all.end(), [](const Target& target) {
    return target.kind == Kind::id || target.kind == Kind::contact ||
           target.kind == Kind::identifier;
  });
  if (!person) {
    return fail(ErrorCode::invalid_argument,
                "no column of source " + config.name + " names the person",
                "declare a column as id, email, phone or identifier:<type>");
  }
  return check_consent(declared, all);
}

}  // namespace

Result<Target> parse_target(const std::string& column, std::string_view text) {
  if (text == "ignore") return Target{};
  const std::size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const std::string_view name =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  for (const auto& known : kWords) {
    if (known.text != word) continue;
    if (known.named != !name.empty() || (colon != std::string_view::npos && name.empty())) break;
    if (known.kind == Kind::contact) return Target{known.kind, std::string(word)};
    if (known.kind == Kind::identifier && !is_type_name(name)) {
      return bad_column(column, "names an identifier type that cannot be",
                        "types are 1 to 64 of a-z, 0-9, underscore and dot");
    }
    if ((name == "email" || name == "phone") && known.kind == Kind::identifier) {
      return Target{Kind::contact, std::string(name)};
    }
    return Target{known.kind, std::string(name)};
  }
  return bad_column(column, "has a target that is not known",
                    "targets are id, email, phone, identifier:<type>, attribute:<name>, event, "
                    "occurred_at, property:<name>, consent:<purpose>, consent_date:<purpose>, "
                    "consent_method:<purpose> and ignore");
}

Result<std::vector<Target>> resolve_columns(const consent::SourceConfig& config,
                                            const std::vector<std::string>& header) {
  std::map<std::string, Target> declared;
  for (const auto& [column, text] : config.columns) {
    CDP_TRY(auto target, parse_target(column, text));
    declared.emplace(column, std::move(target));
  }
  CDP_CHECK(check_whole(config, declared));
  std::vector<Target> targets(header.size());
  for (const auto& [column, target] : declared) {
    std::size_t found = header.size();
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (trimmed(header[i]) != column) continue;
      if (found != header.size()) {
        return bad_column(column, "stands twice in the file's first line", "rename one of them");
      }
      found = i;
    }
    if (found == header.size()) {
      // The first line of a file without a header is somebody's data: it is not quoted here.
      return bad_column(column, "is not in the file's first line",
                        "the first line must name the columns; it has " +
                            std::to_string(header.size()) + " fields");
    }
    targets[found] = target;
  }
  return targets;
}

}  // namespace cdp::connectors::csv
