#include "consent/preference_centre/mail_words.h"

#include <algorithm>
#include <array>
#include <vector>

namespace cdp::consent::preference_centre {
namespace {

constexpr std::size_t kSubjectBytesMax = 200;
constexpr std::size_t kTextBytesMax = 8 * 1024;
constexpr std::string_view kLink = "link";

// The names in braces, in order; nothing when a brace stands alone.
std::optional<std::vector<std::string_view>> names_in(std::string_view text) {
  std::vector<std::string_view> names;
  while (true) {
    const std::size_t open = text.find_first_of("{}");
    if (open == std::string_view::npos) return names;
    const std::size_t close = text.find_first_of("{}", open + 1);
    if (text[open] == '}' || close == std::string_view::npos || text[close] == '{')
      return std::nullopt;
    names.push_back(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

// Nothing but white space beside it, that a mail program might take for a part of it.
bool stands_alone(std::string_view text) {
  constexpr std::string_view kWhole = "{link}";
  const std::size_t at = text.find(kWhole);
  const auto is_blank = [&](std::size_t i) {
    return i >= text.size() || text[i] == ' ' || text[i] == '\n';
  };
  return (at == 0 || is_blank(at - 1)) && is_blank(at + kWhole.size());
}

bool has_control(std::string_view text, bool lines) {
  return std::ranges::any_of(text, [&](char c) {
    return (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) && !(lines && c == '\n');
  });
}

std::string in_braces(std::span<const std::string_view> names, bool link) {
  std::string out;
  for (const auto& name : names) {
    if (name == kLink && !link) continue;
    out += (out.empty() ? "{" : ", {") + std::string(name) + "}";
  }
  return out;
}

}  // namespace

std::span<const std::string_view> opt_in_placeholders() {
  static constexpr std::array<std::string_view, 8> kNames{"contact", "controller", "date",  "link",
                                                          "place",   "time",       "title", "why"};
  return kNames;
}

std::span<const std::string_view> link_placeholders() {
  static constexpr std::array<std::string_view, 4> kNames{"contact", "controller", "link", "time"};
  return kNames;
}

std::optional<MailMisfit> misfit_of(const MailText& mail,
                                    std::span<const std::string_view> placeholders) {
  for (const bool text : {false, true}) {
    const std::string_view key = text ? "text" : "subject";
    const std::string& words = text ? mail.text : mail.subject;
    const auto wrong = [&](std::string what, std::string hint) {
      return MailMisfit{key, "the mail's " + std::string(key) + " " + what, std::move(hint)};
    };
    if (words.empty() || words.size() > (text ? kTextBytesMax : kSubjectBytesMax)) {
      return wrong("is missing or too long",
                   text ? "at most 8 KiB" : "one line of at most 200 bytes");
    }
    if (has_control(words, text)) {
      return wrong("has a character that no mail shows",
                   text ? "lines end with \\n" : "a subject is one line");
    }
    const auto names = names_in(words);
    const bool known = names && std::ranges::all_of(*names, [&](const auto& name) {
                         return std::ranges::find(placeholders, name) != placeholders.end() &&
                                (text || name != kLink);
                       });
    if (!known) {
      return wrong("has a brace that is no placeholder of this mail",
                   "known here: " + in_braces(placeholders, text));
    }
    if (text && (std::ranges::count(*names, kLink) != 1 || !stands_alone(words))) {
      return wrong("does not have the link exactly once, alone between blanks or line breaks",
                   "put {link} on a line of its own");
    }
  }
  return std::nullopt;
}

}  // namespace cdp::consent::preference_centre
