// ConfigTree: a TOML file as a small tree that remembers where every key stands, so that everything
// wrong with it can be reported at once with line and column. The only place that knows toml++ is
// config_tree.cc.
//
// Thread-safety: values. Errors: none; text that is no TOML is a Problem.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cdp::app {

// Something wrong with a configuration file. Never quotes values, only keys and names.
struct Problem {
  int line = 0;  // 1 = first; 0 = the file as a whole
  int column = 0;
  std::string what;  // one sentence, no full stop
  std::string hint;
};

struct ConfigNode {
  enum class Kind : std::uint8_t { text, integer, boolean, list, table, other };
  Kind kind = Kind::other;
  std::string key;  // empty for list items
  int line = 0;     // of the key; of the item in a list
  int column = 0;
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<ConfigNode> children;  // of a list or a table, in the order of the file

  const ConfigNode* find(std::string_view name) const;
};

// The root table, or what is wrong with the text.
std::variant<ConfigNode, Problem> parse_config_tree(std::string_view text);

}  // namespace cdp::app
