#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "cdp/core/event/json.h"
#include "identity/match/model.h"

namespace cdp::identity::match {
namespace {

constexpr std::string_view kFormat = "cdp-match-model";

// The shortest text that reads back as the same number.
std::string number(double value) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}
std::string number(std::uint64_t value) { return std::to_string(value); }

std::string list_in(std::span<const double> numbers) {
  std::string out;
  for (const double value : numbers) out += (out.empty() ? "" : ",") + number(value);
  return "[" + out + "]";
}

std::string rates_in(const std::array<double, kLevelsMax>& rates, Kind kind) {
  return list_in(std::span(rates).subspan(kElse, levels_of(kind).exact()));
}

std::string terms_in(const Terms& terms) {
  const std::map<std::string, std::uint32_t> sorted(terms.counts.begin(), terms.counts.end());
  std::string out = "{";
  for (const auto& [value, count] : sorted) {
    out += (out.size() == 1 ? "" : ",") + json::quote(value) + ":" + std::to_string(count);
  }
  return out + "}";
}

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::corrupt, "the model document is not as it was written",
              "train it again: cdp match train");
}

Result<double> number_at(const json::Value& object, std::string_view key) {
  const auto value = object.get(key);
  const auto read = value ? value->number() : std::nullopt;
  if (!read || !std::isfinite(*read)) return damaged();
  return *read;
}
Result<std::uint64_t> count_at(const json::Value& object, std::string_view key) {
  const auto value = object.get(key);
  const auto read = value ? value->integer() : std::nullopt;
  if (!read || *read < 0) return damaged();
  return static_cast<std::uint64_t>(*read);
}

Result<std::array<double, kLevelsMax>> rates_at(const json::Value& field, std::string_view key,
                                                Kind kind) {
  std::array<double, kLevelsMax> rates{};
  const auto list = field.get(key);
  if (!list || !list->is_array() || list->size() != levels_of(kind).exact()) return damaged();
  std::uint8_t level = kElse;
  bool good = true;
  list->each([&](json::Value item) {
    const auto rate = item.number();
    good = rate && *rate > 0 && *rate <= 1;
    if (good) rates[level++] = *rate;
    return good;
  });
  if (!good) return damaged();
  return rates;
}

Result<void> read_household(const json::Value& root, Household* household) {
  const auto list = root.get("household");
  if (!list || !list->is_array() || list->size() != Household::kPoints) return damaged();
  std::size_t at = 0;
  bool good = true;
  list->each([&](json::Value item) {
    const auto worth = item.number();
    good =
        worth && *worth >= 0 && *worth <= 1'000 && (at == 0 || *worth >= household->worth[at - 1]);
    if (good) household->worth[at++] = *worth;
    return good;
  });
  if (!good) return damaged();
  return {};
}

Result<Terms> terms_at(const json::Value& field) {
  Terms terms;
  CDP_TRY(terms.persons, count_at(field, "persons"));
  const auto frequent = field.get("frequent");
  if (!frequent || !frequent->is_object()) return damaged();
  bool good = true;
  frequent->each_member([&](std::string_view value, json::Value count) {
    const auto read = count.integer();
    good = read && *read >= Terms::kCountMin && *read <= 0xFFFFFFFFLL;
    if (good) terms.counts.emplace(value, static_cast<std::uint32_t>(*read));
    return good;
  });
  if (!good) return damaged();
  return terms;
}

Result<void> read_fields(const json::Value& list, Model* model) {
  Result<void> outcome;
  const auto read_one = [&](const json::Value& item) -> Result<void> {
    const auto name = item.text("name");
    const auto kind = kind_of(item.text("kind").value_or(""));
    if (!name || !kind) return damaged();
    model->config.fields.push_back({std::string(*name), *kind});
    LevelRates rates;
    CDP_TRY(rates.m, rates_at(item, "m", *kind));
    CDP_TRY(rates.u, rates_at(item, "u", *kind));
    model->rates.push_back(rates);
    CDP_TRY(auto terms, terms_at(item));
    model->terms.push_back(std::move(terms));
    return {};
  };
  list.each([&](json::Value item) {
    outcome = read_one(item);
    return outcome.has_value();
  });
  return outcome;
}

