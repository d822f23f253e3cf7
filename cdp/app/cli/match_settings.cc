#include "cdp/app/cli/match_settings.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "cdp/app/config/tree.h"
#include "identity/phone.h"

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

Result<void> take_bits(const ConfigNode& node, double* bits) {
  const auto value = number_of(node);
  if (!value) return wrong(node, "this is no number", "write it as 3 or \"3.5\"");
  // So said that "nan" is refused, too.
  if (!(std::abs(*value) <= identity::match::kThresholdBitsMax)) {
    return wrong(node, "this weight is out of range", "-1000 to 1000 bits; 10 is p = .999");
  }
  *bits = *value;
  return {};
}

Result<std::uint64_t> count_in(const ConfigNode& node) {
  constexpr double kMost = 1e9;
  const auto value = number_of(node);
  if (!value || !(*value >= 0 && *value <= kMost) || *value != std::floor(*value)) {
    return wrong(node, "this is no whole number in range", "0 to 1000000000");
  }
  return static_cast<std::uint64_t>(*value);
}

Result<void> take_number(const ConfigNode& node, MatchSettings* settings) {
  auto& config = settings->config;
  if (node.key == "join_bits") return take_bits(node, &config.join_bits);
  if (node.key == "link_bits") return take_bits(node, &config.link_bits);
  if (node.key == "review_bits") return take_bits(node, &config.review_bits);
  CDP_TRY(const auto count, count_in(node));
  if (node.key == "seed") {
    config.seed = count;
  } else {
    config.block_records_max = static_cast<std::size_t>(count);
  }
  return {};
}

// Numbers of no country would all be taken for malformed, silently.
Result<void> take_region(const ConfigNode& node, MatchSettings* settings) {
  std::string region = node.text;
  for (char& c : region) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (node.kind != ConfigNode::Kind::text ||
      (!region.empty() && !identity::is_phone_country(region))) {
    return wrong(node, "no country's phone numbers have this region",
                 "region = \"GB\", not \"UK\"; leave it out when all have a country code");
  }
  settings->config.region = std::move(region);
  return {};
}

Result<void> take(const ConfigNode& node, MatchSettings* settings) {
  const bool text = node.kind == ConfigNode::Kind::text;
  if (node.key == "fields" && node.kind == ConfigNode::Kind::table) {
    return take_fields(node, settings);
  }
  if (node.key == "id" && text) {
    settings->id = node.text;
  } else if (node.key == "region") {
    return take_region(node, settings);
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
