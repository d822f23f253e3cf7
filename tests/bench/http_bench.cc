#include "tests/bench/http_bench.h"

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/bench/load.h"
#include "tests/support/cdp_process.h"

namespace cdp::bench {
namespace {

using testing::post_request;
using testing::run_cdp;
using testing::ServedCdp;

constexpr std::uint64_t kConsented = 1'000;  // people that lookups ask for
constexpr double kSteadyEventsPerS = 5'000;
constexpr std::size_t kSteadyBatch = 20;
constexpr double kLookupsPerS = 100;
constexpr std::size_t kLookupLines = 4;

constexpr const char* kConfig = R"toml(
[source.web]
kind = "segment"
trust = "server"
categories = {"Personalisation" = "personalize.content", "Newsletter" = "marketing.communications.email"}

[destination.shop]
kind = "profile_api"
role = "processor"
purposes = ["personalize.content"]
attributes = ["first_name", "last_name", "city"]
)toml";

class HttpBench {
 public:
  HttpBench(const HttpOptions& options, Clock& clock, Results* results)
      : options_(options),
        clock_(clock),
        results_(results),
        popularity_(options.shape.people, options.shape.zipf),
        data_(options.folder / "http") {}

  Result<void> run() {
    CDP_CHECK(prepare());
    CDP_TRY(auto server, ServedCdp::start(options_.cdp, data_));
    port_ = server.port();
    CDP_CHECK(consent());
    for (const std::size_t batch : {1U, 20U, 100U}) CDP_CHECK(ingest(batch));
    CDP_CHECK(lookups(false));
    CDP_CHECK(lookups(true));
    if (!server.stop()) return fail(ErrorCode::unavailable, "the server did not stop well");
    return {};
  }

 private:
  Result<void> prepare() {
    std::error_code ignored;
    std::filesystem::remove_all(data_, ignored);
    std::filesystem::remove(data_.string() + ".key", ignored);
    std::filesystem::create_directories(options_.folder);
    CDP_CHECK(run_cdp(options_.cdp, {"init", data_.string()}));
    std::ofstream(data_ / "cdp.toml", std::ios::app) << kConfig;
    CDP_TRY(const auto source,
            run_cdp(options_.cdp, {"source", "add", "web", "--dir", data_.string(), "--json"}));
    CDP_TRY(const auto shop, run_cdp(options_.cdp, {"destination", "add", "shop", "--dir",
                                                    data_.string(), "--json"}));
    source_ = testing::basic_authorization(testing::json_text(source, "write_key"));
    destination_ = "Bearer " + testing::json_text(shop, "token");
    return {};
  }

  Result<void> consent() {
    testing::HttpLine line(port_);
    for (std::uint64_t person = 0; person < kConsented; person += 100) {
      std::string body = R"({"batch":[)";
      for (std::uint64_t i = person; i < person + 100; ++i) {
        body += (i > person ? "," : "") + Workload::consented(i, "consented-" + std::to_string(i));
      }
      const auto answer = line.exchange(post_request("/v1/batch", source_, body + "]}"));
      if (!answer || answer->status != 200) {
        return fail(ErrorCode::unavailable, "the server did not take the people to look up");
      }
    }
    const auto seen = line.exchange(lookup_request(1));
    if (!seen || seen->body.find(R"("first_name":"First")") == std::string::npos) {
      return fail(ErrorCode::internal, "a lookup of a person with consent answered nothing");
    }
    return {};
  }

