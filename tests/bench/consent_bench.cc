#include "tests/bench/consent_bench.h"

#include <algorithm>
#include <chrono>

#include "cdp/app/config/config.h"
#include "cdp/core/base/random.h"
#include "consent/effective.h"

namespace cdp::bench {
namespace {

using Stopwatch = std::chrono::steady_clock;

constexpr std::size_t kStatements = 50;
constexpr std::size_t kMembers = 5;
constexpr const char* kEmail = "marketing.communications.email";
constexpr Time kNow{1'795'000'000'000'000};

constexpr const char* kShop = R"(pack = "shop-us@1"
controller = {name = "Example", country = "US", contact = "privacy@shop.example"}
[destination]
mail = {kind = "profile_api", role = "processor", purposes = ["marketing.communications.email"], attributes = ["email"]}
)";

// A person of five records who said fifty things about everything, most of it about e-mail.
identity::Profile person(SeededRandom& random) {
  static constexpr std::array<const char*, 6> kPurposes = {
      kEmail, kEmail, "marketing", "personalize.content", "analytics.reporting", "gpc"};
  identity::Profile profile;
  for (std::size_t i = 0; i < kMembers; ++i) {
    auto& member = profile.members.emplace_back();
    member.persona = PersonaOrdinal(i + 1);
    member.proof_group = static_cast<std::uint32_t>(1 + i / 2);
    member.document.trust = event::Trust::server;
    member.document.identifiers.push_back({"email", Pii<std::string>("x"),
                                           Token{static_cast<std::uint8_t>(1 + i / 2)},
                                           event::Tier::declared});
  }
  for (std::size_t i = 0; i < kStatements; ++i) {
    auto& member = profile.members[random.below(kMembers)];
    event::Statement s;
    s.position = Position(i + 1);
    s.purpose = kPurposes[random.below(kPurposes.size())];
    s.choice = random.below(4) == 0 ? event::Choice::withdrawn : event::Choice::granted;
    if (s.purpose == "gpc") s.choice = event::Choice::objected;
    if (s.purpose == "marketing") s.choice = event::Choice::denied;
    s.grade = static_cast<event::Grade>(random.below(4));
    s.contact_type = "email";
    s.contact_point = Token{static_cast<std::uint8_t>(1 + random.below(3))};
    s.notice_version = "2026-01";
    s.occurred_at = kNow - Duration::hours(static_cast<std::int64_t>(random.below(20'000)));
    s.received_at = s.occurred_at;
    member.document.statements.push_back(std::move(s));
  }
  return profile;
}

double at_rank(std::vector<double>& sorted, double rank) {
  const auto at = static_cast<std::size_t>(rank * static_cast<double>(sorted.size() - 1));
  return sorted[at];
}

void measure_one(const std::vector<identity::Profile>& people, const consent::Policy& policy,
                 std::size_t rounds, Results* results) {
  const consent::Purpose& purpose = policy.purposes.at(kEmail);
  std::vector<consent::PersonEvidence> evidence;
  for (const auto& one : people) evidence.emplace_back(one, policy);
  std::vector<double> took;
  took.reserve(rounds);
  std::size_t allowed = 0;
  const auto start = Stopwatch::now();
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto& known = evidence[i % evidence.size()];
    consent::Question question;
    question.purpose = &purpose;
    question.vendor = "mail";
    question.proof_group = 1;
    question.asking = PersonaOrdinal(1);
    question.contact_point = Token{1};
    question.jurisdictions = known.places;
    question.born = known.age.born;
    const auto before = Stopwatch::now();
    allowed += consent::decide(question, known.statements, policy, kNow).allowed ? 1U : 0U;
    took.push_back(std::chrono::duration<double, std::micro>(Stopwatch::now() - before).count());
  }
  const double seconds = std::chrono::duration<double>(Stopwatch::now() - start).count();
  std::sort(took.begin(), took.end());
  results->add("consent_decision_p50_us", at_rank(took, 0.5), "us");
  results->add("consent_decision_p99_us", at_rank(took, 0.99), "us");
  results->add("consent_decisions_per_s", static_cast<double>(rounds) / seconds, "1/s");
  results->add("consent_decisions_allowed", static_cast<double>(allowed), "decisions");
}

void measure_cohort(const std::vector<identity::Profile>& people, const consent::Policy& policy,
                    std::size_t rounds, Results* results) {
  const consent::Purpose& purpose = policy.purposes.at(kEmail);
  std::size_t decided = 0;
  const auto start = Stopwatch::now();
  while (decided < rounds) {
    decided += consent::decide_cohort(people, policy, purpose, "mail", kNow).size();
  }
  const double seconds = std::chrono::duration<double>(Stopwatch::now() - start).count();
  results->add("consent_cohort_people_per_s", static_cast<double>(decided) / seconds, "1/s");
}

}  // namespace

Result<void> measure_consent(bool quick, Results* results) {
  CDP_TRY(const auto policy, app::load_policy(kShop, "cdp.toml"));
  SeededRandom random(7);
  std::vector<identity::Profile> people;
  for (int i = 0; i < 1'000; ++i) people.push_back(person(random));
  measure_one(people, policy, quick ? 20'000 : 1'000'000, results);
  measure_cohort(people, policy, quick ? 2'000 : 100'000, results);
  return {};
}

}  // namespace cdp::bench
