#include "cdp/app/config/tree.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>

namespace cdp::app {

namespace {

constexpr int kDepthMax = 16;

bool before(const ConfigNode& a, const ConfigNode& b) {
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

ConfigNode convert(const toml::node& node, int depth) {
  ConfigNode out;
  out.line = static_cast<int>(node.source().begin.line);
  out.column = static_cast<int>(node.source().begin.column);
  if (const auto* text = node.as_string()) {
    out.kind = ConfigNode::Kind::text;
    out.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = ConfigNode::Kind::integer;
    out.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.kind = ConfigNode::Kind::boolean;
    out.boolean = boolean->get();
  } else if (depth >= kDepthMax) {
    out.kind = ConfigNode::Kind::other;
  } else if (const auto* list = node.as_array()) {
    out.kind = ConfigNode::Kind::list;
    for (const toml::node& item : *list) out.children.push_back(convert(item, depth + 1));
  } else if (const auto* table = node.as_table()) {
    out.kind = ConfigNode::Kind::table;
    for (const auto& [key, value] : *table) {
      ConfigNode child = convert(value, depth + 1);
      child.key = std::string(key.str());
      if (key.source().begin.line != 0) {
        child.line = static_cast<int>(key.source().begin.line);
        child.column = static_cast<int>(key.source().begin.column);
      }
      out.children.push_back(std::move(child));
    }
    std::stable_sort(out.children.begin(), out.children.end(), before);
  }
  return out;
}

}  // namespace

const ConfigNode* ConfigNode::find(std::string_view name) const {
  const auto it = std::find_if(children.begin(), children.end(),
                               [&](const ConfigNode& child) { return child.key == name; });
  return it == children.end() ? nullptr : &*it;
}

std::variant<ConfigNode, Problem> parse_config_tree(std::string_view text) {
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    // The library's own words may quote the file, and a file may hold anything.
    const auto& at = parsed.error().source().begin;
    return Problem{
        static_cast<int>(at.line), static_cast<int>(at.column), "this is not TOML",
        "look for a missing quote, a key given twice, or an inline table {...} over several "
        "lines"};
  }
  return convert(parsed.table(), 0);
}

}  // namespace cdp::app
