#include "cdp/app/ingest/do_not_contact_list.h"

#include <algorithm>
#include <array>

#include "consent/policy.h"
#include "identity/email.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

constexpr std::array<std::string_view, 4> kChannels{"email", "sms", "whatsapp", "phone"};
constexpr std::string_view kFolded = "email_gmail";
constexpr std::size_t kNotedMax = 100'000;

event::Statement no_to(const std::string& channel, const event::Fact& fact, Time since) {
  event::Statement no;
  no.source = fact.source;
  no.purpose = consent::kEveryPurpose;
  no.channel = channel;
  no.contact_type = consent::contact_type_of(channel);
  no.choice = event::Choice::objected;
  no.method = kDoNotContactMethod;
  no.actor = event::Actor::officer;
  no.occurred_at = std::min(since, fact.received_at);
  no.received_at = fact.received_at;
  no.anonymous = fact.anonymous;
  return no;
}

}  // namespace

std::vector<std::string> DoNotContactList::channels_of(std::string_view type) {
  std::vector<std::string> channels;
  for (const auto& channel : kChannels) {
    if (consent::contact_type_of(channel) == type) channels.emplace_back(channel);
  }
  return channels;
}

std::vector<Token> DoNotContactList::entries_of(const Keyed& keyed, std::string_view channel,
                                                std::string_view type,
                                                const std::string& normalised) {
  const auto entry = [&](std::string_view of, const std::string& value) {
    return keyed.do_not_contact_of(channel, identity::Normaliser::token(of, value, keyed.link));
  };
  std::vector<Token> entries = {entry(type, normalised)};
  if (type != "email") return entries;
  if (const auto folded = identity::fold_gmail(normalised))
    entries.push_back(entry(kFolded, *folded));
  return entries;
}

void DoNotContactList::add(const store::Tombstone& tombstone) {
  if (tombstone.scope != store::Tombstone::Scope::do_not_contact) return;
  Time& since = entries_[tombstone.token];
  since = std::max(since, tombstone.erased_at);
}

void DoNotContactList::lift(const Token& entry) { entries_.erase(entry); }

std::vector<event::Statement> DoNotContactList::noes_for(const event::Fact& fact) const {
  std::vector<event::Statement> noes;
  if (entries_.empty() || fact.trust == event::Trust::public_key) return noes;
  // A folded spelling follows the address that it is made from.
  const event::FactIdentifier* address = nullptr;
  for (const auto& identifier : fact.identifiers) {
    const bool folded = identifier.type == kFolded;
    if (!folded) address = &identifier;
    if (address == nullptr) continue;
    for (const auto& channel : channels_of(folded ? "email" : std::string_view(identifier.type))) {
      const auto found = entries_.find(keyed_->do_not_contact_of(channel, identifier.token));
      if (found == entries_.end()) continue;
      auto no = no_to(channel, fact, found->second);
      no.contact_point = address->type == no.contact_type ? address->token : identifier.token;
      const auto is_about = [&](const event::Statement& other) {
        return other.channel == no.channel && other.contact_point == no.contact_point;
      };
      const bool is_lifted = std::ranges::any_of(fact.statements, [&](const auto& said) {
        return is_about(said) && said.choice == event::Choice::granted &&
               said.grade == event::Grade::verified;
      });
      if (is_lifted || std::ranges::any_of(noes, is_about)) continue;
      if (!noted_.contains(noted_of(fact, no))) noes.push_back(std::move(no));
    }
  }
  return noes;
}

void DoNotContactList::note(const event::Fact& fact) {
  for (const auto& no : fact.statements) {
    const bool is_ours = no.method == kDoNotContactMethod && no.purpose == consent::kEveryPurpose &&
                         no.choice == event::Choice::objected;
    if (!is_ours) continue;
    if (noted_.size() >= kNotedMax) noted_.clear();
    noted_.insert(noted_of(fact, no));
  }
}

DoNotContactList::Noted DoNotContactList::noted_of(const event::Fact& fact,
                                                   const event::Statement& no) {
  return {fact.persona_token, no.channel, no.contact_point.value_or(Token{}), no.occurred_at.us};
}

}  // namespace cdp::app
