// When a vendor's "no" is the echo of our own order and not the person's word (DESIGN §7 rule 11:
// an echo of our own write is not a statement; ADR 15).
//
// We tell a vendor "no" by a ChoiceOrder; the vendor unsubscribes the person; its webhook tells us
// so, in whatever form that vendor has, and nothing in it names the order. So it is taken for an
// echo only where leaving it out changes nothing, now or later:
//
//   - a plain no (denied, withdrawn; no complaint) to the purpose of the order
//   - dated (by the vendor, else by its receipt) after the no that the order carried, and at most
//     kEchoWindow after the vendor took it
//   - when every record of the person holds that very no, said or copied, and it says at least as
//   much
//     (vendor, channel, purpose): also a split loses nothing
//   - and none of them has a yes to the purpose that was said or dated since: that makes it news
//
// Everything else is the person's own word. That it comes once for each order is for the caller,
// who keeps the orders.
//
// Thread-safety: pure. Errors: none.
#pragma once

#include <optional>
#include <string>

#include "consent/policy.h"
#include "identity/profile.h"

namespace cdp::consent {

// How long a vendor may take to tell us what we told it: its own queues, and ours.
inline constexpr Duration kEchoWindow = Duration::hours(24);
// How far its clock may be behind ours.
inline constexpr Duration kEchoSkew = Duration::seconds(120);

// A no that was carried to a vendor.
struct ToldNo {
  Position cause;  // of the record that said it
  std::string purpose;
  Time decided_at;
  std::optional<Time> taken_at;  // empty = on its way, or it cannot be told yet
};

// Cheap, and needs no person.
bool may_be_echo(const event::Statement& said);
// `said` came for the record `speaker` of `person`, and is not in the ledger.
bool is_echo(const event::Statement& said, const ToldNo& told, const identity::Profile& person,
             PersonaOrdinal speaker, const Policy& policy);

}  // namespace cdp::consent
