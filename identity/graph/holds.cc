// What is held: the asking half of Graph.
#include <sodium.h>

#include <algorithm>
#include <array>

#include "identity/graph/graph_impl.h"

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

namespace {

// Where a hold stands, by slots; then told by content.
class Teller {
 public:
  explicit Teller(const Graph::Impl& impl) : adjacency_(impl.adjacency) {}

  Hold decided(const DecidedHold& held) const {
    Hold hold{{}, held.reason, held.tier, 0, {}, ordinal(held.a), ordinal(held.b)};
    if (held.identifier != kNoSlot) {
      hold.identifier = adjacency_.identifier(held.identifier).token;
      hold.kind = adjacency_.identifier(held.identifier).kind;
    }
    return with_id(hold, adjacency_.persona(held.a).token, adjacency_.persona(held.b).token);
  }

  // Nothing when nobody carries it on a linking tier.
  std::optional<Hold> over_cap(std::uint32_t slot) const {
    const IdentifierNode& identifier = adjacency_.identifier(slot);
    std::vector<Edge> carriers;
    for (const Edge& edge : identifier.edges.view()) {
      if (edge.tier >= Tier::device) carriers.push_back(edge);
    }
    if (carriers.empty()) return std::nullopt;
    const auto token = [&](const Edge& edge) { return adjacency_.persona(edge.to).token; };
    const auto two = carriers.begin() + static_cast<std::ptrdiff_t>(carriers.size() > 1);
    std::ranges::nth_element(carriers, two, {}, token);
    const Edge& second = *two;
    const Edge& first = *std::ranges::min_element(carriers.begin(), two + 1, {}, token);
    const Hold hold{{},
                    HoldReason::over_cap,
                    std::min(first.tier, second.tier),
                    identifier.kind,
                    identifier.token,
                    ordinal(first.to),
                    ordinal(second.to)};
    // Whoever else comes to carry it: the same hold.
    return with_id(hold, Token{}, Token{});
  }

  Hold many_values(std::uint32_t persona, std::uint8_t kind) const {
    const Hold hold{{}, HoldReason::many_values, Tier::none,      kind,
                    {}, ordinal(persona),        ordinal(persona)};
    return with_id(hold, adjacency_.persona(persona).token, Token{});
  }

 private:
  PersonaOrdinal ordinal(std::uint32_t slot) const { return adjacency_.persona(slot).ordinal; }

  static Hold with_id(Hold hold, const Token& a, const Token& b) {
    Bytes content{static_cast<std::uint8_t>(hold.reason), hold.kind};
    for (const Token* token : std::array<const Token*, 3>{&hold.identifier, &a, &b}) {
      content.insert(content.end(), token->begin(), token->end());
    }
    crypto_generichash(hold.id.data(), hold.id.size(), content.data(), content.size(), nullptr, 0);
    return hold;
  }

  const Adjacency& adjacency_;
};

}  // namespace

std::vector<Hold> Graph::holds() const {
  const Teller teller(*impl_);
  std::vector<Hold> out;
  out.reserve(hold_count());
  impl_->partition.each_hold([&](const DecidedHold& held) { out.push_back(teller.decided(held)); });
  for (const std::uint32_t slot : impl_->adjacency.stopped()) {
    if (const auto hold = teller.over_cap(slot)) out.push_back(*hold);
  }
  for (const auto& [persona, kinds] : impl_->adjacency.muted()) {
    for (const std::uint8_t kind : kinds) out.push_back(teller.many_values(persona, kind));
  }
  std::ranges::sort(out, {}, &Hold::id);
  return out;
}

bool Graph::is_cannot_link(const Token& first_persona, const Token& second_persona) const {
  const auto& apart = impl_->adjacency.held_apart_from(first_persona);
  return std::ranges::find(apart, second_persona) != apart.end();
}

