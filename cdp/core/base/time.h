// Time: int64 microseconds since the Unix epoch, UTC, inside; RFC 3339 at the edges. Time comes in
// as an argument: only main makes a real Clock (DESIGN invariant 12).
//
// Thread-safety: Time and Duration are values; a Clock is safe for concurrent use.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "cdp/core/base/result.h"

namespace cdp {

struct Duration {
  std::int64_t us = 0;
  static constexpr Duration micros(std::int64_t n) { return {n}; }
  static constexpr Duration millis(std::int64_t n) { return {n * 1'000}; }
  static constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
  static constexpr Duration hours(std::int64_t n) { return seconds(n * 3'600); }
  static constexpr Duration days(std::int64_t n) { return hours(n * 24); }
  friend constexpr auto operator<=>(const Duration&, const Duration&) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
};

struct Time {
  std::int64_t us = 0;  // microseconds since 1970-01-01T00:00:00Z; 0 = not known
  constexpr bool known() const { return us != 0; }
  friend constexpr auto operator<=>(const Time&, const Time&) = default;
  friend constexpr Time operator+(Time t, Duration d) { return {t.us + d.us}; }
  friend constexpr Time operator-(Time t, Duration d) { return {t.us - d.us}; }
  friend constexpr Duration operator-(Time a, Time b) { return {a.us - b.us}; }
};

// "2026-11-22T20:23:00.000001Z"; fractions are left out when zero.
std::string to_rfc3339(Time time);
// Accepts RFC 3339 (any offset, 0 to 9 fraction digits, 'T' or space) and years 1970 to 9999.
Result<Time> from_rfc3339(std::string_view text);

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time. May step backwards; nothing that orders or expires grants may rely on it alone.
  virtual Time now() = 0;
  // Monotonic, for durations only; its zero is arbitrary.
  virtual Duration elapsed() = 0;
};

// The machine's clock. Constructed in main and in benchmarks, nowhere else (a law test counts).
class SystemClock final : public Clock {
 public:
  Time now() override;
  Duration elapsed() override;
};

// A clock that tests move by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() override { return now_; }
  Duration elapsed() override { return now_ - Time{}; }
  void advance(Duration by) { now_ = now_ + by; }
  void set(Time to) { now_ = to; }

 private:
  Time now_;
};

}  // namespace cdp
