#include "cdp/app/config/reader.h"

#include <algorithm>

namespace cdp::app {

namespace {

using Kind = ConfigNode::Kind;

// A key is shown only when it looks like one: a value pasted in its place is not repeated.
std::string shown(const std::string& key) {
  const bool plain = key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                     });
  return plain ? "\"" + key + "\"" : "of this name";
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.size() < 2 || text.size() > 6) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  if (number == 0) return std::nullopt;
  switch (text.back()) {
    case 'h':
      return Duration::hours(number);
    case 'd':
      return Duration::days(number);
    case 'y':
      return number <= 100 ? std::optional(Duration::days(number * 365)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

TableReader::TableReader(const ConfigNode& node, std::string what, std::vector<Problem>* problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (node_.kind != Kind::table) wrong_kind(node_, "a table");
}

const ConfigNode* TableReader::take(std::string_view key) {
  known_.emplace_back(key);
  return node_.kind == Kind::table ? node_.find(key) : nullptr;
}

void TableReader::wrong_kind(const ConfigNode& node, std::string_view expected) {
  problems_->push_back({node.line, node.column,
                        "the value " + shown(node.key) + " is not " + std::string(expected),
                        "see the guide to cdp.toml"});
}

bool TableReader::text(std::string_view key, std::string* out) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return false;
  if (node->kind != Kind::text) {
    wrong_kind(*node, "a text in quotes");
    return false;
  }
  *out = node->text;
  return true;
}

bool TableReader::boolean(std::string_view key, bool* out) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return false;
  if (node->kind != Kind::boolean) {
    wrong_kind(*node, "true or false");
    return false;
  }
  *out = node->boolean;
  return true;
}

bool TableReader::integer(std::string_view key, std::int64_t low, std::int64_t high,
                          std::int64_t* out) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return false;
  if (node->kind != Kind::integer || node->integer < low || node->integer > high) {
    wrong_kind(*node, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return false;
  }
  *out = node->integer;
  return true;
}

bool TableReader::texts(std::string_view key, std::vector<std::string>* out) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return false;
  const bool all_text =
      node->kind == Kind::list &&
      std::all_of(node->children.begin(), node->children.end(),
                  [](const ConfigNode& child) { return child.kind == Kind::text; });
  if (!all_text) {
    wrong_kind(*node, "a list of texts");
    return false;
  }
  out->clear();
  for (const ConfigNode& child : node->children) {
    if (std::find(out->begin(), out->end(), child.text) != out->end()) {
      problems_->push_back(
          {child.line, child.column, "the list names something twice", "remove the second"});
      continue;
    }
    out->push_back(child.text);
  }
  return true;
}

bool TableReader::text_map(std::string_view key, std::map<std::string, std::string>* out) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return false;
  if (node->kind != Kind::table) {
    wrong_kind(*node, "a table");
    return false;
  }
  out->clear();
  for (const ConfigNode& child : node->children) {
    if (child.kind != Kind::text) {
      wrong_kind(child, "a text in quotes");
    } else {
      (*out)[child.key] = child.text;
    }
  }
  return true;
}

bool TableReader::duration(std::string_view key, std::optional<Duration>* out) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return false;
  const auto duration = node->kind == Kind::text ? parse_duration(node->text) : std::nullopt;
  if (!duration) {
    wrong_kind(*node, "a duration such as \"36h\", \"730d\" or \"2y\"");
    return false;
  }
  *out = duration;
  return true;
}

std::optional<std::size_t> TableReader::choice(std::string_view key,
                                               const std::vector<std::string_view>& names) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return std::nullopt;
  const auto it =
      node->kind == Kind::text ? std::find(names.begin(), names.end(), node->text) : names.end();
  if (it != names.end()) return static_cast<std::size_t>(it - names.begin());
  problems_->push_back({node->line, node->column,
                        "the value " + shown(node->key) + " is none of those known",
                        "known: " + listed({names.begin(), names.end()})});
  return std::nullopt;
}

const ConfigNode* TableReader::table(std::string_view key) {
  const ConfigNode* node = take(key);
  if (node == nullptr) return nullptr;
  if (node->kind != Kind::table) {
    wrong_kind(*node, "a table");
    return nullptr;
  }
  return node;
}

void TableReader::refuse(std::string_view key, std::string what, std::string hint) {
  const ConfigNode* node = node_.find(key);
  const ConfigNode& at = node != nullptr ? *node : node_;
  problems_->push_back({at.line, at.column, std::move(what), std::move(hint)});
}

void TableReader::finish() {
  if (node_.kind != Kind::table) return;
  for (const ConfigNode& child : node_.children) {
    if (std::find(known_.begin(), known_.end(), child.key) != known_.end()) continue;
    problems_->push_back({child.line, child.column,
                          "the " + what_ + " has an unknown key " + shown(child.key),
                          "known keys: " + listed(known_)});
  }
}

}  // namespace cdp::app