  std::string lookup_request(std::uint64_t person) const {
    return post_request("/v1/profiles/lookup", destination_,
                        R"({"identifier":{"type":"user_id","value":")" + Workload::user(person) +
                            R"("},"purpose":"personalize.content"})");
  }

  LoadPlan ingest_plan(std::size_t batch) {
    LoadPlan plan;
    plan.port = port_;
    plan.connections = options_.connections;
    plan.for_time = options_.for_time;
    plan.next = [this, batch, body = std::string(),
                 workload = Workload(options_.shape, popularity_, 11, ++stream_)](
                    std::string* out) mutable {
      std::string path = "/v1/batch";
      if (batch == 1) {
        path = std::string("/v1/") + workload.single(&body);
      } else {
        workload.batch(batch, &body);
      }
      *out = post_request(path, source_, body);
    };
    return plan;
  }

  Result<void> ingest(std::size_t batch) {
    const LoadReport report = run_load(ingest_plan(batch), clock_);
    CDP_CHECK(sound(report));
    const double rate = static_cast<double>(report.answered * batch) / report.seconds;
    const std::string name = "http_ingest_batch" + std::to_string(batch) + "_events_per_s";
    results_->add_against(name, rate, "1/s", "raw_sqlcipher_append_rows_per_s");
    const std::string ack = "http_ack_batch" + std::to_string(batch);
    results_->add(ack + "_p50_ms", report.percentile_ms(50), "ms");
    results_->add(ack + "_p99_ms", report.percentile_ms(99), "ms");
    results_->add("http_ingest_batch" + std::to_string(batch) + "_busy", double(report.busy),
                  "answers");
    return {};
  }

  LoadPlan lookup_plan(std::uint64_t from, std::uint64_t people) {
    LoadPlan plan;
    plan.port = port_;
    plan.connections = kLookupLines;
    plan.for_time = options_.for_time;
    plan.rate_per_s = kLookupsPerS;
    plan.requests_max = people;
    plan.next = [this, from, person = std::uint64_t{0}](std::string* out) mutable {
      *out = lookup_request(from + person++);
    };
    return plan;
  }

  // Beside a steady ingest, or beside as much as the server takes. The first lookup of a person, a
  // destination and a purpose within an hour waits for a commit, its disclosure; the next ones do
  // not: measured apart.
  Result<void> lookups(bool full_load) {
    std::atomic<bool> over{false};
    LoadPlan ingest = ingest_plan(kSteadyBatch);
    ingest.for_time = options_.for_time + options_.for_time + Duration::seconds(5);
    ingest.over = [&] { return over.load(); };
    if (!full_load) ingest.rate_per_s = kSteadyEventsPerS / double(kSteadyBatch);
    LoadReport beside;
    std::thread feeder([&] { beside = run_load(ingest, clock_); });
    const std::uint64_t from = full_load ? kConsented / 2 : 0;
    const LoadReport first = run_load(lookup_plan(from, kConsented / 2), clock_);
    const LoadReport again = run_load(lookup_plan(from, first.answered), clock_);
    over = true;
    feeder.join();
    CDP_CHECK(sound(first));
    CDP_CHECK(sound(again));
    CDP_CHECK(sound(beside));
    const std::string name = full_load ? "http_lookup_under_full_load" : "http_lookup_under_ingest";
    results_->add(name + "_p50_ms", again.percentile_ms(50), "ms");
    results_->add(name + "_p99_ms", again.percentile_ms(99), "ms");
    results_->add(name + "_first_p50_ms", first.percentile_ms(50), "ms");
    results_->add(name + "_first_p99_ms", first.percentile_ms(99), "ms");
    results_->add(name + "_events_per_s",
                  static_cast<double>(beside.answered * kSteadyBatch) / beside.seconds, "1/s");
    return {};
  }

  static Result<void> sound(const LoadReport& report) {
    if (report.failed == 0 && report.answered > 0) return {};
    return fail(ErrorCode::unavailable,
                "the server refused " + std::to_string(report.failed) + " requests of the load");
  }

  const HttpOptions& options_;
  Clock& clock_;
  Results* results_;
  Popularity popularity_;
  std::filesystem::path data_;
  std::uint16_t port_ = 0;
  std::uint64_t stream_ = 100;
  std::string source_, destination_;
};

}  // namespace

Result<void> measure_http(const HttpOptions& options, Clock& clock, Results* results) {
  return HttpBench(options, clock, results).run();
}

}  // namespace cdp::bench
