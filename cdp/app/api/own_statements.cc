#include "cdp/app/api/own_statements.h"

#include <algorithm>

#include "cdp/app/api/receipts.h"
#include "cdp/app/ingest/do_not_contact_list.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

Result<Token> token_of(const ApiServices& services, const event::Identifier& identifier) {
  const auto normalised = identity::Normaliser::normalise(identifier.type, identifier.value, "");
  const auto* value = std::get_if<std::string>(&normalised);
  if (value == nullptr) {
    return fail(ErrorCode::invalid_argument, "the proven address cannot be used");
  }
  return identity::Normaliser::token(identifier.type, *value, services.pipeline.keyed().link);
}

// The record of ours for an address, if anything was ever said through it.
std::optional<PersonaOrdinal> own_record(const ApiServices& services, const Token& address) {
  return services.pipeline.services().keys.find(
      services.pipeline.keyed().persona_token(consent::kOwnSource, own_record_key(address)));
}

// Somebody we do not know has made no statement: an empty profile. An address that is several
// people's (info@) is nobody's: then what was said to us through it is shown, and nothing else.
Result<identity::Profile> profile_of(const ApiServices& services, const event::Identifier& proven) {
  CDP_TRY(const auto token, token_of(services, proven));
  // A fold that stopped shows yesterday's consent: nothing may be read from it (invariant 2).
  CDP_CHECK(services.pipeline.health());
  CDP_TRY(auto profile, services.pipeline.live().profile_for_owner(token));
  const auto own = profile ? std::nullopt : own_record(services, token);
  if (own) {
    CDP_TRY(profile, services.pipeline.live().profile_of(*own));
  }
  return profile ? *std::move(profile) : identity::Profile();
}

// The statements that the choices became: the newest of ours that says the same.
Recorded recorded(const identity::Profile& profile, const crypto::BlindIndex& pseudonyms,
                  const std::vector<consent::OwnChoice>& choices) {
  Recorded out;
  for (const auto& choice : choices) {
    const event::Statement* newest = nullptr;
    for (const auto& member : profile.members) {
      for (const auto& s : member.document.statements) {
        const bool same = s.copied_from.none() && s.source == consent::kOwnSource &&
                          s.purpose == choice.purpose && s.vendor == choice.vendor &&
                          s.choice == choice.choice;
        if (same && (newest == nullptr || newest->position < s.position)) newest = &s;
      }
    }
    out.statements.push_back(newest == nullptr ? std::string()
                                               : consent::statement_id(*newest, pseudonyms));
  }
  return out;
}

// The do-not-contact entries that a yes to a channel lifts.
void add_lifted(const ApiServices& services, const consent::Policy& policy,
                const consent::OwnChoice& choice, std::vector<Token>* lifted) {
  const auto* purpose = policy.purpose(choice.purpose);
  if (choice.choice != event::Choice::granted || purpose == nullptr || !choice.contact_point)
    return;
  const auto& address = *choice.contact_point;
  const auto normalised = identity::Normaliser::normalise(address.type, address.value, "");
  const auto* value = std::get_if<std::string>(&normalised);
  if (value == nullptr || consent::contact_type_of(purpose->channel) != address.type) return;
  const auto entries = DoNotContactList::entries_of(services.pipeline.keyed(), purpose->channel,
                                                    address.type, *value);
  lifted->insert(lifted->end(), entries.begin(), entries.end());
}

}  // namespace

std::string own_record_key(const Token& address) { return "own:" + to_hex(address); }

void OwnStatements::record(const OwnPerson& person, std::vector<consent::OwnChoice> choices,
                           const std::string& session,
                           const std::function<void(Result<Recorded>)>& done,
                           UsedUp used_up) const {
  const auto token = token_of(services_, person.proven);
  if (!token) return done(fail(token.error()));
  const auto active = services_.policy.active();
  const Time now = services_.clock.now();
  event::Observation observation;
  observation.message_id = "own:" + session;
  observation.persona_key = Pii<std::string>(own_record_key(*token));
  observation.identifiers.push_back(person.proven);
  observation.occurred_at = now;
  observation.received_at = now;
  for (auto& choice : choices) {
    if (!choice.contact_point) choice.contact_point = person.proven;
    if (!choice.occurred_at.known()) choice.occurred_at = now;
    auto draft = consent::own_draft(active->policy, choice);
    if (!draft) return done(fail(draft.error()));
    observation.statements.push_back(*std::move(draft));
    add_lifted(services_, active->policy, choice, &used_up.do_not_contact);
  }
  if (observation.statements.empty()) return done(Recorded{});
  std::vector<connectors::Translated> messages;
  messages.emplace_back(std::move(observation));
  const auto services = services_;
  services_.intake.take(
      std::move(messages), consent::own_source(), active->policy,
      [services, person, choices = std::move(choices), done](const Result<IntakeReport>& report) {
        if (!report) return done(fail(report.error()));
        if (!report->warnings.empty()) {
          return done(fail(ErrorCode::unprocessable, "a choice could not be taken",
                           "the policy changed meanwhile: show the page again"));
        }
        const auto profile = profile_of(services, person.proven);
        if (!profile) return done(fail(profile.error()));
        auto ids = recorded(*profile, services.pipeline.keyed().pseudonym, choices);
        // A no is copied to whoever else has the address: done when readers see that, too.
        services.pipeline.fold().after_effects(
            [ids = std::move(ids), done](const Result<void>& visible) {
              if (!visible) return done(fail(visible.error()));
              done(ids);
            });
      },
      event::Grade::verified, std::move(used_up));
}

Result<consent::ConsentState> OwnStatements::state(const OwnPerson& person,
                                                   const consent::StateQuestion& question) const {
  CDP_TRY(const auto profile, profile_of(services_, person.proven));
  const auto active = services_.policy.active();
  auto state = consent::consent_state(profile, active->policy, services_.pipeline.keyed().pseudonym,
                                      question, services_.clock.now());
  return state;
}

Result<std::string> OwnStatements::receipt(const OwnPerson& person,
                                           const std::string& statement) const {
  CDP_TRY(const auto profile, profile_of(services_, person.proven));
  return services_.receipts.issue(profile, statement);
}

}  // namespace cdp::app
