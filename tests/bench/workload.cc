#include "tests/bench/workload.h"

#include <array>
#include <cmath>
#include <numeric>

namespace cdp::bench {
namespace {

constexpr std::array<const char*, 6> kEvents{"Product Viewed",  "Product Added",
                                             "Page Viewed",     "Cart Viewed",
                                             "Order Completed", "Search Performed"};
constexpr std::array<const char*, 5> kColours{"red", "green", "blue", "black", "white"};

std::string device(std::uint64_t person) { return "device-" + std::to_string(person * 7'919 + 13); }

double uniform(Random& random) { return static_cast<double>(random.next_u64() >> 11) * 0x1.0p-53; }

}  // namespace

Popularity::Popularity(std::uint64_t people, double zipf) : keep_(people), alias_(people) {
  std::vector<double> weight(people);
  for (std::size_t i = 0; i < people; ++i) {
    weight[i] = 1.0 / std::pow(static_cast<double>(i + 1), zipf);
  }
  const double scale =
      static_cast<double>(people) / std::accumulate(weight.begin(), weight.end(), 0.0);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < people; ++i) {
    weight[i] *= scale;
    (weight[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t low = small.back();
    const std::uint32_t high = large.back();
    small.pop_back();
    keep_[low] = weight[low];
    alias_[low] = high;
    weight[high] -= 1 - weight[low];
    if (weight[high] < 1) {
      large.pop_back();
      small.push_back(high);
    }
  }
  for (const auto& rest : {small, large}) {
    for (const std::uint32_t i : rest) keep_[i] = 1;
  }
}

std::uint64_t Popularity::draw(Random& random) const {
  const std::uint64_t column = random.below(keep_.size());
  return uniform(random) < keep_[column] ? column : alias_[column];
}

Workload::Workload(const WorkloadShape& shape, const Popularity& popularity, std::uint64_t seed,
                   std::uint64_t stream)
    : shape_(shape), popularity_(popularity), random_(seed * 1'000'003 + stream), stream_(stream) {}

std::string Workload::user(std::uint64_t person) { return "user-" + std::to_string(person); }

std::string Workload::email(std::uint64_t person) {
  return "person" + std::to_string(person) + "@shop.example";
}

bool Workload::chance(double share) { return uniform(random_) < share; }

void Workload::batch(std::size_t n, std::string* out) {
  out->assign(R"({"batch":[)");
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0) out->push_back(',');
    append_event(out);
  }
  out->append("]}");
}

const char* Workload::single(std::string* out) {
  out->clear();
  return append_event(out);
}

const char* Workload::append_event(std::string* out) {
  const std::size_t before = out->size();
  const std::uint64_t person = popularity_.draw(random_);
  const bool identify = chance(shape_.identify_share);
  if (identify) {
    append_identify(person, out);
  } else {
    append_track(person, chance(shape_.device_share), out);
  }
  event_bytes_ += out->size() - before;
  return identify ? "identify" : "track";
}

void Workload::append_context(std::uint64_t person, std::string* out) {
  out->append(
      R"(,"context":{"library":{"name":"analytics.js","version":"2.11.1"},"page":{"path":)"
      R"("/catalogue/jackets/rain","referrer":"https://search.example/","search":"?ref=mail",)"
      R"("title":"Rain jackets","url":"https://shop.example/catalogue/jackets/rain?ref=mail"},)"
      R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko))"
      R"( Chrome/126.0 Safari/537.36","locale":"de-DE","timezone":"Europe/Berlin")");
  if (chance(shape_.consent_share)) {
    // Most people keep to what they chose.
    const bool changed = chance(0.1);
    out->append(R"(,"consent":{"categoryPreferences":{"Personalisation":)");
    out->append((person % 3 != 0) != changed ? "true" : "false");
    out->append(R"(,"Newsletter":)").append(person % 2 == 0 ? "true" : "false").append("}}");
  }
  out->append("},\"integrations\":{}}");
}

void Workload::append_track(std::uint64_t person, bool device_only, std::string* out) {
  const std::uint64_t number = next_++;
  out->append(R"({"type":"track","messageId":"m-)").append(std::to_string(stream_));
  out->append("-").append(std::to_string(number));
  if (device_only) {
    out->append(R"(","anonymousId":")").append(device(person));
  } else {
    out->append(R"(","userId":")").append(user(person));
  }
  out->append(R"(","event":")").append(kEvents[random_.below(kEvents.size())]);
  out->append(R"(","properties":{"product_id":"P-)").append(std::to_string(random_.below(5'000)));
  out->append(R"(","sku":"SKU-)").append(std::to_string(random_.below(20'000)));
  out->append(R"(","category":"jackets","name":"Rain jacket )");
  out->append(std::to_string(random_.below(400))).append(R"(","brand":"Example","variant":")");
  out->append(kColours[random_.below(kColours.size())]).append(R"(","price":)");
  out->append(std::to_string(10 + random_.below(190))).append(R"(.95,"quantity":)");
  out->append(std::to_string(1 + random_.below(4))).append(R"(,"currency":"EUR","position":)");
  out->append(std::to_string(random_.below(40))).append(R"(,"coupon":"AUTUMN"})");
  append_context(person, out);
}

void Workload::append_identify(std::uint64_t person, std::string* out) {
  const std::uint64_t number = next_++;
  out->append(R"({"type":"identify","messageId":"m-)").append(std::to_string(stream_));
  out->append("-").append(std::to_string(number)).append(R"(","userId":")").append(user(person));
  out->append(R"(","anonymousId":")").append(device(person));
  out->append(R"(","traits":{"email":")").append(email(person));
  out->append(R"(","firstName":"First)").append(std::to_string(person % 997));
  out->append(R"(","lastName":"Last)").append(std::to_string(person % 4'999));
  out->append(R"(","city":"Berlin","country":"DE","language":"de","orders_count":)");
  out->append(std::to_string(random_.below(30))).append("}");
  append_context(person, out);
}

std::string Workload::consented(std::uint64_t person, const std::string& message_id) {
  std::string out = R"({"type":"identify","messageId":")" + message_id + R"(","userId":")";
  out.append(user(person)).append(R"(","traits":{"email":")").append(email(person));
  out.append(R"(","firstName":"First","lastName":"Last"},"context":{"consent":)");
  out.append(R"({"categoryPreferences":{"Personalisation":true,"Newsletter":true}}}})");
  return out;
}

}  // namespace cdp::bench
