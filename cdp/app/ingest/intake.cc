#include "cdp/app/ingest/intake.h"

#include <algorithm>

#include "consent/own_choice.h"

namespace cdp::app {
namespace {

struct Sorted {
  Submission submission;
  IntakeReport report;
  std::optional<Error> error;
};

tl::unexpected<Error> busy(Busy reason) {
  return fail(
      ErrorCode::overloaded,
      reason == Busy::queue_full ? "the writer's queue is full" : "the fold is too far behind",
      "send the same again after Retry-After seconds");
}

}  // namespace

void Intake::take(std::vector<connectors::Translated> messages, const consent::SourceConfig& source,
                  const consent::Policy& policy, Done done, std::optional<event::Grade> grade_max,
                  UsedUp used_up) const {
  if (auto healthy = pipeline_.health(); !healthy) {
    return done(fail(ErrorCode::unavailable, "storage is not available",
                     "see /readyz and the operator's log"));
  }
  Sorted sorted;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (auto* observation = std::get_if<event::Observation>(&messages[i])) {
      auto prepared = facts_.build(std::move(*observation), source, policy, grade_max);
      leave_out_echoes(prepared);
      prepared.of_the_living = is_of_the_living(prepared.fact);
      prepared.repetition =
          repetition_in(prepared.fact, pipeline_.services().keys, pipeline_.live());
      for (const auto& warning : prepared.warnings) ++sorted.report.warnings[warning];
      sorted.submission.items.push_back(std::move(prepared));
    } else if (auto* rejected = std::get_if<connectors::Rejected>(&messages[i])) {
      sorted.report.rejected.push_back({i, rejected->reason, rejected->hint});
    } else if (auto* order = std::get_if<event::PrivacyOrder>(&messages[i])) {
      auto queued = queue_order_(*order, source);
      if (!queued) return done(fail(queued.error()));
      ++sorted.report.queued_requests;
    } else {
      ++sorted.report.ignored;
    }
  }
  if (sorted.submission.items.empty()) return done(std::move(sorted.report));
  sorted.submission.used_up = std::move(used_up);
  auto shared_done = std::make_shared<Done>(std::move(done));
  sorted.submission.done = [report = std::move(sorted.report),
                            shared_done](Result<Verdicts> verdicts) mutable {
    if (!verdicts) return (*shared_done)(fail(verdicts.error()));
    for (const Verdict verdict : *verdicts) {
      // A suppressed observation answers as accepted: who was erased is nobody's business (DESIGN
      // §7).
      ++(verdict == Verdict::duplicate ? report.duplicates : report.accepted);
    }
    (*shared_done)(std::move(report));
  };
  if (const Busy reason = pipeline_.submit(sorted.submission); reason != Busy::no)
    (*shared_done)(busy(reason));
}

// It comes under a record of its own, which has no life yet: whom it is about has one when somebody
// vouched for carries what names them here.
bool Intake::is_of_the_living(const event::Fact& fact) const {
  const bool ours =
      fact.source == consent::kOwnSource || fact.source.starts_with(consent::kConsentApiPrefix);
  if (!ours) return false;
  const LiveState& live = pipeline_.live();
  return std::ranges::any_of(fact.identifiers, [&](const auto& identifier) {
    return std::ranges::any_of(live.holders(identifier.token),
                               [&](PersonaOrdinal holder) { return live.is_vouched(holder); });
  });
}

// Before it is stored: what stands in the ledger was said.
void Intake::leave_out_echoes(Prepared& prepared) const {
  if (!is_echo_) return;
  event::Fact& fact = prepared.fact;
  const std::size_t echoes =
      std::erase_if(fact.statements, [&](const auto& said) { return is_echo_(fact, said); });
  if (echoes == 0) return;
  prepared.warnings.insert(prepared.warnings.end(), echoes, "statement_echo");
  prepared.packed = pipeline_.codec().pack(event::FactCodec::encode(fact));
}

}  // namespace cdp::app