Result<void> read_config(const json::Value& root, Config* config) {
  config->region = root.text("region").value_or("");
  config->dates = root.text("dates").value_or("") == "month_first" ? DateOrder::month_first
                                                                   : DateOrder::day_first;
  CDP_TRY(const auto records, count_at(root, "block_records_max"));
  config->block_records_max = static_cast<std::size_t>(records);
  CDP_TRY(config->join_bits, number_at(root, "join_bits"));
  CDP_TRY(config->link_bits, number_at(root, "link_bits"));
  CDP_TRY(config->review_bits, number_at(root, "review_bits"));
  return {};
}

std::string thresholds_in(const Config& config) {
  return ",\"join_bits\":" + number(config.join_bits) +
         ",\"link_bits\":" + number(config.link_bits) +
         ",\"review_bits\":" + number(config.review_bits);
}

std::string document_of(const Model& model, const std::string& thresholds) {
  std::string out =
      "{\"format\":" + json::quote(kFormat) + ",\"version\":" + std::to_string(kModelVersion) +
      ",\"trained_on\":" + number(model.trained_on) + ",\"lambda\":" + number(model.lambda) +
      ",\"household\":" + list_in(model.household.worth);
  const Config& config = model.config;
  out += ",\"region\":" + json::quote(config.region) + ",\"dates\":" +
         (config.dates == DateOrder::month_first ? "\"month_first\"" : "\"day_first\"") +
         ",\"block_records_max\":" + number(std::uint64_t{config.block_records_max}) + thresholds +
         ",\"fields\":[";
  for (std::size_t i = 0; i < config.fields.size(); ++i) {
    const Field& field = config.fields[i];
    out += (i == 0 ? "\n" : ",\n");
    out += "{\"name\":" + json::quote(field.name) +
           ",\"kind\":" + json::quote(to_string(field.kind)) +
           ",\"m\":" + rates_in(model.rates[i].m, field.kind) +
           ",\"u\":" + rates_in(model.rates[i].u, field.kind) +
           ",\"persons\":" + number(model.terms[i].persons) +
           ",\"frequent\":" + terms_in(model.terms[i]) + "}";
  }
  return out + "]}\n";
}

}  // namespace

std::string write(const Model& model) { return document_of(model, thresholds_in(model.config)); }

std::string write_without_thresholds(const Model& model) { return document_of(model, ""); }

Result<Model> read_model(std::string_view document) {
  const auto parsed = json::Document::parse(document);
  if (!parsed || !parsed->root().is_object()) return damaged();
  const auto root = parsed->root();
  if (root.text("format").value_or("") != kFormat) {
    return fail(ErrorCode::unprocessable, "this is no model of cdp match",
                "make one: cdp match train");
  }
  const auto version = root.get("version");
  if (!version || version->integer().value_or(-1) != kModelVersion) {
    return fail(ErrorCode::unprocessable, "the model is of another version than this cdp reads",
                "train it again: cdp match train");
  }
  Model model;
  CDP_TRY(model.trained_on, count_at(root, "trained_on"));
  CDP_TRY(model.lambda, number_at(root, "lambda"));
  CDP_CHECK(read_household(root, &model.household));
  if (model.lambda <= 0 || model.lambda >= 1) return damaged();
  CDP_CHECK(read_config(root, &model.config));
  const auto fields = root.get("fields");
  if (!fields || !fields->is_array()) return damaged();
  CDP_CHECK(read_fields(*fields, &model));
  if (!check(model.config)) return damaged();
  return model;
}

}  // namespace cdp::identity::match
