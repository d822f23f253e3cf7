// Results: the figures of one run of the bench: printed as they are measured, each beside the raw
// limit of the same run where one is named, and written as
// [{"name","value","unit","ratio","ratio_of"}].
//
// Thread-safety: one thread. Errors: unavailable when the file cannot be written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/base/result.h"

namespace cdp::bench {

struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> ratio;
  std::string ratio_of;  // the figure that `ratio` divides by
};

class Results {
 public:
  void add(std::string name, double value, std::string unit);
  // With the ratio to a figure that was added before; without ratio when it was not.
  void add_against(std::string name, double value, std::string unit, const std::string& limit);
  void add(Figure figure);
  std::optional<double> value(const std::string& name) const;
  const std::vector<Figure>& figures() const { return figures_; }

  Result<void> write(const std::filesystem::path& file) const;

 private:
  std::vector<Figure> figures_;
};

}  // namespace cdp::bench
