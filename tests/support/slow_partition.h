// The identity rule "identity-2" (identity/graph/decide.h, docs/adr/0010-identity-rules.md) written
// as slowly and plainly as possible: sets, maps, all pairs, recomputed from nothing. Property tests
// hold identity/graph against it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "identity/graph/graph.h"

namespace cdp::testing {

class SlowPartition {
 public:
  using Group = std::set<Token>;
  // reason, identifier, both personas.
  using Held = std::tuple<identity::HoldReason, Token, Token, Token>;

  identity::Rules rules;
  std::size_t personas_max = 1'000;
  std::set<Token> personas;
  std::map<std::pair<Token, Token>, int> links;  // (identifier, persona) -> highest tier
  std::map<Token, std::uint8_t> kinds;           // of identifiers
  std::set<std::pair<Token, Token>> held_apart;  // both ways round
  std::set<std::tuple<Token, Token, identity::MustLinkKind>> must;  // both ways round
  std::set<Token> latches;
  std::set<std::pair<Token, Token>> retracted;  // (identifier, persona): as if never linked

  // What compute() answers.
  std::map<Token, Group> subject_of;
  std::map<Token, Group> proof_of;
  std::set<Held> holds;

  void link(const Token& persona, const Token& identifier, int tier, std::uint8_t kind);
  void hold_apart(const Token& a, const Token& b);
  void remove_cannot_link(const Token& a, const Token& b);
  void must_link(const Token& a, const Token& b, identity::MustLinkKind kind);
  void remove_must_link(const Token& a, const Token& b, identity::MustLinkKind kind);
  void remove_persona(const Token& persona);

  std::size_t degree(const Token& identifier) const;
  bool over_cap(const Token& identifier) const;
  void compute();

 private:
  using Groups = std::map<Token, Group>;
  struct StageOf {
    int tier;
    std::vector<Token> identifiers;  // in the order of the stage
    const Group* unit;
  };

  // Is the assertion one that counts on a linking tier?
  bool counts(const std::pair<const std::pair<Token, Token>, int>& link) const;
  void note_links();
  bool stopped(const Token& identifier) const;
  bool many_values(const Token& persona, std::uint8_t kind) const;
  // Who of `among` carries it so that it links on `tier`, in token order.
  std::vector<Token> carriers(const Token& identifier, int tier, const Group& among) const;
  std::set<Token> identifiers() const;

  void split(const Group& among, int level);
  void decide(const Group& unit, int level);
  void hold_shared(const Group& unit, int level);
  void hold(identity::HoldReason reason, const Token& identifier, const Token& a, const Token& b);
  void apply_must_links(const Group& unit, identity::MustLinkKind kind);

  StageOf stage(const Group& unit, int tier, bool (*fits)(const identity::TypeRule&)) const;
  void one_login(const StageOf& stage);
  void settle(const StageOf& stage);
  bool join_named(const StageOf& stage);
  bool attach_unnamed(const StageOf& stage);
  void join_unnamed(const StageOf& stage);
  bool join_all(const std::vector<Token>& carriers);
  // The first carrier of each component, named or not.
  std::vector<Token> first_carriers(const StageOf& stage, const Token& identifier,
                                    bool named) const;

  bool anchored(const Token& persona) const;
  std::map<std::uint8_t, std::set<Token>> values(const Token& persona) const;
  bool named(const Token& persona) const;
  bool rivals(const Token& a, const Token& b) const;
  bool conflict(const Token& a, const Token& b) const;
  bool barred(int tier, const Token& a, const Token& b, const Group& unit) const;
  std::size_t independent(const Token& a, const Token& b, const Group& unit) const;
  bool together(const Token& a, const Token& b) const;
  bool apart(const Token& a, const Token& b) const;
  static void unite(Groups* groups, const Token& a, const Token& b);

  // Noted once for each compute().
  std::map<Token, std::map<Token, int>> linking_;  // identifier -> persona -> tier: what may link
  std::set<Token> accounts_;
  std::map<Token, std::map<std::uint8_t, std::set<Token>>> values_;  // persona -> kind -> values
};

}  // namespace cdp::testing
