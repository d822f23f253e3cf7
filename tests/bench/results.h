// Results: the figures of one run of the bench: printed as they are measured, each beside the raw
// limit of the same run or the bar that it must reach, where one is named, and written as
// [{"name","value","unit","ratio","ratio_of","bar"}].
//
// Thread-safety: one thread. Errors: unavailable when the file cannot be written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/base/result.h"

namespace cdp::bench {

// What a figure must reach.
struct Bar {
  double value = 0;
  bool least = true;  // at least, or at most

  static Bar at_least(double value) { return {value, true}; }
  static Bar at_most(double value) { return {value, false}; }
  bool reached(double figure) const { return least ? figure >= value : figure <= value; }
};

struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> ratio;
  std::string ratio_of;  // the figure that `ratio` divides by
  std::optional<Bar> bar = std::nullopt;
};

class Results {
 public:
  void add(std::string name, double value, std::string unit);
  // With the ratio to a figure that was added before; without ratio when it was not.
  void add_against(std::string name, double value, std::string unit, const std::string& limit);
  void add_beside_bar(std::string name, double value, std::string unit, Bar bar);
  void add(Figure figure);
  std::optional<double> value(const std::string& name) const;
  const std::vector<Figure>& figures() const { return figures_; }

  Result<void> write(const std::filesystem::path& file) const;

 private:
  std::vector<Figure> figures_;
};

}  // namespace cdp::bench
