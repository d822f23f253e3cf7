// LiveState's part of identity that is decided, not observed: pairs held apart or joined, latches,
// reviews, and which records tell of a subject.

#include <algorithm>

#include "cdp/app/ingest/live_state.h"

namespace cdp::app {
namespace {

using Kind = LinkDecision::Kind;
using Origin = LinkDecision::Origin;

// A proposal is only shown; the graph knows nothing of it.
std::optional<identity::MustLinkKind> must_link_kind(Origin origin) {
  switch (origin) {
    case Origin::accepted:
      return identity::MustLinkKind::accepted;
    case Origin::matched:
      return identity::MustLinkKind::matched;
    case Origin::none:
    case Origin::proposed:
    case Origin::retracted:
      break;
  }
  return std::nullopt;
}

// A delta says what is, not what happened on the way: of several decisions about one thing between
// two flushes the last one stands.
template <class Row, class Same>
void move_row(const Row& row, std::vector<Row>& from, std::vector<Row>& to, Same&& same) {
  std::erase_if(from, same);
  std::erase_if(to, same);
  to.push_back(row);
}

}  // namespace

Result<void> LiveState::load_decisions() {
  CDP_CHECK(services_.state->each_cannot_link([&](const store::CannotLinkRow& row) {
    apart_.insert({row.first, row.second});
    graph_.load_cannot_link(row.first, row.second);
  }));
  CDP_CHECK(services_.state->each_must_link([&](const store::MustLinkRow& row) {
    const auto origin = static_cast<Origin>(row.origin);
    joins_[{row.first, row.second, origin}] = row.record;
    index_joins({row.first, row.second});
    if (const auto kind = must_link_kind(origin)) {
      graph_.load_must_link(row.first, row.second, *kind);
    }
  }));
  CDP_CHECK(services_.state->each_retraction([&](const store::RetractionRow& row) {
    retractions_[{row.persona, row.identifier}] = row.record;
    graph_.load_retraction(row.persona, row.identifier);
  }));
  return services_.state->each_latch([&](const store::LatchRow& row) {
    latches_[row.identifier] = row;
    if (!row.lifted) graph_.load_latch(row.identifier);
  });
}

// Nobody when one of the two lives no more: what was decided ended with that life, and a rebuild,
// which finds its records gone, comes to the same.
std::optional<std::pair<Token, Token>> LiveState::pair_of(const LinkDecision& decision) const {
  Pair pair;
  if (decision.tokens) {
    pair = *decision.tokens;
    if (!graph_.persona(pair.first) || !graph_.persona(pair.second)) return std::nullopt;
  } else {
    const auto first = graph_.persona_token(decision.first);
    const auto second = graph_.persona_token(decision.second);
    if (!first || !second) return std::nullopt;
    pair = {*first, *second};
  }
  if (pair.first == pair.second) return std::nullopt;
  if (pair.second < pair.first) std::swap(pair.first, pair.second);
  return pair;
}

Result<void> LiveState::apply_body(const FoldItem& item, ByteView body, Folded& out) {
  if (item.kind == store::RecordKind::subject_change) return apply_change(body, item.position);
  if (item.kind == store::RecordKind::retraction) return apply_retraction(body, out);
  return apply_decision(body, out);
}

// A standing word: what is asserted again meanwhile is remembered and does not count. So the set of
// assertions and the last word on each decide, whatever the order they came in.
Result<void> LiveState::apply_retraction(ByteView body, Folded& out) {
  CDP_TRY(const auto retraction, Retraction::decode(body));
  if (!graph_.persona_token(out.persona)) return {};  // the life is over
  for (const Token& identifier : retraction.identifiers) {
    const store::RetractionRow row{out.persona, identifier, out.position};
    const auto same = [&](const store::RetractionRow& other) {
      return other.persona == row.persona && other.identifier == row.identifier;
    };
    if (retraction.retracted) {
      retractions_[{row.persona, row.identifier}] = row.record;
      move_row(row, pending_.retractions_removed, pending_.retractions, same);
    } else {
      retractions_.erase({row.persona, row.identifier});
      move_row(row, pending_.retractions, pending_.retractions_removed, same);
    }
  }
  if (retraction.retracted) {
    note_change(graph_.retract(out.persona, retraction.identifiers), out);
  } else {
    const auto change = graph_.restore(out.persona, retraction.identifiers);
    note_change(change, out);
    latch_crossed(change.crossed, graph_.links_of(out.persona), out);
  }
  out.document_changed = true;  // as readers see it: what is retracted is not shown
  for (const auto& member : graph_.members(out.persona)) out.members.push_back(member.persona);
  return {};
}

Result<void> LiveState::apply_decision(ByteView body, Folded& out) {
  CDP_TRY(const auto decision, LinkDecision::decode(body));
  if (decision.kind == Kind::latch || decision.kind == Kind::lift) {
    decide_latch(decision, out);
  } else {
    decide_pair(decision, out);
  }
  return {};
}

void LiveState::decide_pair(const LinkDecision& decision, Folded& out) {
  const auto pair = pair_of(decision);
  if (!pair) return;
  if (decision.review != Token{}) {
    const store::ReviewRow row{decision.review, static_cast<std::uint8_t>(decision.kind),
                               out.position, pair->first, pair->second};
    pending_.reviews.push_back(row);
    recent_reviews_[row.id] = row;
  }
  switch (decision.kind) {
    case Kind::apart:
    case Kind::not_apart:
      keep_apart(*pair, decision.kind == Kind::apart, out);
      break;
    case Kind::join:
    case Kind::not_join:
      set_join(*pair, decision.origin, decision.kind == Kind::join, out);
      break;
    case Kind::propose:
      set_join(*pair, Origin::proposed, true, out);
      break;
    case Kind::retract:
    case Kind::restore:
      set_join(*pair, decision.origin, decision.kind == Kind::restore, out);
      set_join(*pair, Origin::retracted, decision.kind == Kind::retract, out);
      break;
    case Kind::latch:
    case Kind::lift:
      break;
  }
  // A proposal that was decided, either way, waits no more; nor is what was decided anew taken
  // back.
  if (decision.kind == Kind::apart || decision.kind == Kind::join) {
    set_join(*pair, Origin::proposed, false, out);
    set_join(*pair, Origin::retracted, false, out);
  }
  out.persona = *graph_.persona(pair->first);
  for (const auto& member : graph_.members(out.persona)) out.members.push_back(member.persona);
}

void LiveState::keep_apart(const Pair& pair, bool apart, Folded& out) {
  const auto same = [&](const store::CannotLinkRow& row) {
    return Pair(row.first, row.second) == pair;
  };
  const store::CannotLinkRow row{pair.first, pair.second};
  if (apart) {
    apart_.insert(pair);
    move_row(row, pending_.cannot_link_removed, pending_.cannot_link, same);
    note_change(graph_.add_cannot_link(pair.first, pair.second), out);
  } else {
    apart_.erase(pair);
    move_row(row, pending_.cannot_link, pending_.cannot_link_removed, same);
    note_change(graph_.remove_cannot_link(pair.first, pair.second), out);
  }
}

void LiveState::set_join(const Pair& pair, Origin origin, bool joined, Folded& out) {
  const auto key = std::tuple(pair.first, pair.second, origin);
  if (!joined && !joins_.contains(key)) return;
  const store::MustLinkRow row{pair.first, pair.second, static_cast<std::uint8_t>(origin),
                               out.position};
  const auto same = [&](const store::MustLinkRow& other) {
    return std::tie(other.first, other.second, other.origin) ==
           std::tie(row.first, row.second, row.origin);
  };
  if (joined) {
    joins_[key] = out.position;
    move_row(row, pending_.must_link_removed, pending_.must_link, same);
  } else {
    joins_.erase(key);
    move_row(row, pending_.must_link, pending_.must_link_removed, same);
  }
  index_joins(pair);
  const auto kind = must_link_kind(origin);
  if (!kind) return;
  note_change(joined ? graph_.add_must_link(pair.first, pair.second, *kind)
                     : graph_.remove_must_link(pair.first, pair.second, *kind),
              out);
}

void LiveState::decide_latch(const LinkDecision& decision, Folded& out) {
  const Token& identifier = decision.identifier;
  const auto same = [&](const store::LatchRow& row) { return row.identifier == identifier; };
  std::erase_if(pending_.latches, same);
  const bool lifted = decision.kind == Kind::lift;
  const store::LatchRow row{identifier, decision.identifier_kind, lifted};
  latches_[identifier] = row;
  pending_.latches.push_back(row);
  note_change(lifted ? graph_.lift_latch(identifier) : graph_.add_latch(identifier), out);
  if (lifted) latch_still_over(identifier, out);
}

// The officer saw it under its cap, and somebody who carries it came before the decision did. The
// latch that follows is a fact of its own: a rebuild that finds a carrier erased comes to the same.
void LiveState::latch_still_over(const Token& identifier, Folded& out) {
  const auto over_cap = graph_.over_cap();
  const auto over = std::ranges::find(over_cap, identifier, &identity::OverCap::identifier);
  if (over == over_cap.end()) return;
  out.crossed.push_back({identifier, over->kind});
  note_change(graph_.add_latch(identifier), out);
}

// In memory at once, although the record comes later: nobody who is erased meanwhile may bring the
// identifier back under its cap.
void LiveState::latch_crossed(const std::vector<Token>& crossed,
                              std::span<const identity::Link> links, Folded& out) {
  for (const Token& identifier : crossed) {
    const auto link = std::ranges::find(links, identifier, &identity::Link::identifier);
    out.crossed.push_back({identifier, link == links.end() ? std::uint8_t{0} : link->kind});
    note_change(graph_.add_latch(identifier), out);
  }
}

// An order about a persona ends with it.
void LiveState::forget_decisions(const Token& persona_token) {
  Folded unused;
  const auto named = [&](const Pair& pair) {
    return pair.first == persona_token || pair.second == persona_token;
  };
  std::vector<Pair> apart;
  std::ranges::copy_if(apart_, std::back_inserter(apart), named);
  for (const Pair& pair : apart) keep_apart(pair, false, unused);
  std::vector<std::pair<Pair, Origin>> joined;
  for (const auto& [key, record] : joins_) {
    const auto& [first, second, origin] = key;
    if (named({first, second})) joined.push_back({{first, second}, origin});
  }
  for (const auto& [pair, origin] : joined) set_join(pair, origin, false, unused);
  forget_reviews(persona_token);
}

void LiveState::forget_reviews(const Token& persona_token) {
  const auto named = [&](const store::ReviewRow& row) {
    return row.first == persona_token || row.second == persona_token;
  };
  std::erase_if(pending_.reviews, named);
  std::erase_if(recent_reviews_, [&](const auto& entry) { return named(entry.second); });
  pending_.reviews_ended.push_back(persona_token);
}

Result<void> LiveState::apply_change(ByteView body, Position record) {
  CDP_TRY(const auto change, SubjectChange::decode(body));
  for (const auto& members : change.subjects) {
    for (const PersonaOrdinal member : members) {
      if (!graph_.persona_token(member)) continue;  // erased since
      pending_.versions.push_back({member, record});
      recent_versions_.push_back({member, record});
    }
  }
  return {};
}

std::vector<store::LatchRow> LiveState::unlatched() const {
  const std::shared_lock lock(mutex_);
  std::vector<store::LatchRow> out;
  for (const auto& over : graph_.over_cap()) {
    const auto latch = latches_.find(over.identifier);
    if (latch == latches_.end() || latch->second.lifted) {
      out.push_back({over.identifier, over.kind});
    }
  }
  return out;
}

Result<std::vector<Position>> LiveState::versions_of(PersonaOrdinal persona) const {
  const std::shared_lock lock(mutex_);
  CDP_TRY(auto records, services_.state->versions_of(persona));
  for (const auto& row : recent_versions_) {
    if (row.persona == persona) records.push_back(row.record);
  }
  std::ranges::sort(records);
  records.erase(std::unique(records.begin(), records.end()), records.end());
  return records;
}

std::vector<store::MustLinkRow> LiveState::joins() const {
  const std::shared_lock lock(mutex_);
  std::vector<store::MustLinkRow> out;
  for (const auto& [key, record] : joins_) {
    const auto& [first, second, origin] = key;
    out.push_back({first, second, static_cast<std::uint8_t>(origin), record});
  }
  return out;
}

std::vector<store::MustLinkRow> LiveState::joins_of(PersonaOrdinal persona) const {
  const std::shared_lock lock(mutex_);
  std::vector<store::MustLinkRow> out;
  const auto token = graph_.persona_token(persona);
  const auto others = token ? joined_with_.find(*token) : joined_with_.end();
  if (others == joined_with_.end()) return out;
  for (const Token& other : others->second) {
    const Token first = std::min(*token, other), second = std::max(*token, other);
    for (auto at = joins_.lower_bound({first, second, Origin::none}); at != joins_.end(); ++at) {
      const auto& [low, high, origin] = at->first;
      if (low != first || high != second) break;
      out.push_back({first, second, static_cast<std::uint8_t>(origin), at->second});
    }
  }
  return out;
}

Result<std::optional<store::ReviewRow>> LiveState::review(const Token& id) const {
  const std::shared_lock lock(mutex_);
  if (const auto found = recent_reviews_.find(id); found != recent_reviews_.end()) {
    return std::optional(found->second);
  }
  return services_.state->review(id);
}

bool LiveState::is_decided(PersonaOrdinal first, PersonaOrdinal second) const {
  const std::shared_lock lock(mutex_);
  LinkDecision about;
  about.first = first;
  about.second = second;
  const auto pair = pair_of(about);
  if (!pair) return true;  // one of them is gone
  return apart_.contains(*pair) || is_joined(*pair);
}

bool LiveState::is_joined(const Pair& pair) const {
  const auto joined = joins_.lower_bound({pair.first, pair.second, Origin::none});
  return joined != joins_.end() && std::get<0>(joined->first) == pair.first &&
         std::get<1>(joined->first) == pair.second;
}

void LiveState::index_joins(const Pair& pair) {
  const bool joined = is_joined(pair);
  for (const auto& [one, other] : {pair, Pair{pair.second, pair.first}}) {
    if (joined) {
      joined_with_[one].insert(other);
    } else if (const auto found = joined_with_.find(one); found != joined_with_.end()) {
      found->second.erase(other);
      if (found->second.empty()) joined_with_.erase(found);
    }
  }
}

std::optional<bool> LiveState::joined_by_order(PersonaOrdinal first, PersonaOrdinal second) const {
  const std::shared_lock lock(mutex_);
  LinkDecision about;
  about.first = first;
  about.second = second;
  const auto pair = pair_of(about);
  if (!pair) return std::nullopt;
  if (apart_.contains(*pair)) return false;
  if (joins_.contains({pair->first, pair->second, Origin::accepted})) return true;
  return std::nullopt;
}

std::vector<LiveState::Retracted> LiveState::retractions() const {
  const std::shared_lock lock(mutex_);
  std::vector<Retracted> out;
  for (const auto& link : graph_.retracted()) {
    const auto found = retractions_.find({link.persona, link.identifier});
    if (found != retractions_.end()) out.push_back({link, found->second});
  }
  return out;
}

bool LiveState::names_latch(const Token& identifier) const {
  const std::shared_lock lock(mutex_);
  return graph_.latched(identifier) || latches_.contains(identifier);
}

// The number of a configured type moves when types are added: a carrier's link tells today's.
std::vector<store::LatchRow> LiveState::latches() const {
  const std::shared_lock lock(mutex_);
  std::unordered_map<Token, std::uint8_t, TokenHash> kinds;
  for (const auto& over : graph_.over_cap()) kinds[over.identifier] = over.kind;
  std::vector<store::LatchRow> out;
  for (const auto& [identifier, row] : latches_) {
    if (row.lifted) continue;
    out.push_back(row);
    const auto carried = kinds.find(identifier);
    if (carried != kinds.end()) {
      out.back().kind = carried->second;
    } else if (row.kind >= identity::kConfiguredKindFirst) {
      out.back().kind = static_cast<std::uint8_t>(identity::TypeKind::custom);
    }
  }
  return out;
}

}  // namespace cdp::app
