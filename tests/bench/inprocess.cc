#include "tests/bench/inprocess.h"

#include "tests/bench/apart.h"
#include "tests/bench/bench_directory.h"

namespace cdp::bench {
namespace {

Result<Numbers> ingest(const InprocessOptions& options) {
  CDP_TRY(const auto directory, BenchDirectory::make(options.folder));
  BenchWorld world;
  CDP_TRY(const auto platform, world.open(directory));
  const double empty_mb = resident_mb("VmRSS");
  Tally tally;
  const Fed fed = feed(*platform, world.clock, options.feed, tally);
  if (tally.failed > 0 || tally.accepted + tally.others == 0) {
    return fail(ErrorCode::internal, "the pipeline did not take every event");
  }
  CDP_CHECK(platform->pipeline().health());
  Numbers numbers;
  numbers["events_per_s"] = static_cast<double>(tally.accepted + tally.others) / fed.seconds;
  numbers["cpu_us"] = fed.cpu_seconds * 1e6 / static_cast<double>(tally.accepted + tally.others);
  numbers["rss_mb"] = resident_mb("VmRSS");
  numbers["rss_peak_mb"] = resident_mb("VmHWM");
  numbers["rss_empty_mb"] = empty_mb;
  numbers["busy"] = static_cast<double>(tally.busy);
  const auto stats = platform->pipeline().writer().stats();
  numbers["events_per_commit"] = static_cast<double>(stats.accepted) /
                                 static_cast<double>(std::max(stats.commits, std::uint64_t{1}));
  numbers["subjects"] = static_cast<double>(platform->pipeline().live().sizes().subjects);
  numbers["personas"] = static_cast<double>(platform->pipeline().live().sizes().personas);
  const double events = static_cast<double>(tally.accepted.load());
  numbers["raw_bytes_per_event"] = static_cast<double>(tally.raw_bytes) / events;
  numbers["disk_bytes_per_event"] = static_cast<double>(directory.bytes()) / events;
  // Leaves as a crash would: restart_ready_s is measured over what lies there.
  return numbers;
}

Result<Numbers> restart(const InprocessOptions& options) {
  const BenchDirectory directory(options.folder);
  BenchWorld world;
  const Duration start = world.clock.elapsed();
  CDP_TRY(const auto platform, world.open(directory));
  Numbers numbers;
  numbers["seconds"] = static_cast<double>(world.clock.elapsed().us - start.us) / 1e6;
  platform->stop();
  numbers["disk_bytes"] = static_cast<double>(directory.bytes());
  return numbers;
}

}  // namespace

Result<void> measure_inprocess(const InprocessOptions& options, Results* results) {
  CDP_TRY(const auto numbers, apart([&] { return ingest(options); }));
  const auto at = [&](const char* name) { return numbers.at(name); };
  results->add_against("ingest_inprocess_events_per_s", at("events_per_s"), "1/s",
                       "raw_sqlcipher_append_rows_per_s");
  results->add("ingest_inprocess_events_per_commit", at("events_per_commit"), "events");
  results->add("ingest_inprocess_cpu_us_per_event", at("cpu_us"), "us");
  results->add("ingest_inprocess_personas", at("personas"), "personas");
  results->add("ingest_inprocess_subjects", at("subjects"), "subjects");
  results->add("rss_mb_at_1m_events", at("rss_mb"), "MiB");
  results->add("rss_peak_mb_at_1m_events", at("rss_peak_mb"), "MiB");
  results->add("raw_json_bytes_per_event", at("raw_bytes_per_event"), "B");
  results->add_against("disk_bytes_per_event", at("disk_bytes_per_event"), "B",
                       "raw_json_bytes_per_event");
  return {};
}

Result<void> measure_restart(const InprocessOptions& options, Results* results) {
  CDP_TRY(const auto crashed, apart([&] { return restart(options); }));
  results->add("restart_ready_s", crashed.at("seconds"), "s");
  CDP_TRY(const auto clean, apart([&] { return restart(options); }));
  results->add("restart_clean_s", clean.at("seconds"), "s");
  return {};
}

}  // namespace cdp::bench
