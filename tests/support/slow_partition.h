// The identity rule "identity-1" written as slowly and plainly as possible: sets, maps, all pairs,
// recomputed from nothing. Property tests hold identity/graph against it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "cdp/core/base/ids.h"

namespace cdp::testing {

struct SlowPartition {
  using Group = std::set<Token>;

  std::size_t personas_max = 1'000;
  std::set<Token> personas;
  std::map<std::pair<Token, Token>, int> links;  // (identifier, persona) -> highest tier
  std::set<std::pair<Token, Token>> held_apart;  // both ways round

  std::map<Token, Group> subject_of;
  std::map<Token, Group> proof_of;

  void link(const Token& persona, const Token& identifier, int tier) {
    int& known = links[{identifier, persona}];
    known = std::max(known, tier);
  }
  void hold_apart(const Token& a, const Token& b) {
    held_apart.insert({a, b});
    held_apart.insert({b, a});
  }
  void remove_cannot_link(const Token& a, const Token& b) {
    held_apart.erase({a, b});
    held_apart.erase({b, a});
  }
  void remove_persona(const Token& persona) {
    personas.erase(persona);
    std::erase_if(links, [&](const auto& entry) { return entry.first.second == persona; });
  }

  void compute() {
    subject_of.clear();
    proof_of.clear();
    for (const Token& persona : personas) subject_of[persona] = proof_of[persona] = {persona};
    split(personas, 2);
  }

 private:
  // Who carries the identifier on `tier` or above, in token order; nobody when it is over its cap.
  std::vector<Token> holders(const Token& identifier, int tier) const {
    std::vector<Token> out;
    std::size_t linking = 0;
    for (const auto& [key, have] : links) {
      if (key.first != identifier || have < 2) continue;
      ++linking;
      if (have >= tier) out.push_back(key.second);
    }
    return linking > personas_max ? std::vector<Token>{} : out;
  }
  std::set<Token> identifiers() const {
    std::set<Token> out;
    for (const auto& [key, tier] : links) out.insert(key.first);
    return out;
  }

  // Components of `among` at `tier`: small ones are decided, large ones lose the tier.
  void split(const Group& among, int tier) {
    if (tier > 4) return;
    std::map<Token, Group> component;
    for (const Token& persona : among) component[persona] = {persona};
    for (const Token& identifier : identifiers()) {
      const auto all = holders(identifier, tier);
      for (const Token& a : all) {
        for (const Token& b : all) {
          if (among.contains(a) && among.contains(b)) unite(&component, a, b);
        }
      }
    }
    std::set<Group> parts;
    for (const auto& [persona, part] : component) parts.insert(part);
    for (const Group& part : parts) {
      if (part.size() > personas_max) {
        split(part, tier + 1);
      } else {
        decide(part, tier);
      }
    }
  }

  void decide(const Group& unit, int weakest) {
    for (int tier = 4; tier >= weakest; --tier) {
      for (const Token& identifier : identifiers()) {
        const auto all = holders(identifier, tier);
        for (std::size_t j = 0; j < all.size(); ++j) {
          for (std::size_t i = 0; i < j; ++i) {
            if (!unit.contains(all[i]) || !unit.contains(all[j])) continue;
            if (!apart(subject_of[all[i]], subject_of[all[j]])) {
              unite(&subject_of, all[i], all[j]);
            }
          }
        }
      }
      if (tier == 4) {
        for (const Token& persona : unit) proof_of[persona] = subject_of[persona];
      }
    }
  }

  bool apart(const Group& a, const Group& b) const {
    for (const Token& x : a) {
      for (const Token& y : b) {
        if (held_apart.contains({x, y})) return true;
      }
    }
    return false;
  }

  static void unite(std::map<Token, Group>* groups, const Token& a, const Token& b) {
    Group both = (*groups)[a];
    if (both.contains(b)) return;
    both.merge(Group((*groups)[b]));
    for (const Token& member : both) (*groups)[member] = both;
  }
};

}  // namespace cdp::testing
