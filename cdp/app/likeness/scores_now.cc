#include "cdp/app/likeness/scores_now.h"

namespace cdp::app {

namespace match = identity::match;

ScoresNow::ScoresNow(Pipeline& pipeline, const consent::Policy& policy, const match::Model& model)
    : pipeline_(pipeline),
      policy_(policy),
      model_(model),
      table_(model.config),
      scorer_(table_, model) {
  table_.set_terms(model.terms);
}

Result<std::optional<OpenedRecord>> ScoresNow::open(PersonaOrdinal persona) const {
  CDP_TRY(const auto profile, pipeline_.live().profile_of(persona));
  if (!profile) return std::optional<OpenedRecord>();
  const auto allowed = may_be_matched(*profile, policy_, pipeline_.services().clock.now());
  if (!allowed.contains(persona)) return std::optional<OpenedRecord>();
  auto records =
      open_records(*profile, {persona}, policy_, pipeline_.keyed().link, model_.fields());
  if (records.empty()) return std::optional<OpenedRecord>();
  return std::optional<OpenedRecord>(std::move(records.front()));
}

Result<std::optional<ScoresNow::Rows>> ScoresNow::take_in(PersonaOrdinal first,
                                                          PersonaOrdinal second) {
  CDP_TRY(const auto one, open(first));
  CDP_TRY(const auto other, open(second));
  if (!one || !other) return std::optional<Rows>();
  return std::optional(
      Rows{table_.add(first.value(), one->values), table_.add(second.value(), other->values)});
}

void ScoresNow::let_go(const Rows& rows) {
  table_.remove(rows.first);
  table_.remove(rows.second);
}

Result<std::optional<match::Weight>> ScoresNow::weight(PersonaOrdinal first,
                                                       PersonaOrdinal second) {
  CDP_TRY(const auto rows, take_in(first, second));
  if (!rows) return std::optional<match::Weight>();
  const auto weight = scorer_.score(rows->first, rows->second);
  let_go(*rows);
  return std::optional(weight);
}

Result<std::optional<match::Explanation>> ScoresNow::explanation(PersonaOrdinal first,
                                                                 PersonaOrdinal second) {
  CDP_TRY(const auto rows, take_in(first, second));
  if (!rows) return std::optional<match::Explanation>();
  auto explanation = scorer_.explain(rows->first, rows->second);
  let_go(*rows);
  return std::optional(std::move(explanation));
}

}  // namespace cdp::app
