#include "consent/preference_centre/texts.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "cdp/core/event/json.h"
#include "consent/preference_centre/template.h"

namespace cdp::consent::preference_centre {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view take_until(std::string_view* rest, char separator) {
  const std::size_t end = std::min(rest->find(separator), rest->size());
  const std::string_view piece = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return piece;
}

// A quality value in thousandths (RFC 9110 §12.4.2); what is none counts as 0.
int quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = trimmed(take_until(&parameters, ';'));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    const std::string_view value = parameter.substr(2);
    if (value.starts_with('1')) return 1'000;
    if (!value.starts_with("0")) return 0;
    int thousandths = 0;
    const std::string digits = std::string(value.size() > 2 ? value.substr(2, 3) : "") + "000";
    std::from_chars(digits.data(), digits.data() + 3, thousandths);
    return thousandths;
  }
  return 1'000;
}

struct CivilTime {
  int day = 0, month = 0, year = 0;  // month from 1
  std::string clock;
};

std::optional<CivilTime> civil(Time time) {
  if (!time.known()) return std::nullopt;
  const std::string text = to_rfc3339(time);  // "2026-11-22T20:23:00..."
  if (text.size() < 16) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
  };
  return CivilTime{number(8, 2), number(5, 2), number(0, 4), text.substr(11, 5)};
}

}  // namespace

const std::vector<std::string>& Texts::languages() {
  static const std::vector<std::string> all = {"de", "en", "es", "fr"};
  return all;
}

const Texts& Texts::in(std::string_view language) {
  static const auto all = [] {
    std::map<std::string, Texts, std::less<>> loaded;
    for (const auto& name : languages()) {
      const auto document = json::Document::parse(embedded_file("texts/" + name + ".json"));
      if (!document) continue;
      document->root().each_member([&](std::string_view key, json::Value value) {
        loaded[name].texts_.emplace(key, value.string().value_or(""));
        return true;
      });
    }
    return loaded;
  }();
  const auto found = all.find(language);
  static const Texts none;
  if (found != all.end()) return found->second;
  const auto english = all.find("en");
  return english != all.end() ? english->second : none;
}

std::string Texts::say(std::string_view key, Values values) const {
  const auto found = texts_.find(key);
  return found == texts_.end() ? std::string(key) : fill(found->second, values);
}

std::string Texts::fill(std::string_view rest, Values values) {
  // Placeholders are looked for in the text alone, never in a value that was put in.
  std::string out;
  while (!rest.empty()) {
    const std::size_t open = std::min(rest.find('{'), rest.size());
    out += rest.substr(0, open);
    rest.remove_prefix(open);
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) break;
    const std::string_view name = rest.substr(1, close - 1);
    for (const auto& [known, value] : values) {
      if (known == name) out += value;
    }
    rest.remove_prefix(close + 1);
  }
  return out;
}

std::string Texts::date(Time time) const {
  const auto at = civil(time);
  if (!at) return {};
  const std::string months_text = say("months");
  std::string_view months = months_text;
  std::string_view month;
  for (int i = 0; i < at->month; ++i) month = take_until(&months, '|');
  return say("date", {{"day", at->day == 1 ? say("day_one") : std::to_string(at->day)},
                      {"month", month},
                      {"year", std::to_string(at->year)}});
}

std::string Texts::clock_time(Time time) {
  const auto at = civil(time);
  return at ? at->clock : std::string();
}

void Texts::add_to(Fields* fields) const {
  for (const auto& [key, text] : texts_) {
    if (text.find('{') == std::string::npos) fields->text("t_" + key, text);
  }
}

std::string choose_language(std::string_view chosen, std::string_view accept_language,
                            std::span<const std::string> offered) {
  if (std::ranges::find(offered, chosen) != offered.end()) return std::string(chosen);
  std::string best = offered.front();
  int best_quality = 0;
  std::string_view rest = accept_language.substr(0, 1'024);
  while (!rest.empty()) {
    std::string_view range = take_until(&rest, ',');
    const std::string tag = lower(trimmed(take_until(&range, ';')));
    const int quality = quality_of(range);
    const std::string_view primary = std::string_view(tag).substr(0, tag.find('-'));
    const auto found = std::ranges::find(offered, primary);
    if (found == offered.end() || quality <= best_quality) continue;
    best = *found;
    best_quality = quality;
  }
  return best;
}

}  // namespace cdp::consent::preference_centre
