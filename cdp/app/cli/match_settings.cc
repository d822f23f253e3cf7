#include "cdp/app/cli/match_settings.h"

#include <charconv>
#include <optional>

#include "cdp/app/config/tree.h"

namespace cdp::app::cli {
namespace {

using identity::match::DateOrder;

tl::unexpected<Error> wrong(const ConfigNode& node, const std::string& what, std::string hint) {
  return fail(ErrorCode::invalid_argument,
              "line " + std::to_string(node.line) + " of the configuration: " + what,
              std::move(hint));
}

std::optional<double> number_of(const ConfigNode& node) {
  if (node.kind == ConfigNode::Kind::integer) return static_cast<double>(node.integer);
  if (node.kind != ConfigNode::Kind::text) return std::nullopt;
  double value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto read = std::from_chars(node.text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

Result<void> take_fields(const ConfigNode& table, MatchSettings* settings) {
  for (const ConfigNode& field : table.children) {
    const auto kind = identity::match::kind_of(field.text);
    if (field.kind != ConfigNode::Kind::text || !kind) {
      return wrong(field, "this is no kind of field",
                   "given_name, family_name, date_of_birth, email, phone, postcode, street, "
                   "street_number, place, identifier or text");
    }
    settings->fields.push_back({field.key, *kind});
  }
  return {};
}

Result<void> take_number(const ConfigNode& node, MatchSettings* settings) {
  auto& config = settings->config;
  const auto value = number_of(node);
  if (!value) return wrong(node, "this is no number", "write it as 3 or \"3.5\"");
  if (node.key == "join_bits") {
    config.join_bits = *value;
  } else if (node.key == "link_bits") {
    config.link_bits = *value;
  } else if (node.key == "review_bits") {
    config.review_bits = *value;
  } else if (*value < 0 || *value > 1e9) {
    return wrong(node, "this number is out of range", "0 to 1000000000");
  } else if (node.key == "seed") {
    config.seed = static_cast<std::uint64_t>(*value);
  } else {
    config.block_records_max = static_cast<std::size_t>(*value);
  }
  return {};
}

Result<void> take(const ConfigNode& node, MatchSettings* settings) {
  const bool text = node.kind == ConfigNode::Kind::text;
  if (node.key == "fields" && node.kind == ConfigNode::Kind::table) {
    return take_fields(node, settings);
  }
  if (node.key == "id" && text) {
    settings->id = node.text;
  } else if (node.key == "region" && text && (node.text.empty() || node.text.size() == 2)) {
    settings->config.region = node.text;
  } else if (node.key == "dates" && text &&
             (node.text == "day_first" || node.text == "month_first")) {
    settings->config.dates =
        node.text == "day_first" ? DateOrder::day_first : DateOrder::month_first;
  } else if (node.key == "join_bits" || node.key == "link_bits" || node.key == "review_bits" ||
             node.key == "seed" || node.key == "block_records_max") {
    return take_number(node, settings);
  } else {
    return wrong(node, "unknown key, or a value that does not fit it: \"" + node.key + "\"",
                 "id, region, dates, join_bits, link_bits, review_bits, block_records_max, seed, "
                 "[fields]");
  }
  return {};
}

}  // namespace

Result<MatchSettings> parse_match_settings(std::string_view toml) {
  const auto tree = parse_config_tree(toml);
  if (const auto* problem = std::get_if<Problem>(&tree)) {
    return fail(ErrorCode::invalid_argument,
                "line " + std::to_string(problem->line) + " of the configuration: " + problem->what,
                problem->hint);
  }
  MatchSettings settings;
  for (const ConfigNode& node : std::get<ConfigNode>(tree).children) {
    CDP_CHECK(take(node, &settings));
  }
  return settings;
}

}  // namespace cdp::app::cli