std::vector<PersonaOrdinal> Graph::apart_from(PersonaOrdinal persona) const {
  const Adjacency& adjacency = impl_->adjacency;
  std::vector<PersonaOrdinal> out;
  const std::uint32_t asked = adjacency.find_persona(persona);
  if (asked == kNoSlot) return out;
  const std::uint32_t subject = adjacency.persona(asked).subject;
  for (const Edge& mine : adjacency.persona(asked).edges.view()) {
    const IdentifierNode& identifier = adjacency.identifier(mine.to);
    if (mine.tier < Tier::device || !Adjacency::eligible(identifier)) continue;
    for (const Edge& theirs : identifier.edges.view()) {
      const PersonaNode& other = adjacency.persona(theirs.to);
      if (theirs.tier >= Tier::device && other.subject != subject) out.push_back(other.ordinal);
    }
  }
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

bool Graph::is_anchored(PersonaOrdinal persona) const {
  const Adjacency& adjacency = impl_->adjacency;
  const std::uint32_t asked = adjacency.find_persona(persona);
  if (asked == kNoSlot) return false;
  const auto members = impl_->partition.subject_members(asked);
  return std::ranges::any_of(members, [&](std::uint32_t member) {
    return std::ranges::any_of(adjacency.persona(member).edges.view(), [&](const Edge& edge) {
      return edge.tier == Tier::authenticated &&
             rules().rule(adjacency.identifier(edge.to).kind).anchor;
    });
  });
}

std::vector<Hold> Graph::holds_of(PersonaOrdinal persona) const {
  const Adjacency& adjacency = impl_->adjacency;
  const std::uint32_t asked = adjacency.find_persona(persona);
  if (asked == kNoSlot) return {};
  const Teller teller(*impl_);
  const std::uint32_t subject = adjacency.persona(asked).subject;
  std::vector<Hold> out;
  for (const DecidedHold& held : impl_->partition.unit_holds(asked)) {
    if (adjacency.persona(held.a).subject == subject ||
        adjacency.persona(held.b).subject == subject) {
      out.push_back(teller.decided(held));
    }
  }
  std::vector<std::uint32_t> stopped;
  for (const std::uint32_t member : impl_->partition.subject_members(asked)) {
    for (const Edge& edge : adjacency.persona(member).edges.view()) {
      if (edge.tier >= Tier::device && !Adjacency::eligible(adjacency.identifier(edge.to))) {
        stopped.push_back(edge.to);
      }
    }
    const auto muted = adjacency.muted().find(member);
    if (muted == adjacency.muted().end()) continue;
    for (const std::uint8_t kind : muted->second) out.push_back(teller.many_values(member, kind));
  }
  std::ranges::sort(stopped);
  const auto repeated = std::ranges::unique(stopped);
  stopped.erase(repeated.begin(), repeated.end());
  for (const std::uint32_t slot : stopped) {
    if (const auto hold = teller.over_cap(slot)) out.push_back(*hold);
  }
  std::ranges::sort(out, {}, &Hold::id);
  return out;
}

std::optional<Hold> Graph::hold(const Token& id) const {
  const std::vector<Hold> all = holds();
  const auto found = std::ranges::lower_bound(all, id, {}, &Hold::id);
  if (found == all.end() || found->id != id) return std::nullopt;
  return *found;
}

std::size_t Graph::hold_count() const {
  std::size_t count = impl_->partition.hold_count() + impl_->adjacency.stopped().size();
  for (const auto& [persona, kinds] : impl_->adjacency.muted()) count += kinds.size();
  return count;
}

std::vector<OverCap> Graph::over_cap() const {
  std::vector<OverCap> out;
  for (const std::uint32_t slot : impl_->adjacency.stopped()) {
    const IdentifierNode& identifier = impl_->adjacency.identifier(slot);
    out.push_back(
        {identifier.token, identifier.kind, identifier.edges.linking(), identifier.latched});
  }
  std::ranges::sort(out, {}, &OverCap::identifier);
  return out;
}

bool Graph::latched(const Token& identifier) const { return impl_->adjacency.latched(identifier); }

std::size_t Graph::degree(const Token& identifier) const {
  const std::uint32_t slot = impl_->adjacency.find_identifier(identifier);
  return slot == kNoSlot ? 0 : impl_->adjacency.identifier(slot).edges.linking();
}

}  // namespace cdp::identity
