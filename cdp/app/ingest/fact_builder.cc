#include "cdp/app/ingest/fact_builder.h"

#include <algorithm>

#include "cdp/core/base/limits.h"
#include "cdp/core/event/json.h"
#include "consent/sales.h"
#include "identity/identifier.h"

namespace cdp::app {

Prepared FactBuilder::build(event::Observation observation, const consent::SourceConfig& source,
                            const consent::Policy& policy,
                            std::optional<event::Grade> grade_max) const {
  Prepared out;
  for (auto& sale : consent::sales_in(observation, source, policy)) {
    observation.statements.push_back(std::move(sale));
  }
  event::Fact& fact = out.fact;
  const PiiAccess access;
  fact.source = source.name;
  fact.trust = source.trust;
  fact.arrival = observation.arrival;
  fact.anonymous = observation.anonymous;
  fact.persona_token = keyed_.persona_token(source.name, observation.persona_key.open(access));
  fact.persona_key = std::move(observation.persona_key);
  fact.message_id = std::move(observation.message_id);
  fact.attributes = std::move(observation.attributes);
  fact.event = std::move(observation.event);
  fact.received_at = observation.received_at;
  fact.occurred_at = observation.occurred_at.known()
                         ? std::min(observation.occurred_at, observation.received_at)
                         : observation.received_at;
  out.new_act = observation.new_act;
  for (const auto& raw : observation.identifiers) add_identifier(raw, source, policy, out);

  consent::StatementContext context;
  context.policy = &policy;
  context.source = source.name;
  context.anonymous = fact.anonymous;
  context.grade_max = grade_max.value_or(consent::grade_max_of(source.trust));
  context.received_at = fact.received_at;
  for (const auto& draft : observation.statements) add_statement(draft, source, context, out);
  for (const auto& warning : observation.warnings) out.warnings.push_back("signal_" + warning);

  out.dedup = keyed_.message.token({source.name, fact.message_id});
  out.packed = codec_.pack(event::FactCodec::encode(fact));
  return out;
}

void FactBuilder::add_identifier(const event::Identifier& raw, const consent::SourceConfig& source,
                                 const consent::Policy& policy, Prepared& out) const {
  auto indexed = identity::Normaliser::index(raw, source.trust, source.default_region, keyed_.link,
                                             policy.identifiers_at_ingest);
  if (const auto* rejection = std::get_if<identity::Rejection>(&indexed)) {
    out.warnings.push_back("identifier_" + std::string(identity::to_string(*rejection)));
    const bool named =
        std::any_of(out.fact.attributes.begin(), out.fact.attributes.end(),
                    [&](const auto& attribute) { return attribute.name == raw.type; });
    if (!named && identity::valid_type_name(raw.type)) {
      out.fact.attributes.push_back(
          {raw.type, Pii<std::string>(json::quote(raw.value.open(PiiAccess())))});
    }
    return;
  }
  for (auto& identifier : std::get<std::vector<event::FactIdentifier>>(indexed)) {
    const auto same = [&](const auto& known) { return known.token == identifier.token; };
    if (std::any_of(out.fact.identifiers.begin(), out.fact.identifiers.end(), same)) continue;
    out.fact.identifiers.push_back(std::move(identifier));
  }
}

void FactBuilder::add_statement(const event::StatementDraft& draft,
                                const consent::SourceConfig& source,
                                const consent::StatementContext& context, Prepared& out) const {
  std::optional<Token> contact;
  if (draft.contact_point) {
    const auto normalised = identity::Normaliser::normalise(
        draft.contact_point->type, draft.contact_point->value, source.default_region);
    if (const auto* value = std::get_if<std::string>(&normalised)) {
      contact = identity::Normaliser::token(draft.contact_point->type, *value, keyed_.link);
    }
  }
  auto bound = consent::bind_statement(draft, context, contact);
  if (auto* refusal = std::get_if<consent::StatementRefusal>(&bound)) {
    out.warnings.push_back("statement_" + refusal->reason);
    return;
  }
  out.fact.statements.push_back(std::get<event::Statement>(std::move(bound)));
}

}  // namespace cdp::app
