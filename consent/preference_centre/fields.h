// Fields: what a page is filled with: a small tree of texts, flags and lists, by name. Every text
// is escaped where it is shown; there is no way to hand in markup.
//
//   Fields page;
//   page.text("name", "O'Neill <script>").flag("gpc", true).list("rows", std::move(rows));
//
// Thread-safety: a value.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cdp::consent::preference_centre {

class Fields {
 public:
  using Value = std::variant<std::string, bool, std::vector<Fields>>;

  // An empty text is absent: a section of its name is left out.
  Fields& text(std::string name, std::string value) {
    if (!value.empty()) values_.insert_or_assign(std::move(name), std::move(value));
    return *this;
  }
  Fields& flag(std::string name, bool value) {
    values_.insert_or_assign(std::move(name), value);
    return *this;
  }
  Fields& list(std::string name, std::vector<Fields> rows) {
    values_.insert_or_assign(std::move(name), std::move(rows));
    return *this;
  }
  const std::map<std::string, Value>& values() const { return values_; }

 private:
  std::map<std::string, Value> values_;
};

}  // namespace cdp::consent::preference_centre
