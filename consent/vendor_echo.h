// When a vendor's "no" is the echo of our own order and not the person's word (DESIGN §7 rule 11:
// an echo of our own write is not a statement; ADR 15).
//
// We tell a vendor "no" by a ChoiceOrder; the vendor unsubscribes the person; its webhook tells us
// so, in whatever form that vendor has, and nothing in it names the order. So it is taken for an
// echo only where leaving it out changes nothing, now or later:
//
//   - a plain no (denied, withdrawn; no complaint) to the purpose of the order
//   - dated (by the vendor, else by its receipt) as the no of the order is, within kEchoSkew: a yes
//     that the vendor was given since, and tells us of late, would stand against our no and not
//     against a later one
//   - when every record of the person holds that very no, said or copied, and it says at least as
//     much (vendor, channel, purpose, contact point): also a split, or another person with that
//     address, loses nothing
//   - and none of them has a yes to the purpose that was said or dated since: that makes it news
//
// Everything else is the person's own word: also the echo of an order that waited, or of a no that
// came to us late. That it comes once for each order is for the caller, who keeps the orders.
//
// Thread-safety: pure. Errors: none.
#pragma once

#include <string>

#include "consent/policy.h"
#include "identity/profile.h"

namespace cdp::consent {

// How far apart the dates of one no may be, ours and the vendor's: both clocks, and the way.
inline constexpr Duration kEchoSkew = Duration::seconds(120);

// A no that was carried to a vendor, or may have been.
struct ToldNo {
  Position cause;  // of the record that said it
  std::string purpose;
  Time decided_at;
};

// Cheap, and needs no person.
bool may_be_echo(const event::Statement& said);
// `said` came for the record `speaker` of `person`, and is not in the ledger.
bool is_echo(const event::Statement& said, const ToldNo& told, const identity::Profile& person,
             PersonaOrdinal speaker, const Policy& policy);

}  // namespace cdp::consent
