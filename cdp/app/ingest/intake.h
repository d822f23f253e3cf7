// Intake: a translated delivery on its way in: one verdict for every message, in order, none
// dropped silently (DESIGN §6).
//
// Thread-safety: const and safe. `done` is called exactly once: at once when nothing is to be
// stored, else from a pipeline thread when everything that was taken is durable. Errors in `done`:
// overloaded (429: queue full or fold behind), unavailable (503: not durable).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cdp/app/ingest/fact_builder.h"
#include "cdp/app/ingest/pipeline.h"
#include "connectors/source.h"

namespace cdp::app {

struct IntakeReport {
  std::size_t accepted = 0;  // suppressed ones too: they answer alike
  std::size_t duplicates = 0;
  std::size_t ignored = 0;
  std::size_t queued_requests = 0;
  struct Rejection {
    std::size_t index = 0;
    std::string reason;
    std::string hint;
  };
  std::vector<Rejection> rejected;
  std::map<std::string, std::size_t> warnings;  // by reason
};

class Intake {
 public:
  using QueueOrder =
      std::function<Result<void>(const event::PrivacyOrder&, const consent::SourceConfig&)>;
  // Is this statement of the fact no word of the person's but a vendor's echo of ours? What it
  // answers with true is left out, with the warning "statement_echo". May wait for the writer.
  using IsEcho = std::function<bool(const event::Fact&, const event::Statement&)>;
  using Done = std::function<void(Result<IntakeReport>)>;

  Intake(Pipeline& pipeline, const FactBuilder& facts, QueueOrder queue_order,
         IsEcho is_echo = nullptr)
      : pipeline_(pipeline),
        facts_(facts),
        queue_order_(std::move(queue_order)),
        is_echo_(std::move(is_echo)) {}

  void take(std::vector<connectors::Translated> messages, const consent::SourceConfig& source,
            const consent::Policy& policy, Done done,
            std::optional<event::Grade> grade_max = std::nullopt, UsedUp used_up = {}) const;

 private:
  void leave_out_echoes(Prepared& prepared) const;
  bool is_of_the_living(const event::Fact& fact) const;

  Pipeline& pipeline_;
  const FactBuilder& facts_;
  QueueOrder queue_order_;
  IsEcho is_echo_;
};

}  // namespace cdp::app
