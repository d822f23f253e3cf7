// DoNotContact: puts addresses on the do-not-contact list and says whether one is on it (DESIGN §1,
// §8). What is kept of an address is a keyed hash for each channel; whoever has the address is told
// at once, whoever comes with it later at the door (ingest/do_not_contact_list.h).
//
//   CDP_TRY(const auto fresh, list.put({{"email", address}}));
//   CDP_TRY(const auto since, list.since({"email", address}));   // empty: not on the list
//
// Only the person's own verified yes to that channel takes an entry off (OwnStatements).
//
// Thread-safety: safe; both block on the writer: not from its or the fold's thread. Lifetime: the
// services outlive it. Errors: invalid_argument for a channel without addresses, unprocessable for
// an address that is none; then nothing was put. unavailable when it did not become durable for all
// who have the address: put() again says the rest.
#pragma once

#include <string>
#include <vector>

#include "cdp/app/ingest/intake.h"
#include "cdp/app/policy_store.h"

namespace cdp::app {

struct ChannelAddress {
  std::string channel;        // "email", "sms", "whatsapp", "phone"
  event::Identifier address;  // of the channel's type, as typed
};

class DoNotContact {
 public:
  struct Services {
    Pipeline& pipeline;
    const Intake& intake;
    const PolicyStore& policy;
  };
  explicit DoNotContact(Services services) : services_(services) {}

  // Whether it could be put on the list.
  Result<void> check(const ChannelAddress& address) const;
  // How many of them are new on the list.
  Result<std::size_t> put(const std::vector<ChannelAddress>& addresses) const;
  // On every channel that has addresses of this type: "email", "phone". Errors: unprocessable for
  // any other.
  Result<std::size_t> put_on_all(const event::Identifier& address) const;
  // Since when it is on the channel's list.
  Result<std::optional<Time>> since(const ChannelAddress& address) const;

 private:
  struct Entry {
    std::string channel;
    event::Identifier address;     // normalised
    Token token{};                 // its blind index
    std::optional<Token> mailbox;  // of Gmail, however it is spelled
    std::vector<Token> entries;    // DoNotContactList::entries_of
  };
  Result<Entry> entry_of(const ChannelAddress& address) const;
  Result<std::size_t> list(const std::vector<Entry>& all) const;
  Result<void> tell_holders(const std::vector<Entry>& all) const;

  Services services_;
};

}  // namespace cdp::app
