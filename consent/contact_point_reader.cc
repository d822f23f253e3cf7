#include "consent/contact_point_reader.h"

#include <algorithm>

#include "cdp/core/event/json.h"
#include "identity/identifier.h"

namespace cdp::consent {

namespace {

constexpr const char* kUnreadable = "?";
constexpr const char* kAge = "age";  // Segment's reserved trait

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

// The owner of "US-CA"; empty when the region names none.
std::string owner_of(const std::string& region) {
  const auto dash = region.find('-');
  return dash == std::string::npos ? std::string() : region.substr(0, dash);
}

// One place for each country alone or with each region; a region that names its country ("US-CA")
// stands by itself and must agree with a country that is given.
std::vector<std::string> places(const std::vector<std::string>& countries,
                                const std::vector<std::string>& regions) {
  std::vector<std::string> found;
  std::vector<std::string> plain;
  for (const std::string& region : regions) {
    const std::string owner = owner_of(region);
    if (owner.empty()) {
      plain.push_back(region);
      continue;
    }
    const bool agrees = countries.empty() ||
                        std::find(countries.begin(), countries.end(), owner) != countries.end();
    const bool readable = is_country(owner) && is_region(region.substr(owner.size() + 1));
    found.push_back(agrees && readable ? region : kUnreadable);
  }
  for (const std::string& country : countries) {
    const bool stands = std::any_of(found.begin(), found.end(), [&](const std::string& place) {
      return owner_of(place) == country;
    });
    if (!is_country(country)) {
      found.push_back(kUnreadable);
    } else if (plain.empty()) {
      if (!stands) found.push_back(country);
    } else {
      for (const std::string& region : plain) {
        found.push_back(is_region(region) ? country + "-" + region : kUnreadable);
      }
    }
  }
  if (countries.empty() && !plain.empty()) found.push_back(kUnreadable);
  return found;
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

std::vector<std::string> ContactPointReader::jurisdictions(
    const identity::PersonaDocument& document) {
  const PiiAccess access;
  bool unreadable = document.places_overflowed;
  std::vector<std::string> countries;
  std::vector<std::string> regions;
  const auto add = [&](const std::string& name, const std::string& json) {
    if (json.empty() || json == "null" || json == "\"\"") return;
    auto text = text_of(json);
    if (!text) {
      unreadable = true;
      return;
    }
    (name == "country" ? countries : regions).push_back(upper(std::move(*text)));
  };
  for (const auto& past : document.places) add(past.attribute, past.json.open(access));
  for (const char* name : {"country", "region"}) {
    const auto it = document.attributes.find(name);
    if (it != document.attributes.end()) add(name, it->second.json.open(access));
  }
  auto found = places(countries, regions);
  if (unreadable) found.emplace_back(kUnreadable);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

ContactPointReader::Birth ContactPointReader::birth(const identity::PersonaDocument& document,
                                                    const std::string& attribute) {
  const auto it = document.attributes.find(attribute);
  if (it == document.attributes.end() || is_null(it->second)) return {};
  const std::string& json = it->second.json.open(PiiAccess());
  const auto text = text_of(json);
  if (text && text->empty()) return {};
  // A number stands for itself.
  const std::string_view value = text ? std::string_view(*text) : std::string_view(json);
  if (BirthDate::is_without_year(value)) return {};
  const Time said_at = it->second.occurred_at;
  return {true,
          attribute == kAge ? BirthDate::of_age(value, said_at) : BirthDate::parse(value, said_at)};
}

}  // namespace cdp::consent
