#include "cdp/app/officer/do_not_contact.h"

#include <algorithm>
#include <future>
#include <map>

#include "cdp/app/api/own_statements.h"
#include "cdp/app/ingest/do_not_contact_list.h"
#include "consent/own_choice.h"
#include "identity/email.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

using store::Tombstone;

// Whatever an address is indexed as, itself among it.
bool is_indexed_as(const event::FactIdentifier& address, const Token& token,
                   const crypto::BlindIndex& link) {
  const auto indexed =
      identity::Normaliser::index({address.type, address.value}, event::Trust::server, "", link);
  const auto* all = std::get_if<std::vector<event::FactIdentifier>>(&indexed);
  return all != nullptr &&
         std::ranges::any_of(*all, [&](const auto& one) { return one.token == token; });
}

// Says nothing itself: the no is given to it at the door, as to everybody with that address.
connectors::Translated own_observation(const Token& token, const event::Identifier& address,
                                       Time now, Random& random) {
  event::Observation observation;
  observation.message_id = "do-not-contact:" + to_hex(random.next_token());
  observation.persona_key = Pii<std::string>(own_record_key(token));
  observation.identifiers.push_back(address);
  observation.occurred_at = now;
  observation.received_at = now;
  return observation;
}

}  // namespace

Result<DoNotContact::Entry> DoNotContact::entry_of(const ChannelAddress& address) const {
  const auto type = consent::contact_type_of(address.channel);
  if (type.empty() || type != address.address.type) {
    return fail(ErrorCode::invalid_argument, "the channel has no addresses of that kind",
                "channels: email; sms, whatsapp and phone for telephone numbers");
  }
  const auto normalised =
      identity::Normaliser::normalise(address.address.type, address.address.value, "");
  const auto* value = std::get_if<std::string>(&normalised);
  if (value == nullptr) {
    return fail(ErrorCode::unprocessable, "the address is none that could be written to",
                "an e-mail address, or a telephone number with its country code (+49...)");
  }
  const auto& keyed = services_.pipeline.keyed();
  Entry entry;
  entry.channel = address.channel;
  entry.address = {address.address.type, Pii<std::string>(*value)};
  entry.token = identity::Normaliser::token(type, *value, keyed.link);
  entry.entries = DoNotContactList::entries_of(keyed, address.channel, type, *value);
  if (const auto folded = type == "email" ? identity::fold_gmail(*value) : std::nullopt)
    entry.mailbox = identity::Normaliser::token("email_gmail", *folded, keyed.link);
  return entry;
}

Result<void> DoNotContact::check(const ChannelAddress& address) const {
  CDP_CHECK(entry_of(address));
  return {};
}

Result<std::size_t> DoNotContact::put(const std::vector<ChannelAddress>& addresses) const {
  std::vector<Entry> all;
  all.reserve(addresses.size());
  for (const auto& address : addresses) {
    CDP_TRY(auto entry, entry_of(address));
    all.push_back(std::move(entry));
  }
  CDP_TRY(const auto fresh, list(all));
  CDP_CHECK(tell_holders(all));
  return fresh;
}

Result<std::size_t> DoNotContact::put_on_all(const event::Identifier& address) const {
  std::vector<ChannelAddress> all;
  for (auto& channel : DoNotContactList::channels_of(address.type))
    all.push_back({std::move(channel), address});
  if (all.empty()) {
    return fail(ErrorCode::unprocessable, "the identifier is no address",
                "give the e-mail address or the telephone number that is not to be contacted");
  }
  return put(all);
}

Result<std::optional<Time>> DoNotContact::since(const ChannelAddress& address) const {
  CDP_TRY(const auto entry, entry_of(address));
  std::optional<Time> since;
  for (const Token& token : entry.entries) {
    CDP_TRY(const auto at, services_.pipeline.services().ledger.tombstone(
                               Tombstone::Scope::do_not_contact, token));
    if (at && (!since || *at < *since)) since = at;
  }
  return since;
}

// The list itself, with what the trail says of it: how many, and of no address which.
Result<std::size_t> DoNotContact::list(const std::vector<Entry>& all) const {
  auto& world = services_.pipeline.services();
  Writer& writer = services_.pipeline.writer();
  std::size_t fresh = 0;
  CDP_CHECK(writer.run([&](BatchBuilder& builder) -> Result<void> {
    const Time now = world.clock.now();
    std::vector<Tombstone> rows;
    fresh = 0;
    for (const auto& entry : all) {
      bool is_new = false;
      for (const Token& token : entry.entries) {
        CDP_TRY(const auto at, world.ledger.tombstone(Tombstone::Scope::do_not_contact, token));
        if (at) continue;
        rows.push_back({Tombstone::Scope::do_not_contact, token, now});
        is_new = true;
      }
      fresh += is_new ? 1 : 0;
    }
    if (rows.empty()) return {};
    audit::Entry entry;
    entry.kind = "do_not_contact";
    entry.at = now;
    entry.fields["addresses"] = static_cast<std::int64_t>(fresh);
    CDP_CHECK(builder.audit(entry));
    auto& tombstones = builder.batch().tombstones;
    tombstones.insert(tombstones.end(), rows.begin(), rows.end());
    writer.add_tombstones(rows);
    return {};
  }));
  return fresh;
}

// Through the record of our own pages for each address that somebody has: what is said there counts
// for everybody who has it, also where it links nobody (LiveState::note_address_holders).
Result<void> DoNotContact::tell_holders(const std::vector<Entry>& all) const {
  auto& pipeline = services_.pipeline;
  // Whoever came before the list did is known from here on; whoever comes later gets the no there.
  CDP_CHECK(pipeline.fold().settle());
  std::map<Token, event::Identifier> held;
  for (const auto& entry : all) {
    if (!pipeline.live().holders(entry.token).empty()) held.emplace(entry.token, entry.address);
    if (!entry.mailbox) continue;
    for (const PersonaOrdinal holder : pipeline.live().holders(*entry.mailbox)) {
      // What a browser claims gets no no (do_not_contact_list.h), and may be as much as it likes.
      if (!pipeline.live().is_vouched(holder)) continue;
      CDP_TRY(const auto profile, pipeline.live().profile_of(holder));
      if (!profile) continue;
      for (const auto& member : profile->members) {
        if (member.persona != holder) continue;
        for (const auto& one : member.document.identifiers) {
          if (one.type == "email" && is_indexed_as(one, *entry.mailbox, pipeline.keyed().link))
            held.try_emplace(one.token, event::Identifier{one.type, one.value});
        }
      }
    }
  }
  if (held.empty()) return {};
  auto& world = pipeline.services();
  std::vector<connectors::Translated> messages;
  for (const auto& [token, address] : held)
    messages.push_back(own_observation(token, address, world.clock.now(), world.random));
  std::promise<Result<void>> promise;
  auto told = promise.get_future();
  const auto active = services_.policy.active();
  services_.intake.take(std::move(messages), consent::own_source(), active->policy,
                        [&promise](const Result<IntakeReport>& report) {
                          promise.set_value(report ? Result<void>() : fail(report.error()));
                        });
  CDP_CHECK(told.get());
  // A no is copied to whoever else has the address: said when readers see that, too.
  return pipeline.fold().settle();
}

}  // namespace cdp::app
