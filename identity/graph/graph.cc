#include "identity/graph/graph.h"

#include <sodium.h>

#include <algorithm>

#include "cdp/core/base/limits.h"
#include "identity/graph/graph_impl.h"

namespace cdp::identity {

using event::Tier;

Graph::Graph() : Graph(limits::kComponentPersonasMax) {}
Graph::Graph(std::size_t component_personas_max) : Graph(Rules(), component_personas_max) {}
Graph::Graph(Rules rules, std::size_t component_personas_max)
    : impl_(std::make_unique<Impl>(std::move(rules), component_personas_max)) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

Change Graph::add_persona(PersonaOrdinal persona, const Token& persona_token) {
  const std::uint32_t slot = impl_->adjacency.add_persona(persona, persona_token);
  if (slot == kNoSlot) return {};
  return impl_->change([&] { impl_->partition.persona_added(slot); });
}

bool Graph::would_change(const Link& link) const {
  const Adjacency& adjacency = impl_->adjacency;
  const std::uint32_t persona = adjacency.find_persona(link.persona);
  if (persona == kNoSlot) return true;
  if (const Retraction* retracted = adjacency.retraction(link.persona, link.identifier)) {
    return !retracted->asserted || retracted->asserted->tier < link.tier;
  }
  const std::uint32_t identifier = adjacency.find_identifier(link.identifier);
  if (identifier == kNoSlot) return true;
  const Edge* known = adjacency.find_link(persona, identifier);
  return known == nullptr || known->tier < link.tier;
}

Change Graph::add_links(std::span<const Link> links) {
  return impl_->change([&] {
    for (const Link& link : links) {
      if (const auto rise = impl_->put(link)) impl_->partition.link_rose(*rise);
    }
    impl_->partition.links_risen();
  });
}

Change Graph::remove_persona(PersonaOrdinal persona) {
  const std::uint32_t slot = impl_->adjacency.find_persona(persona);
  if (slot == kNoSlot) return {};
  return impl_->change([&] { impl_->partition.remove_persona(slot); });
}

Change Graph::add_cannot_link(const Token& first_persona, const Token& second_persona) {
  if (!impl_->adjacency.add_cannot_link(first_persona, second_persona)) return {};
  return impl_->cannot_links_changed(first_persona, second_persona);
}

Change Graph::remove_cannot_link(const Token& first_persona, const Token& second_persona) {
  if (!impl_->adjacency.remove_cannot_link(first_persona, second_persona)) return {};
  return impl_->cannot_links_changed(first_persona, second_persona);
}

Change Graph::add_must_link(const Token& first_persona, const Token& second_persona,
                            MustLinkKind kind) {
  if (!impl_->adjacency.add_must_link(first_persona, second_persona, kind)) return {};
  return impl_->must_links_changed(first_persona, second_persona);
}

Change Graph::remove_must_link(const Token& first_persona, const Token& second_persona,
                               MustLinkKind kind) {
  if (!impl_->adjacency.remove_must_link(first_persona, second_persona, kind)) return {};
  return impl_->must_links_changed(first_persona, second_persona);
}

Change Graph::retract(PersonaOrdinal persona, std::span<const Token> identifiers) {
  Adjacency& adjacency = impl_->adjacency;
  return impl_->change([&] {
    for (const Token& identifier : identifiers) {
      if (!adjacency.add_retraction(persona, identifier)) continue;
      if (!adjacency.retraction(persona, identifier)->asserted) continue;
      impl_->partition.remove_link(adjacency.find_persona(persona),
                                   adjacency.find_identifier(identifier));
    }
  });
}

Change Graph::restore(PersonaOrdinal persona, std::span<const Token> identifiers) {
  std::vector<Link> links;
  for (const Token& identifier : identifiers) {
    const auto retraction = impl_->adjacency.take_retraction(persona, identifier);
    if (retraction && retraction->asserted) links.push_back(*retraction->asserted);
  }
  return add_links(links);
}

bool Graph::is_retracted(PersonaOrdinal persona, const Token& identifier) const {
  return impl_->adjacency.retraction(persona, identifier) != nullptr;
}

std::vector<Link> Graph::retracted() const {
  std::vector<Link> out;
  for (const auto& [persona, of_persona] : impl_->adjacency.retractions()) {
    for (const Retraction& one : of_persona) {
      if (one.asserted) out.push_back(*one.asserted);
    }
  }
  std::ranges::sort(out, [](const Link& a, const Link& b) {
    return std::tie(a.persona, a.identifier) < std::tie(b.persona, b.identifier);
  });
  return out;
}

std::vector<PersonaOrdinal> Graph::retracted_from(const Token& identifier) const {
  std::vector<PersonaOrdinal> out;
  for (const auto& [persona, of_persona] : impl_->adjacency.retractions()) {
    if (std::ranges::find(of_persona, identifier, &Retraction::identifier) != of_persona.end()) {
      out.push_back(persona);
    }
  }
  std::ranges::sort(out);
  return out;
}

Change Graph::add_latch(const Token& identifier) {
  const bool before = impl_->links(identifier);
  if (!impl_->adjacency.add_latch(identifier)) return {};
  return impl_->latch_changed(identifier, before);
}

Change Graph::lift_latch(const Token& identifier) {
  const bool before = impl_->links(identifier);
  if (!impl_->adjacency.lift_latch(identifier)) return {};
  return impl_->latch_changed(identifier, before);
}

void Graph::load_retraction(PersonaOrdinal persona, const Token& identifier) {
  impl_->adjacency.add_retraction(persona, identifier);
}

void Graph::load_link(const Link& link) { impl_->put(link); }

void Graph::load_cannot_link(const Token& first_persona, const Token& second_persona) {
  impl_->adjacency.add_cannot_link(first_persona, second_persona);
}

void Graph::load_must_link(const Token& first_persona, const Token& second_persona,
                           MustLinkKind kind) {
  impl_->adjacency.add_must_link(first_persona, second_persona, kind);
}

void Graph::load_latch(const Token& identifier) { impl_->adjacency.add_latch(identifier); }

void Graph::settle() { impl_->partition.settle_all(); }

std::vector<Member> Graph::members(PersonaOrdinal persona) const {
  const std::uint32_t slot = impl_->adjacency.find_persona(persona);
  if (slot == kNoSlot) return {};
  std::vector<std::uint32_t> slots = impl_->partition.subject_members(slot);
  std::ranges::sort(slots, {}, [&](std::uint32_t s) { return impl_->ordinal(s); });
  // Proof groups are numbered by their first member, so that equal subjects answer equally.
  std::vector<std::uint32_t> groups;
  std::vector<Member> out;
  out.reserve(slots.size());
  for (const std::uint32_t s : slots) {
    const std::uint32_t proof = impl_->adjacency.persona(s).proof;
    auto known = std::ranges::find(groups, proof);
    if (known == groups.end()) known = groups.insert(groups.end(), proof);
    out.push_back({impl_->ordinal(s), static_cast<std::uint32_t>(known - groups.begin())});
  }
  return out;
}

std::vector<PersonaOrdinal> Graph::holders(const Token& identifier, Tier at_least) const {
  std::vector<PersonaOrdinal> out;
  const std::uint32_t slot = impl_->adjacency.find_identifier(identifier);
  if (slot == kNoSlot) return out;
  for (const Edge& edge : impl_->adjacency.identifier(slot).edges.view()) {
    if (edge.tier >= at_least) out.push_back(impl_->ordinal(edge.to));
  }
  std::ranges::sort(out);
  return out;
}

bool Graph::carries(PersonaOrdinal persona, const Token& identifier) const {
  const std::uint32_t from = impl_->adjacency.find_persona(persona);
  const std::uint32_t to = impl_->adjacency.find_identifier(identifier);
  return from != kNoSlot && to != kNoSlot && impl_->adjacency.find_link(from, to) != nullptr;
}

std::optional<PersonaOrdinal> Graph::persona(const Token& persona_token) const {
  const std::uint32_t slot = impl_->adjacency.find_persona(persona_token);
  if (slot == kNoSlot) return std::nullopt;
  return impl_->ordinal(slot);
}

std::optional<Token> Graph::persona_token(PersonaOrdinal persona) const {
  const std::uint32_t slot = impl_->adjacency.find_persona(persona);
  if (slot == kNoSlot) return std::nullopt;
  return impl_->adjacency.persona(slot).token;
}

std::vector<Link> Graph::links_of(PersonaOrdinal persona) const {
  std::vector<Link> out;
  const std::uint32_t slot = impl_->adjacency.find_persona(persona);
  if (slot == kNoSlot) return out;
  for (const Edge& edge : impl_->adjacency.persona(slot).edges.view()) {
    out.push_back({persona, impl_->adjacency.identifier(edge.to).token, edge.tier, edge.kind});
  }
  return out;
}

namespace {

struct Shared {
  std::uint32_t identifier;
  std::uint8_t kind;
};

// Two records that share an address share its hash as well: of what joins both on one tier, the
// kind that is numbered first is told. Kinds that are made from others come after them.
Shared plainest(const Adjacency& adjacency, const DecidedJoin& join) {
  const Edge* decided = adjacency.find_link(join.a, join.identifier);
  Shared best{join.identifier, decided->kind};
  for (const Edge& edge : adjacency.persona(join.a).edges.view()) {
    if (edge.kind == 0 || edge.kind >= best.kind || edge.tier != decided->tier) continue;
    const Edge* other = adjacency.find_link(join.b, edge.to);
    if (other != nullptr && links_at(edge, join.tier) && links_at(*other, join.tier) &&
        Adjacency::eligible(adjacency.identifier(edge.to))) {
      best = {edge.to, edge.kind};
    }
  }
  return best;
}

}  // namespace

std::vector<Join> Graph::explain(PersonaOrdinal persona) const {
  const Adjacency& adjacency = impl_->adjacency;
  const std::uint32_t slot = adjacency.find_persona(persona);
  if (slot == kNoSlot) return {};
  const PersonaNode& asked = adjacency.persona(slot);
  const Decision decision = decide(adjacency, impl_->partition.unit_members(slot), asked.level);
  std::vector<Join> out;
  for (const DecidedJoin& join : decision.joins) {
    if (adjacency.persona(join.a).subject != asked.subject) continue;
    Join told{impl_->ordinal(join.a), impl_->ordinal(join.b), {}, join.tier, 0, join.reason};
    if (join.reason == JoinReason::identifier) {
      const Shared shared = plainest(adjacency, join);
      told.identifier = adjacency.identifier(shared.identifier).token;
      told.kind = shared.kind;
    }
    out.push_back(told);
  }
  return out;
}

Token Graph::anchor(PersonaOrdinal persona) const {
  const Adjacency& adjacency = impl_->adjacency;
  const std::uint32_t slot = adjacency.find_persona(persona);
  if (slot == kNoSlot) return {};
  std::optional<Token> strong;
  std::optional<Token> any;
  for (const std::uint32_t member : impl_->partition.subject_members(slot)) {
    const PersonaNode& node = adjacency.persona(member);
    if (!any || node.token < *any) any = node.token;
    if (strong && *strong < node.token) continue;
    const bool is_strong = std::ranges::any_of(
        node.edges.view(), [](const Edge& edge) { return edge.tier == Tier::authenticated; });
    if (is_strong) strong = node.token;
  }
  return strong ? *strong : *any;
}

const Rules& Graph::rules() const { return impl_->adjacency.rules(); }
std::size_t Graph::persona_count() const { return impl_->adjacency.persona_count(); }
std::size_t Graph::subject_count() const { return impl_->partition.subject_count(); }
std::size_t Graph::link_count() const { return impl_->adjacency.link_count(); }

Token Graph::partition_hash() const {
  const Adjacency& adjacency = impl_->adjacency;
  struct Row {
    std::uint32_t subject;
    Token token;
  };
  std::vector<Row> rows;
  for (std::uint32_t slot = 0; slot < adjacency.persona_end(); ++slot) {
    const PersonaNode& node = adjacency.persona(slot);
    if (!node.ordinal.none()) rows.push_back({node.subject, node.token});
  }
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    return std::tie(a.subject, a.token) < std::tie(b.subject, b.token);
  });
  const auto digest = [](const std::vector<Token>& tokens) {
    Token out{};
    crypto_generichash(out.data(), out.size(), tokens.empty() ? nullptr : tokens.front().data(),
                       tokens.size() * sizeof(Token), nullptr, 0);
    return out;
  };
  std::vector<Token> subjects;
  for (std::size_t i = 0; i < rows.size();) {
    std::vector<Token> tokens;
    const std::uint32_t subject = rows[i].subject;
    for (; i < rows.size() && rows[i].subject == subject; ++i) tokens.push_back(rows[i].token);
    subjects.push_back(digest(tokens));
  }
  std::ranges::sort(subjects);
  return digest(subjects);
}

}  // namespace cdp::identity
