#include "connectors/csv/consent_words.h"

#include <algorithm>
#include <array>
#include <string>

namespace cdp::connectors::csv {
namespace {

using event::Choice;

struct Entry {
  std::string_view word;
  std::optional<Choice> choice;
};

constexpr std::array<Entry, 28> kEntries = {{{"yes", Choice::granted},
                                             {"y", Choice::granted},
                                             {"true", Choice::granted},
                                             {"1", Choice::granted},
                                             {"granted", Choice::granted},
                                             {"subscribed", Choice::granted},
                                             {"opted_in", Choice::granted},
                                             {"opt_in", Choice::granted},
                                             {"no", Choice::denied},
                                             {"n", Choice::denied},
                                             {"false", Choice::denied},
                                             {"0", Choice::denied},
                                             {"denied", Choice::denied},
                                             {"unsubscribed", Choice::withdrawn},
                                             {"withdrawn", Choice::withdrawn},
                                             {"opted_out", Choice::withdrawn},
                                             {"opt_out", Choice::withdrawn},
                                             {"objected", Choice::objected},
                                             {"complained", Choice::objected},
                                             {"restricted", Choice::restricted},
                                             {"", std::nullopt},
                                             {"unknown", std::nullopt},
                                             {"null", std::nullopt},
                                             {"pending", std::nullopt},
                                             {"not_subscribed", std::nullopt},
                                             {"never_subscribed", std::nullopt},
                                             {"cleaned", std::nullopt},
                                             {"bounced", std::nullopt}}};

}  // namespace

ConsentWord consent_word(std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    if (c == ' ' || c == '-') return '_';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const auto& entry : kEntries) {
    if (entry.word == word) return {true, entry.choice};
  }
  return {};
}

std::optional<Time> csv_time(std::string_view text, bool last) {
  constexpr std::size_t kDay = 10;
  constexpr std::size_t kMinute = 16;
  constexpr std::size_t kSecond = 19;
  std::string full(text);
  if (full.size() == kDay) full += last ? "T23:59:59Z" : "T00:00:00Z";
  if (full.size() == kMinute) full += last ? ":59Z" : ":00Z";
  if (full.size() == kSecond) full += "Z";
  const auto time = from_rfc3339(full);
  if (!time) return std::nullopt;
  return *time;
}

}  // namespace cdp::connectors::csv
