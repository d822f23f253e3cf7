#include "cdp/app/server/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <sstream>
#include <unordered_map>
#include <variant>

#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

constexpr std::array kLatencyBounds{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                    0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

using OwnedLabels = std::vector<std::pair<std::string, std::string>>;

bool plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("_-./:{}*").find(c) != std::string_view::npos;
}

std::string_view bounded(std::string_view value) {
  if (value.size() > limits::kLabelBytesMax || !std::all_of(value.begin(), value.end(), plain)) {
    return "invalid";
  }
  return value;
}

// Neither names nor bounded values hold a control character, so it parts them.
std::string key_of(const Metrics::Labels& labels) {
  std::string key;
  for (const auto& [name, value] : labels) {
    key.append(name).append("\1").append(bounded(value)).append("\2");
  }
  return key;
}

template <class T>
struct Series {
  OwnedLabels labels;
  std::unique_ptr<T> value;
};

template <class T>
struct Family {
  std::string help;
  std::unordered_map<std::string, Series<T>> series;
};

using AnyFamily = std::variant<Family<Counter>, Family<Gauge>, Family<Histogram>>;

void show(const Counter& counter, prometheus::ClientMetric* out) {
  out->counter.value = static_cast<double>(counter.value());
}

void show(const Gauge& gauge, prometheus::ClientMetric* out) { out->gauge.value = gauge.value(); }

void show(const Histogram& histogram, prometheus::ClientMetric* out) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    total += histogram.bucket(i);
    prometheus::ClientMetric::Bucket bucket;
    bucket.cumulative_count = total;
    bucket.upper_bound = i < histogram.bounds().size() ? histogram.bounds()[i]
                                                       : std::numeric_limits<double>::infinity();
    out->histogram.bucket.push_back(bucket);
  }
  out->histogram.sample_count = total;
  out->histogram.sample_sum = histogram.sum();
}

template <class T>
constexpr prometheus::MetricType kType = prometheus::MetricType::Untyped;
template <>
constexpr prometheus::MetricType kType<Counter> = prometheus::MetricType::Counter;
template <>
constexpr prometheus::MetricType kType<Gauge> = prometheus::MetricType::Gauge;
template <>
constexpr prometheus::MetricType kType<Histogram> = prometheus::MetricType::Histogram;

template <class T>
void collect(const Family<T>& family, prometheus::MetricFamily* out) {
  out->help = family.help;
  out->type = kType<T>;
  // In the order of the labels, so that two renderings can be compared.
  std::map<std::string_view, const Series<T>*> ordered;
  for (const auto& [key, series] : family.series) ordered.emplace(key, &series);
  for (const auto& [key, series] : ordered) {
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : series->labels) metric.label.push_back({name, value});
    show(*series->value, &metric);
    out->metric.push_back(std::move(metric));
  }
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {}

void Histogram::observe(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::span<const double> latency_bounds_s() { return kLatencyBounds; }

struct Metrics::Registry {
  mutable std::shared_mutex mutex;
  std::map<std::string, AnyFamily, std::less<>> families;
  std::vector<std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                           std::unique_ptr<Histogram>>>
      unshown;  // asked for under a name of another kind
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

template <class T, class Make>
T& Metrics::series(std::string_view name, std::string_view help, const Labels& labels, Make make) {
  std::string key = key_of(labels);
  {
    const std::shared_lock lock(registry_->mutex);
    if (const auto found = registry_->families.find(name); found != registry_->families.end()) {
      if (const auto* family = std::get_if<Family<T>>(&found->second)) {
        if (const auto at = family->series.find(key); at != family->series.end()) {
          return *at->second.value;
        }
      }
    }
  }
  const std::unique_lock lock(registry_->mutex);
  auto [at, made] = registry_->families.try_emplace(std::string(name), Family<T>{});
  auto* family = std::get_if<Family<T>>(&at->second);
  if (family == nullptr) {
    auto other = make();
    T& series = *other;
    registry_->unshown.emplace_back(std::move(other));
    return series;
  }
  if (made) family->help = help;
  const bool full = family->series.size() >= limits::kSeriesPerMetricMax;
  OwnedLabels owned;
  if (full && !family->series.contains(key)) key = "other";
  for (const auto& [label, value] : labels)
    owned.emplace_back(label, full ? "other" : bounded(value));
  const auto [series, fresh] = family->series.try_emplace(key);
  if (fresh) series->second = {std::move(owned), make()};
  return *series->second.value;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return series<Counter>(name, help, labels, [] { return std::make_unique<Counter>(); });
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return series<Gauge>(name, help, labels, [] { return std::make_unique<Gauge>(); });
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help,
                              std::span<const double> bounds, const Labels& labels) {
  return series<Histogram>(name, help, labels, [&bounds] {
    return std::make_unique<Histogram>(std::vector<double>(bounds.begin(), bounds.end()));
  });
}

std::string Metrics::render() const {
  std::vector<prometheus::MetricFamily> out;
  {
    const std::shared_lock lock(registry_->mutex);
    for (const auto& [name, any] : registry_->families) {
      prometheus::MetricFamily& shown = out.emplace_back();
      shown.name = name;
      std::visit([&](const auto& family) { collect(family, &shown); }, any);
    }
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, out);
  return text.str();
}

}  // namespace cdp::app
