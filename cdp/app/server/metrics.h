// Counters, gauges and histograms with bounded labels, shown in the Prometheus text format.
//
//   auto& accepted = metrics.counter("cdp_events_accepted_total", "Events acked.");
//   accepted.add();                                          // keep the reference: no look-up
//   metrics.counter("cdp_events_rejected_total", "Events refused.", {{"reason", "no_id"}}).add();
//
// Names: `cdp_` prefix, base units, `_total` for counters (Prometheus naming rules). Label values
// are never personal data; what is not short plain text becomes "invalid", and past
// limits::kSeriesPerMetricMax label sets a metric counts in one series named "other".
// Thread-safety: safe; series are atomics and live as long as the Metrics.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cdp::app {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double n) { value_.fetch_add(n, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  // `bounds` ascending; a last bucket without bound is added.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);
  std::uint64_t count() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  const std::vector<double>& bounds() const { return bounds_; }
  std::uint64_t bucket(std::size_t index) const {
    return buckets_[index].load(std::memory_order_relaxed);
  }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> buckets_;  // one more than bounds_
  std::atomic<double> sum_{0};
};

// Seconds, 0.25 ms to 10 s: the latencies of requests.
std::span<const double> latency_bounds_s();

class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The series of that name and those labels, made when first asked for. One name has one kind;
  // asking for another kind answers a series that is not shown.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help,
                       std::span<const double> bounds = latency_bounds_s(),
                       const Labels& labels = {});

  // text/plain; version=0.0.4
  std::string render() const;

 private:
  struct Registry;
  template <class T, class Make>
  T& series(std::string_view name, std::string_view help, const Labels& labels, Make make);
  std::unique_ptr<Registry> registry_;
};

}  // namespace cdp::app
