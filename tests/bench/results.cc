#include "tests/bench/results.h"

#include <cstdio>
#include <fstream>

namespace cdp::bench {
namespace {

std::string number(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string line(const Figure& figure) {
  std::string out = R"({"name":")" + figure.name + R"(","value":)" + number(figure.value) +
                    R"(,"unit":")" + figure.unit + R"(","ratio":)" +
                    (figure.ratio ? number(*figure.ratio) : "null") + R"(,"ratio_of":)";
  out += figure.ratio ? "\"" + figure.ratio_of + "\"" : "null";
  return out + ",\"bar\":" + (figure.bar ? number(figure.bar->value) : "null") + "}";
}

}  // namespace

void Results::add(Figure figure) {
  std::printf("%-42s %14.6g %-8s", figure.name.c_str(), figure.value, figure.unit.c_str());
  if (figure.ratio) std::printf(" %8.3f x %s", *figure.ratio, figure.ratio_of.c_str());
  if (figure.bar) {
    std::printf("  bar %s %.6g%s", figure.bar->least ? ">=" : "<=", figure.bar->value,
                figure.bar->reached(figure.value) ? "" : "  MISSED");
  }
  std::printf("\n");
  std::fflush(stdout);
  figures_.push_back(std::move(figure));
}

void Results::add(std::string name, double value, std::string unit) {
  add(Figure{std::move(name), value, std::move(unit), std::nullopt, {}});
}

void Results::add_against(std::string name, double value, std::string unit,
                          const std::string& limit) {
  Figure figure{std::move(name), value, std::move(unit), std::nullopt, limit};
  if (const auto known = this->value(limit); known && *known > 0) figure.ratio = value / *known;
  add(std::move(figure));
}

void Results::add_beside_bar(std::string name, double value, std::string unit, Bar bar) {
  add(Figure{std::move(name), value, std::move(unit), std::nullopt, {}, bar});
}

std::optional<double> Results::value(const std::string& name) const {
  for (const Figure& figure : figures_) {
    if (figure.name == name) return figure.value;
  }
  return std::nullopt;
}

Result<void> Results::write(const std::filesystem::path& file) const {
  std::ofstream out(file);
  out << "[";
  for (std::size_t i = 0; i < figures_.size(); ++i) {
    out << (i == 0 ? "\n " : ",\n ") << line(figures_[i]);
  }
  out << "\n]\n";
  out.flush();
  if (!out) return fail(ErrorCode::unavailable, "the results file cannot be written");
  return {};
}

}  // namespace cdp::bench
