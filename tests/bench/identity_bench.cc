// Identity in memory: the graph, normalisation, persona documents. One thread, no store.
#include <benchmark/benchmark.h>

#include <fstream>

#include "cdp/core/base/random.h"
#include "identity/graph/graph.h"
#include "identity/identifier.h"
#include "identity/persona.h"

namespace cdp::identity {
namespace {

using event::Tier;

// One person in three sources: account (login, e-mail, device), newsletter (e-mail), browser
// (device).
struct Crowd {
  std::vector<Link> links;
  std::vector<Token> personas;
};

Crowd crowd_of(std::uint64_t personas) {
  SeededRandom random(1);
  Crowd crowd;
  for (std::uint64_t n = 0; n < personas; n += 3) {
    const Token login = random.next_token();
    const Token email = random.next_token();
    const Token device = random.next_token();
    const PersonaOrdinal account(n + 1);
    const PersonaOrdinal newsletter(n + 2);
    const PersonaOrdinal browser(n + 3);
    for (int i = 0; i < 3; ++i) crowd.personas.push_back(random.next_token());
    crowd.links.push_back({account, login, Tier::authenticated, 3});
    crowd.links.push_back({account, email, Tier::declared, 1});
    crowd.links.push_back({account, device, Tier::device, 4});
    crowd.links.push_back({newsletter, email, Tier::declared, 1});
    crowd.links.push_back({newsletter, random.next_token(), Tier::declared, 5});
    crowd.links.push_back({newsletter, random.next_token(), Tier::declared, 6});
    crowd.links.push_back({browser, device, Tier::device, 4});
    crowd.links.push_back({browser, random.next_token(), Tier::device, 0});
    crowd.links.push_back({browser, random.next_token(), Tier::device, 0});
  }
  // As they come in: everybody's links mixed with everybody else's.
  for (std::size_t i = crowd.links.size(); i > 1; --i) {
    std::swap(crowd.links[i - 1], crowd.links[random.below(i)]);
  }
  return crowd;
}

Graph graph_of(const Crowd& crowd) {
  Graph graph;
  for (std::size_t i = 0; i < crowd.personas.size(); ++i) {
    graph.add_persona(PersonaOrdinal(i + 1), crowd.personas[i]);
  }
  for (const Link& link : crowd.links) graph.add_links({&link, 1});
  return graph;
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  status >> total >> resident;
  return resident * 4;
}

void grow_graph(benchmark::State& state) {
  const Crowd crowd = crowd_of(static_cast<std::uint64_t>(state.range(0)));
  double mib = 0;
  for (auto _ : state) {
    const std::size_t before = resident_kib();
    const Graph graph = graph_of(crowd);
    mib = std::max(mib, static_cast<double>(resident_kib() - before) / 1024);
    benchmark::DoNotOptimize(graph.subject_count());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(crowd.links.size()));
  state.counters["graph_mib"] = mib;
}
BENCHMARK(grow_graph)->Arg(200'000)->Arg(2'000'000)->Unit(benchmark::kMillisecond);

void settle_graph(benchmark::State& state) {
  const Crowd crowd = crowd_of(200'000);
  for (auto _ : state) {
    Graph graph;
    for (std::size_t i = 0; i < crowd.personas.size(); ++i) {
      graph.add_persona(PersonaOrdinal(i + 1), crowd.personas[i]);
    }
    for (const Link& link : crowd.links) graph.load_link(link);
    graph.settle();
    benchmark::DoNotOptimize(graph.subject_count());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(crowd.links.size()));
}
BENCHMARK(settle_graph)->Unit(benchmark::kMillisecond);

void known_link(benchmark::State& state) {
  const Crowd crowd = crowd_of(static_cast<std::uint64_t>(state.range(0)));
  const Graph graph = graph_of(crowd);
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(graph.would_change(crowd.links[at]));
    at = at + 1 == crowd.links.size() ? 0 : at + 1;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(known_link)->Arg(200'000)->Arg(2'000'000);

// One device, ever more people: the cost of an observation must stay flat.
void kiosk_link(benchmark::State& state) {
  SeededRandom random(2);
  const Token device = random.next_token();
  Graph graph;
  std::uint64_t ordinal = 0;
  const auto visit = [&] {
    const Link link{PersonaOrdinal(++ordinal), device, Tier::device, 4};
    graph.add_persona(link.persona, random.next_token());
    benchmark::DoNotOptimize(graph.add_links({&link, 1}));
  };
  while (ordinal < 5'000) visit();
  for (auto _ : state) visit();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(kiosk_link);

void unmerge_and_merge(benchmark::State& state) {
  const Crowd crowd = crowd_of(999'999);
  Graph graph = graph_of(crowd);
  std::size_t at = 0;
  for (auto _ : state) {
    graph.add_cannot_link(crowd.personas[at], crowd.personas[at + 1]);
    graph.remove_cannot_link(crowd.personas[at], crowd.personas[at + 1]);
    at = (at + 3'333) % 999'000 / 3 * 3;
  }
}
BENCHMARK(unmerge_and_merge);

void normalise(benchmark::State& state, const char* type, const char* raw) {
  const Pii<std::string> value{raw};
  for (auto _ : state) benchmark::DoNotOptimize(Normaliser::normalise(type, value, "DE"));
}
BENCHMARK_CAPTURE(normalise, ascii_email, "email", "Jane.Doe+News@Example.com");
BENCHMARK_CAPTURE(normalise, international_email, "email", "jürgen@münchen.example");
BENCHMARK_CAPTURE(normalise, plain_phone, "phone", "+4930901820");
BENCHMARK_CAPTURE(normalise, national_phone, "phone", "030 901820");
BENCHMARK_CAPTURE(normalise, user_id, "user_id", "user-123456");

void index_email(benchmark::State& state) {
  if (!crypto::initialise()) return state.SkipWithError("libsodium does not start");
  const Bytes key(32, 1);
  const crypto::BlindIndex index(crypto::Secret::copy_of(key), "tenant", 1);
  const event::Identifier raw{"email", Pii<std::string>("Jane.Doe+News@Example.com")};
  for (auto _ : state) {
    benchmark::DoNotOptimize(Normaliser::index(raw, event::Trust::server, "DE", index));
  }
}
BENCHMARK(index_email);

event::Fact page_view() {
  event::Fact fact;
  fact.source = "web";
  fact.persona_token = Token{1};
  fact.identifiers.push_back({"user_id", Pii<std::string>("7"), Token{2}, Tier::declared});
  fact.identifiers.push_back({"anonymous_id", Pii<std::string>("d"), Token{3}, Tier::device});
  fact.event = event::Event{"Page Viewed", Pii<std::string>("{}")};
  fact.occurred_at = Time{5};
  return fact;
}

void apply_unchanged(benchmark::State& state) {
  const event::Fact fact = page_view();
  PersonaDocument document;
  document.apply(fact, Position(1));
  for (auto _ : state) benchmark::DoNotOptimize(document.apply(fact, Position(2)));
}
BENCHMARK(apply_unchanged);

}  // namespace
}  // namespace cdp::identity
