#include "identity/graph/stage.h"

#include <algorithm>

namespace cdp::identity {

using event::Tier;

Stage::Stage(const UnitView& view, Components& components, Tier tier, IdentifierClass which,
             std::vector<DecidedJoin>* joins)
    : view_(view), components_(components), tier_(tier), joins_(joins) {
  select(which);
}

void Stage::select(IdentifierClass which) {
  const Rules& rules = view_.adjacency().rules();
  is_selected_.resize(view_.shared().size());
  std::vector<std::size_t> support(view_.shared().size());
  for (std::uint32_t i = 0; i < view_.shared().size(); ++i) {
    const SharedIdentifier& shared = view_.shared()[i];
    const TypeRule& rule = rules.rule(shared.kind);
    const bool fits = which == IdentifierClass::all || rule.unique ||
                      (which == IdentifierClass::accounts && rule.anchor);
    support[i] = static_cast<std::size_t>(std::ranges::count_if(
        shared.holders, [&](const Holder& holder) { return holder.tier >= tier_; }));
    if (!fits || support[i] < 2) continue;
    selected_.push_back(i);
    is_selected_[i] = true;
  }
  // They stand in token order.
  std::ranges::stable_sort(selected_, std::greater{}, [&](std::uint32_t i) { return support[i]; });
}

template <class Wanted>
std::vector<Local> Stage::carriers(std::uint32_t shared, Wanted wanted) {
  std::vector<Local> out;
  for (const Holder& holder : view_.shared()[shared].holders) {
    if (holder.tier < tier_ || !wanted(holder.local)) continue;
    const Local mine = components_.find(holder.local);
    const auto same = [&](Local other) { return components_.find(other) == mine; };
    if (std::ranges::none_of(out, same)) out.push_back(holder.local);
  }
  return out;
}

void Stage::join_all_carriers() {
  for (const std::uint32_t shared : selected_) {
    join_each(carriers(shared, [](Local) { return true; }), shared);
  }
}

void Stage::settle() {
  std::size_t before = 0;
  do {
    before = joins_->size();
    join_named();
    attach_unnamed();
  } while (joins_->size() != before);
  join_unnamed();
}

bool Stage::barred(Local a, Local b) {
  if (components_.rivals(a, b)) return true;
  return tier_ < Tier::authenticated && components_.anchored(a) && components_.anchored(b) &&
         components_.independent(a, b) < 2;
}

void Stage::join(Local a, Local b, std::uint32_t shared) {
  joins_->push_back(
      {view_.slot(a), view_.slot(b), view_.shared()[shared].slot, tier_, JoinReason::identifier});
  components_.join(a, b);
}

// One after another to those before, unless a cannot-link stands between.
void Stage::join_each(const std::vector<Local>& carriers, std::uint32_t shared) {
  std::vector<Local> before;
  for (const Local carrier : carriers) {
    bool with_one_before = false;
    for (const Local other : before) {
      if (components_.find(other) == components_.find(carrier)) {
        with_one_before = true;
      } else if (!components_.held_apart(other, carrier)) {
        join(other, carrier, shared);
        with_one_before = true;
      }
    }
    // One carrier of each group is enough to try the next against.
    if (!with_one_before) before.push_back(carrier);
  }
}

// Rule a.
void Stage::join_named() {
  for (const std::uint32_t shared : selected_) {
    const auto named = carriers(shared, [&](Local local) { return components_.named(local); });
    bool contested = false;
    for (std::size_t j = 1; j < named.size() && !contested; ++j) {
      for (std::size_t i = 0; i < j && !contested; ++i) contested = barred(named[i], named[j]);
    }
    if (!contested) {
      join_each(named, shared);
      continue;
    }
    if (tier_ == Tier::authenticated) continue;
    for (std::size_t j = 1; j < named.size(); ++j) {
      for (std::size_t i = 0; i < j; ++i) {
        const Local a = named[i];
        const Local b = named[j];
        if (components_.find(a) != components_.find(b) && components_.anchored(a) &&
            components_.anchored(b) && !barred(a, b) && !components_.held_apart(a, b)) {
          join(a, b, shared);
        }
      }
    }
  }
}

void Stage::join_unnamed() {
  for (const std::uint32_t shared : selected_) {
    join_each(carriers(shared, [&](Local local) { return !components_.named(local); }), shared);
  }
}

// Rule b: layer by layer away from the named components. Whoever is met first is nearest.
void Stage::attach_unnamed() {
  home_.resize(view_.size());
  label_.assign(view_.size(), kUnlabelled);
  spent_.assign(view_.shared().size(), false);
  std::vector<Local> frontier;
  for (Local local = 0; local < view_.size(); ++local) {
    home_[local] = components_.find(local);
    if (!components_.named(local)) continue;
    label_[home_[local]] = home_[local];
    frontier.push_back(local);
  }
  while (!frontier.empty()) {
    std::vector<Offer> offers = offers_from(frontier);
    frontier.clear();
    for (std::size_t i = 0; i < offers.size();) {
      std::size_t end = i;
      while (end < offers.size() && offers[end].from == offers[i].from) ++end;
      take_offers(std::span(offers).subspan(i, end - i), &frontier);
      i = end;
    }
  }
}

// Everything one identifier away from the frontier.
std::vector<Stage::Offer> Stage::offers_from(const std::vector<Local>& frontier) {
  std::vector<std::uint32_t> reached;
  for (const Local local : frontier) {
    for (const UnitView::Carried& carried : view_.carried_by(local)) {
      if (carried.tier < tier_ || !is_selected_[carried.shared] || spent_[carried.shared]) continue;
      spent_[carried.shared] = true;
      reached.push_back(carried.shared);
    }
  }
  std::ranges::sort(reached);
  std::vector<Offer> offers;
  for (const std::uint32_t shared : reached) add_offers(shared, &offers);
  std::ranges::stable_sort(offers, {}, &Offer::from);
  return offers;
}

void Stage::add_offers(std::uint32_t shared, std::vector<Offer>* offers) {
  std::vector<std::pair<Local, Local>> labels;  // label, its first carrier
  for (const Holder& holder : view_.shared()[shared].holders) {
    const Local label = label_[home_[holder.local]];
    if (holder.tier < tier_ || label == kUnlabelled) continue;
    const auto same = [&](const auto& known) { return known.first == label; };
    if (std::ranges::none_of(labels, same)) labels.emplace_back(label, holder.local);
  }
  for (const Holder& holder : view_.shared()[shared].holders) {
    if (holder.tier < tier_ || label_[home_[holder.local]] != kUnlabelled) continue;
    for (const auto& [label, other] : labels) {
      offers->push_back({home_[holder.local], label, shared, holder.local, other});
    }
  }
}

// `offers`: all to one component.
void Stage::take_offers(std::span<Offer> offers, std::vector<Local>* frontier) {
  const Local from = offers.front().from;
  const auto forbidden = [&](const Offer& offer) {
    return offer.label != kAmbiguous && components_.held_apart(from, offer.label);
  };
  const auto removed = std::ranges::remove_if(offers, forbidden);
  offers = offers.first(offers.size() - removed.size());
  if (offers.empty()) return;
  components_.each_member(from, [&](Local member) { frontier->push_back(member); });
  const Offer* chosen = choose(offers);
  label_[from] = chosen == nullptr ? kAmbiguous : chosen->label;
  if (chosen != nullptr) join(chosen->other, chosen->carrier, chosen->shared);
}

// Null when the component belongs to nobody.
const Stage::Offer* Stage::choose(std::span<const Offer> offers) {
  if (std::ranges::find(offers, kAmbiguous, &Offer::label) != offers.end()) return nullptr;
  const bool to_anchored = std::ranges::any_of(
      offers, [&](const Offer& offer) { return components_.anchored(offer.label); });
  const Offer* chosen = nullptr;
  std::vector<Local> labels;
  for (const Offer& offer : offers) {
    if (to_anchored && !components_.anchored(offer.label)) continue;
    for (const Local other : labels) {
      if (components_.find(other) != components_.find(offer.label) &&
          components_.conflict(other, offer.label)) {
        return nullptr;
      }
    }
    if (std::ranges::find(labels, offer.label) == labels.end()) labels.push_back(offer.label);
    if (chosen == nullptr || offer.label < chosen->label) chosen = &offer;
  }
  return chosen;
}

}  // namespace cdp::identity
