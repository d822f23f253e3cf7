// The log: one JSON object a line, UTC, with an event name and a few fields.
//
//   logger.info("server_started", {{"port", 8080}, {"tls", true}});
//   logger.error("request_failed", {{"route", LogWord::label(route)}, {"status", 500}});
//   {"time":"2026-11-22T20:23:00Z","level":"info","event":"server_started","port":8080,"tls":true}
//
// Privacy: a field is a number, a bool or a LogWord, and a LogWord is a literal of the source code
// or a label of a bounded set. There is no way to log a string that came from outside: no paths
// (log the route's pattern), no bodies, no addresses, no identifiers.
// Thread-safety: safe. Lifetime: the Clock outlives the Logger. Errors: none; a sink that cannot
// write loses the line.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "cdp/core/base/time.h"

namespace cdp::app {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

// Enum-like text.
class LogWord {
 public:
  // A literal is meant to convert: it is the one kind of text that holds no input.
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval LogWord(const char (&literal)[N]) : text_(literal, N - 1) {}
  // For names out of a fixed set known at run time (a route's pattern, an ErrorCode, a configured
  // source's name). Never for input. What is not short plain text is shown as "invalid".
  static LogWord label(std::string_view text);

  std::string_view text() const { return text_; }

 private:
  struct Checked {};
  LogWord(Checked, std::string_view text) : text_(text) {}
  std::string_view text_;
};

class LogField {
 public:
  using Value = std::variant<std::int64_t, std::uint64_t, double, bool, LogWord>;

  LogField(LogWord name, bool value) : name_(name), value_(value) {}
  LogField(LogWord name, LogWord value) : name_(name), value_(value) {}
  LogField(LogWord name, const void*) = delete;  // a char pointer is no bool; write LogWord("...")
  template <class T>
  requires std::is_arithmetic_v<T> LogField(LogWord name, T value)
      : name_(name), value_(widen(value)) {}

  LogWord name() const { return name_; }
  const Value& value() const { return value_; }

 private:
  template <class T>
  static Value widen(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(value);
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<std::int64_t>(value);
    } else {
      return static_cast<std::uint64_t>(value);
    }
  }
  LogWord name_;
  Value value_;
};

class Logger {
 public:
  using Fields = std::initializer_list<LogField>;
  // Takes one line without its end; called by many threads at once.
  using Sink = std::function<void(std::string_view line)>;

  Logger(Clock& clock, LogLevel least, Sink sink);
  // To standard error through spdlog, whole lines even from many threads.
  static Logger to_stderr(Clock& clock, LogLevel least = LogLevel::info);
  static Logger silent(Clock& clock);

  void debug(LogWord event, Fields fields = {}) const { write(LogLevel::debug, event, fields); }
  void info(LogWord event, Fields fields = {}) const { write(LogLevel::info, event, fields); }
  void warn(LogWord event, Fields fields = {}) const { write(LogLevel::warn, event, fields); }
  void error(LogWord event, Fields fields = {}) const { write(LogLevel::error, event, fields); }

 private:
  void write(LogLevel level, LogWord event, Fields fields) const;

  Clock* clock_;
  LogLevel least_;
  Sink sink_;
};

}  // namespace cdp::app
