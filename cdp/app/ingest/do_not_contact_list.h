// DoNotContactList: addresses that must not be contacted again over a channel, as keyed hashes
// (DESIGN §1, §8), in memory, and the no that a record gets when it comes with one of them.
//
// The list outlives the person it is about: after an erasure nothing else is left to say no. So it
// is asked at the door, and what it says becomes a statement like every other: the gate, the pages,
// the vendors' orders and a merge know it without knowing the list.
//
// A public source's claim gets none: anybody can claim an address there, and no channel opens for
// it anyway.
//
// Thread-safety: the writer's thread alone; entries_of() is pure. Lifetime: `keyed` must outlive
// it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "cdp/app/ingest/keyed.h"
#include "cdp/core/event/fact.h"
#include "cdp/core/store/ledger.h"

namespace cdp::app {

// The method of these statements.
inline constexpr std::string_view kDoNotContactMethod = "do_not_contact";

class DoNotContactList {
 public:
  explicit DoNotContactList(const Keyed& keyed) : keyed_(&keyed) {}

  // The channels that have addresses of this identifier type: "email" -> {"email"}; empty for a
  // type that is no address.
  static std::vector<std::string> channels_of(std::string_view type);
  // Under which hashes a normalised address is on a channel's list: its own, and its mailbox's
  // where that is certain (Gmail's).
  static std::vector<Token> entries_of(const Keyed& keyed, std::string_view channel,
                                       std::string_view type, const std::string& normalised);

  void add(const store::Tombstone& tombstone);  // those of the other lists are passed over
  void lift(const Token& entry);

  // One objection to a channel for each address of the fact that is on its list, dated as the
  // entry; none that the record is known to hold already, and none that the fact itself lifts by a
  // verified yes.
  std::vector<event::Statement> noes_for(const event::Fact& fact) const;
  // The fact is durable: its record holds the noes that stand in it.
  void note(const event::Fact& fact);
  // Records end: what is known of theirs is forgotten. At worst a no is said twice.
  void forget_noted() { noted_.clear(); }

 private:
  using Noted =
      std::tuple<Token, std::string, Token, std::int64_t>;  // record, channel, address, date
  static Noted noted_of(const event::Fact& fact, const event::Statement& no);

  const Keyed* keyed_;
  std::unordered_map<Token, Time, TokenHash> entries_;
  std::set<Noted> noted_;
};

}  // namespace cdp::app
