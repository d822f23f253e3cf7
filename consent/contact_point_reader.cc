#include "consent/contact_point_reader.h"

#include <algorithm>

#include "cdp/core/event/json.h"
#include "identity/identifier.h"

namespace cdp::consent {

namespace {

constexpr const char* kUnreadable = "?";

// The text of a JSON string; the usual one, without escapes, costs no parser.
std::optional<std::string> text_of(const std::string& json) {
  if (json.size() < 2 || json.front() != '"' || json.back() != '"') return std::nullopt;
  const std::string_view inside(json.data() + 1, json.size() - 2);
  if (inside.find_first_of("\\\"") == std::string_view::npos) return std::string(inside);
  auto document = json::Document::parse(json);
  if (!document) return std::nullopt;
  const auto text = document->root().string();
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

bool is_country(std::string_view code) {
  return code.size() == 2 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// The part of ISO 3166-2 after the dash: one to three letters or digits.
bool is_region(std::string_view code) {
  return !code.empty() && code.size() <= 3 && std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

std::string place(const std::string& country, const std::string& region) {
  if (!country.empty() && !is_country(country)) return kUnreadable;
  if (region.empty()) return country;
  const auto dash = region.find('-');
  if (dash != std::string::npos) {
    const std::string owner = region.substr(0, dash);
    const bool agrees = country.empty() || country == owner;
    return agrees && is_country(owner) && is_region(region.substr(dash + 1)) ? region : kUnreadable;
  }
  return !country.empty() && is_region(region) ? country + "-" + region : kUnreadable;
}

}  // namespace

std::optional<Token> ContactPointReader::token(const identity::PersonaDocument& document,
                                               const Pii<std::string>& json, std::string_view type,
                                               std::string_view default_region,
                                               const crypto::BlindIndex& link_index) {
  const PiiAccess access;
  auto text = text_of(json.open(access));
  if (!text) return std::nullopt;
  for (const auto& identifier : document.identifiers) {
    if (identifier.type == type && identifier.value.open(access) == *text) return identifier.token;
  }
  const auto normalised =
      identity::Normaliser::normalise(type, Pii<std::string>(std::move(*text)), default_region);
  const auto* value = std::get_if<std::string>(&normalised);
  if (value == nullptr) return std::nullopt;
  return identity::Normaliser::token(type, *value, link_index);
}

bool ContactPointReader::is_null(const identity::AttributeValue& value) {
  const std::string& json = value.json.open(PiiAccess());
  return json.empty() || json == "null";
}

std::optional<std::string> ContactPointReader::jurisdiction(
    const identity::PersonaDocument& document) {
  const PiiAccess access;
  const auto read = [&](const char* name) -> std::optional<std::string> {
    const auto it = document.attributes.find(name);
    if (it == document.attributes.end()) return std::string();
    const std::string& json = it->second.json.open(access);
    if (json == "null") return std::string();
    auto text = text_of(json);
    return text ? std::optional<std::string>(upper(std::move(*text))) : std::nullopt;
  };
  const auto country = read("country");
  const auto region = read("region");
  if (!country || !region) return std::string(kUnreadable);
  if (country->empty() && region->empty()) return std::nullopt;
  return place(*country, *region);
}

}  // namespace cdp::consent
