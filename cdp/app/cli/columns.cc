#include "cdp/app/cli/columns.h"

namespace cdp::app::cli {

Result<std::map<std::string, std::string>> parse_columns(const std::vector<std::string>& words) {
  std::map<std::string, std::string> columns;
  for (const auto& word : words) {
    const auto equals = word.rfind('=');  // a column's name may hold one, a meaning never
    if (equals == std::string::npos || equals == 0 || equals + 1 == word.size()) {
      return fail(ErrorCode::invalid_argument, "a column is given as its name = its meaning",
                  "--columns \"E-mail=email,Town=attribute:city\"");
    }
    columns[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return columns;
}

}  // namespace cdp::app::cli
