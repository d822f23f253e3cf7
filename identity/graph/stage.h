// One stage of decide(): the identifiers of one class on one tier, and the rules a and b that join
// components over them (decide.h).
//
// Thread-safety: one thread. Everything handed in must outlive the stage.
#pragma once

#include <vector>

#include "identity/graph/components.h"
#include "identity/graph/decide.h"

namespace cdp::identity {

enum class IdentifierClass : std::uint8_t {
  unique,    // of a unique type
  accounts,  // of an anchor or a unique type
  all,
};

class Stage {
 public:
  Stage(const UnitView& view, Components& components, event::Tier tier, IdentifierClass which,
        std::vector<DecidedJoin>* joins);

  // Stage 1: whoever carries it is one.
  void join_all_carriers();
  // Rules a and b until nothing joins any more, then the unnamed ones.
  void settle();

 private:
  // One way for an unnamed component to a named one.
  struct Offer {
    Local from = 0;   // home of the unnamed component
    Local label = 0;  // home of the named one, or kAmbiguous
    std::uint32_t shared = 0;
    Local carrier = 0;  // in `from`
    Local other = 0;    // in or towards `label`
  };
  static constexpr Local kUnlabelled = kNoSlot;
  static constexpr Local kAmbiguous = kNoSlot - 1;

  void select(IdentifierClass which);
  // Carriers of a selected identifier on the stage's tier, one for each component that `wanted`
  // takes.
  template <class Wanted>
  std::vector<Local> carriers(std::uint32_t shared, Wanted wanted);
  bool barred(Local a, Local b);
  void join(Local a, Local b, std::uint32_t shared);
  void join_each(const std::vector<Local>& carriers, std::uint32_t shared);
  void join_named();
  void join_unnamed();
  void attach_unnamed();
  std::vector<Offer> offers_from(const std::vector<Local>& frontier);
  void add_offers(std::uint32_t shared, std::vector<Offer>* offers);
  void take_offers(std::span<Offer> offers, std::vector<Local>* frontier);
  const Offer* choose(std::span<const Offer> offers);

  const UnitView& view_;
  Components& components_;
  event::Tier tier_;
  std::vector<DecidedJoin>* joins_;
  std::vector<std::uint32_t> selected_;  // places in view_.shared(), in the order of the stage
  std::vector<bool> is_selected_;
  // Of one pass of attach_unnamed.
  std::vector<Local> home_;   // per persona: its component when the pass began
  std::vector<Local> label_;  // per home
  std::vector<bool> spent_;   // per shared identifier
};

}  // namespace cdp::identity
