#include "cdp/app/cli/screen.h"

#include <algorithm>

namespace cdp::app::cli {

namespace {
constexpr std::size_t kBarColumns = 30;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // no continuation byte
  }));
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

void Screen::line(std::string_view text) { out_ << text << '\n' << std::flush; }

void Screen::table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.size() < 2) return;
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string text;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      text += rows[r][i];
      if (i + 1 < rows[r].size()) text.append(widths[i] - columns_of(rows[r][i]) + 2, ' ');
    }
    line(r == 0 ? dim(text) : text);
  }
}

void Screen::error(const Error& error) {
  progress_end();
  std::string what = error.what;
  const std::string label =
      options_.terminal_err && options_.colour ? styled("error:", "1;31") : std::string("error:");
  err_ << label << ' ' << what << '\n';
  if (!error.hint.empty()) err_ << "hint: " << error.hint << '\n';
  err_ << std::flush;
}

void Screen::note(std::string_view text) { err_ << text << '\n' << std::flush; }
void Screen::prompt(std::string_view text) { err_ << text << std::flush; }

void Screen::progress(std::string_view label, double done) {
  if (!options_.terminal_err) return;
  const double part = std::clamp(done, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(kBarColumns));
  err_ << '\r' << label << " [" << std::string(full, '#') << std::string(kBarColumns - full, '.')
       << "] " << static_cast<int>(part * 100) << "% " << std::flush;
  progress_shown_ = true;
}

void Screen::progress_end() {
  if (!progress_shown_) return;
  err_ << '\n' << std::flush;
  progress_shown_ = false;
}

std::string Screen::styled(std::string_view text, std::string_view code) const {
  if (!options_.colour) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}
std::string Screen::bold(std::string_view text) const { return styled(text, "1"); }
std::string Screen::dim(std::string_view text) const { return styled(text, "2"); }
std::string Screen::good(std::string_view text) const { return styled(text, "32"); }
std::string Screen::bad(std::string_view text) const { return styled(text, "31"); }

}  // namespace cdp::app::cli
