#include "cdp/app/server/metrics.h"

#include <thread>

#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

TEST(Metrics, AreShownInThePrometheusTextFormat) {
  Metrics metrics;
  metrics.counter("cdp_events_rejected_total", "Events refused.", {{"reason", "no_id"}}).add(3);
  metrics.gauge("cdp_wal_bytes", "Bytes.").set(12.5);
  auto& h = metrics.histogram("cdp_erasure_duration_seconds", "Seconds.",
                              std::array<double, 2>{0.1, 1.0});
  h.observe(0.1);
  h.observe(0.5);
  h.observe(7);
  EXPECT_EQ(metrics.render(),
            "# HELP cdp_erasure_duration_seconds Seconds.\n"
            "# TYPE cdp_erasure_duration_seconds histogram\n"
            "cdp_erasure_duration_seconds_count 3\n"
            "cdp_erasure_duration_seconds_sum 7.6\n"
            "cdp_erasure_duration_seconds_bucket{le=\"0.1\"} 1\n"
            "cdp_erasure_duration_seconds_bucket{le=\"1\"} 2\n"
            "cdp_erasure_duration_seconds_bucket{le=\"+Inf\"} 3\n"
            "# HELP cdp_events_rejected_total Events refused.\n"
            "# TYPE cdp_events_rejected_total counter\n"
            "cdp_events_rejected_total{reason=\"no_id\"} 3\n"
            "# HELP cdp_wal_bytes Bytes.\n"
            "# TYPE cdp_wal_bytes gauge\n"
            "cdp_wal_bytes 12.5\n");
}

TEST(Metrics, OneNameAndLabelSetIsOneSeries) {
  Metrics metrics;
  auto& a = metrics.counter("cdp_a_total", "A.", {{"x", "1"}});
  EXPECT_EQ(&a, &metrics.counter("cdp_a_total", "A.", {{"x", "1"}}));
  EXPECT_NE(&a, &metrics.counter("cdp_a_total", "A.", {{"x", "2"}}));
}

TEST(Metrics, LabelValuesThatAreNotPlainAreNotShown) {
  Metrics metrics;
  metrics.counter("cdp_a_total", "A.", {{"x", "ada@shop.example"}}).add();
  metrics.counter("cdp_a_total", "A.", {{"x", std::string(500, 'a')}}).add();
  EXPECT_EQ(metrics.counter("cdp_a_total", "A.", {{"x", "invalid"}}).value(), 2U);
  EXPECT_THAT(metrics.render(), ::testing::Not(::testing::HasSubstr("ada")));
}

TEST(Metrics, TooManyLabelSetsShareOneSeries) {
  Metrics metrics;
  for (std::size_t i = 0; i < limits::kSeriesPerMetricMax + 10; ++i) {
    metrics.counter("cdp_a_total", "A.", {{"x", std::to_string(i)}}).add();
  }
  EXPECT_THAT(metrics.render(), ::testing::HasSubstr("cdp_a_total{x=\"other\"} 10\n"));
}

TEST(Metrics, ANameOfAnotherKindIsNotShown) {
  Metrics metrics;
  metrics.counter("cdp_a_total", "A.").add();
  metrics.gauge("cdp_a_total", "A.").set(7);
  EXPECT_THAT(metrics.render(), ::testing::HasSubstr("cdp_a_total 1\n"));
}

TEST(Metrics, LoseNothingUnderConcurrency) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics, t] {
      for (int i = 0; i < 1'000; ++i) {
        metrics.counter("cdp_a_total", "A.", {{"x", std::to_string(i % 7)}}).add();
        metrics.histogram("cdp_b_seconds", "B.").observe(t);
        if (i % 100 == 0) metrics.render();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::uint64_t total = 0;
  for (int i = 0; i < 7; ++i) {
    total += metrics.counter("cdp_a_total", "A.", {{"x", std::to_string(i)}}).value();
  }
  EXPECT_EQ(total, 4'000U);
  EXPECT_EQ(metrics.histogram("cdp_b_seconds", "B.").count(), 4'000U);
  EXPECT_EQ(metrics.histogram("cdp_b_seconds", "B.").sum(), 6'000.0);
}

}  // namespace
}  // namespace cdp::app
