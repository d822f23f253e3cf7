#include "identity/graph/graph.h"

#include <sodium.h>

#include <algorithm>

#include "cdp/core/base/limits.h"
#include "identity/graph/partition.h"

namespace cdp::identity {

using event::Tier;

std::string_view to_string(JoinReason reason) {
  switch (reason) {
    case JoinReason::identifier:
      return "identifier";
    case JoinReason::accepted:
      return "accepted";
    case JoinReason::matched:
      return "matched";
  }
  return "identifier";
}

std::string_view to_string(HoldReason reason) {
  switch (reason) {
    case HoldReason::unique:
      return "unique";
    case HoldReason::anchored:
      return "anchored";
    case HoldReason::ambiguous:
      return "ambiguous";
    case HoldReason::over_cap:
      return "over_cap";
    case HoldReason::many_values:
      return "many_values";
  }
  return "unique";
}

struct Graph::Impl {
  Impl(Rules given, std::size_t personas_max)
      : rules(std::move(given)), partition(adjacency, personas_max) {}

  // Puts the link in. What tier stood there before, or nothing when nothing rose.
  struct Rise {
    std::uint32_t persona;
    std::uint32_t identifier;
    Tier before;
  };
  std::optional<Rise> put(const Link& link) {
    const std::uint32_t persona = adjacency.find_persona(link.persona);
    if (persona == kNoSlot) return std::nullopt;
    const std::uint32_t identifier = adjacency.find_or_add_identifier(link.identifier);
    const Edge* known = adjacency.find_link(persona, identifier);
    if (known == nullptr) {
      adjacency.add_link(persona, identifier, link.tier, link.kind);
      return Rise{persona, identifier, Tier::none};
    }
    if (known->tier >= link.tier) return std::nullopt;
    const Tier before = known->tier;
    adjacency.raise_link(persona, identifier, link.tier);
    return Rise{persona, identifier, before};
  }

  PersonaOrdinal ordinal(std::uint32_t slot) const { return adjacency.persona(slot).ordinal; }

  Rules rules;
  Adjacency adjacency;
  Partition partition;
};

Graph::Graph() : Graph(limits::kComponentPersonasMax) {}
Graph::Graph(std::size_t component_personas_max) : Graph(Rules(), component_personas_max) {}
Graph::Graph(Rules rules, std::size_t component_personas_max)
    : impl_(std::make_unique<Impl>(std::move(rules), component_personas_max)) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

void Graph::add_persona(PersonaOrdinal persona, const Token& persona_token) {
  const std::uint32_t slot = impl_->adjacency.add_persona(persona, persona_token);
  if (slot != kNoSlot) impl_->partition.persona_added(slot);
}

bool Graph::would_change(const Link& link) const {
  const Adjacency& adjacency = impl_->adjacency;
  const std::uint32_t persona = adjacency.find_persona(link.persona);
  if (persona == kNoSlot) return true;
  const std::uint32_t identifier = adjacency.find_identifier(link.identifier);
  if (identifier == kNoSlot) return true;
  const Edge* known = adjacency.find_link(persona, identifier);
  return known == nullptr || known->tier < link.tier;
}

Change Graph::add_links(std::span<const Link> links) {
  impl_->partition.begin();
  for (const Link& link : links) {
    if (const auto rise = impl_->put(link)) {
      impl_->partition.link_rose(rise->persona, rise->identifier, rise->before, link.tier);
    }
  }
  return impl_->partition.finish();
}

Change Graph::remove_persona(PersonaOrdinal persona) {
  const std::uint32_t slot = impl_->adjacency.find_persona(persona);
  if (slot == kNoSlot) return {};
  impl_->partition.begin();
  impl_->partition.remove_persona(slot);
  return impl_->partition.finish();
}

Change Graph::add_cannot_link(const Token& first_persona, const Token& second_persona) {
  Adjacency& adjacency = impl_->adjacency;
  if (!adjacency.add_cannot_link(first_persona, second_persona)) return {};
  impl_->partition.begin();
  impl_->partition.cannot_links_changed(adjacency.find_persona(first_persona),
                                        adjacency.find_persona(second_persona));
  return impl_->partition.finish();
}

Change Graph::remove_cannot_link(const Token& first_persona, const Token& second_persona) {
  Adjacency& adjacency = impl_->adjacency;
  if (!adjacency.remove_cannot_link(first_persona, second_persona)) return {};
  impl_->partition.begin();
  impl_->partition.cannot_links_changed(adjacency.find_persona(first_persona),
                                        adjacency.find_persona(second_persona));
  return impl_->partition.finish();
}

void Graph::load_link(const Link& link) { impl_->put(link); }

void Graph::load_cannot_link(const Token& first_persona, const Token& second_persona) {
  impl_->adjacency.add_cannot_link(first_persona, second_persona);
}

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
    if (other != nullptr && other->tier >= static_cast<Tier>(join.tier))
      best = {edge.to, edge.kind};
  }
  return best;
}

}  // namespace

std::vector<Join> Graph::explain(PersonaOrdinal persona) const {
  const Adjacency& adjacency = impl_->adjacency;
  const std::uint32_t slot = adjacency.find_persona(persona);
  if (slot == kNoSlot) return {};
  const PersonaNode& asked = adjacency.persona(slot);
  const Decision decision = decide(adjacency, impl_->partition.unit_members(slot), asked.level,
                                   impl_->partition.personas_max());
  std::vector<Join> out;
  for (const DecidedJoin& join : decision.joins) {
    if (adjacency.persona(join.a).subject != asked.subject) continue;
    const Shared shared = plainest(adjacency, join);
    out.push_back({impl_->ordinal(join.a), impl_->ordinal(join.b),
                   adjacency.identifier(shared.identifier).token, static_cast<Tier>(join.tier),
                   shared.kind});
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

// The contract stands first: the rule behind these follows.
Change Graph::add_must_link(const Token&, const Token&, MustLinkKind) { return {}; }
Change Graph::remove_must_link(const Token&, const Token&, MustLinkKind) { return {}; }
Change Graph::add_latch(const Token&) { return {}; }
Change Graph::lift_latch(const Token&) { return {}; }
void Graph::load_must_link(const Token&, const Token&, MustLinkKind) {}
void Graph::load_latch(const Token&) {}
std::vector<Hold> Graph::holds() const { return {}; }
std::vector<Hold> Graph::holds_of(PersonaOrdinal) const { return {}; }
std::optional<Hold> Graph::hold(const Token&) const { return std::nullopt; }
std::size_t Graph::hold_count() const { return 0; }
std::vector<OverCap> Graph::over_cap() const { return {}; }
bool Graph::latched(const Token&) const { return false; }
std::size_t Graph::degree(const Token&) const { return 0; }

const Rules& Graph::rules() const { return impl_->rules; }
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
