// Workload: Segment calls of a synthetic shop, by seed: mostly `track` of about 800 bytes by a
// known user, people drawn by Zipf's law; a share of identify calls that link user and device and
// carry traits, of tracks by a device alone, and of calls with consent choices.
//
// Thread-safety: one thread each; give every thread its own `stream`, which keeps message ids
// apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cdp/core/base/random.h"

namespace cdp::bench {

struct WorkloadShape {
  std::uint64_t people = 200'000;
  double zipf = 0.8;
  double identify_share = 0.08;
  double device_share = 0.02;
  double consent_share = 0.03;
};

// Who acts next: an alias table (Walker 1977), shared by the streams.
class Popularity {
 public:
  Popularity(std::uint64_t people, double zipf);
  std::uint64_t draw(Random& random) const;

 private:
  std::vector<double> keep_;
  std::vector<std::uint32_t> alias_;
};

class Workload {
 public:
  Workload(const WorkloadShape& shape, const Popularity& popularity, std::uint64_t seed,
           std::uint64_t stream);

  // Replaces *out with {"batch":[...]} of n events.
  void batch(std::size_t n, std::string* out);
  // Replaces *out with one event; its call ("track", "identify") is answered.
  const char* single(std::string* out);
  // Bytes of the events made so far, without the batch around them.
  std::uint64_t event_bytes() const { return event_bytes_; }

  static std::string user(std::uint64_t person);
  static std::string email(std::uint64_t person);
  // An identify call with e-mail, names and consent to marketing by e-mail.
  static std::string consented(std::uint64_t person, const std::string& message_id);

 private:
  const char* append_event(std::string* out);
  void append_track(std::uint64_t person, bool device_only, std::string* out);
  void append_identify(std::uint64_t person, std::string* out);
  void append_context(std::uint64_t person, std::string* out);
  bool chance(double share);

  WorkloadShape shape_;
  const Popularity& popularity_;
  SeededRandom random_;
  std::uint64_t stream_;
  std::uint64_t next_ = 0;
  std::uint64_t event_bytes_ = 0;
};

}  // namespace cdp::bench
