// Screen: what a verb says, on standard output and standard error: plain lines, aligned tables,
// colour and progress only on a terminal.
//
// Thread-safety: one thread. Lifetime: the streams outlive it. Errors: none.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/error.h"

namespace cdp::app::cli {

class Screen {
 public:
  struct Options {
    bool terminal_out = false;
    bool terminal_err = false;
    bool colour = false;
  };
  Screen(std::ostream& out, std::ostream& err, Options options)
      : out_(out), err_(err), options_(options) {}

  void line(std::string_view text);
  // Columns as wide as their widest cell; the first row is the heading. Nothing when only that.
  void table(const std::vector<std::vector<std::string>>& rows);
  void error(const Error& error);
  void note(std::string_view text);  // on standard error
  // A question's text, without a line's end, where the person sees it.
  void prompt(std::string_view text);
  // A bar that redraws itself; nothing off a terminal. `done` 0 to 1.
  bool shows_progress() const { return options_.terminal_err; }
  void progress(std::string_view label, double done);
  void progress_end();

  std::string bold(std::string_view text) const;
  std::string dim(std::string_view text) const;
  std::string good(std::string_view text) const;
  std::string bad(std::string_view text) const;

 private:
  std::string styled(std::string_view text, std::string_view code) const;

  std::ostream& out_;
  std::ostream& err_;
  Options options_;
  bool progress_shown_ = false;
};

// Terminal columns of UTF-8 text (code points; our own texts have no wide ones).
std::size_t columns_of(std::string_view text);
// 12345 -> "12,345"
std::string grouped(std::uint64_t number);

}  // namespace cdp::app::cli
