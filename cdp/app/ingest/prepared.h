// Prepared: an observation ready for the writer: normalised, blind-indexed, packed. Everything that
// can be done off the writer's thread has been done (DESIGN §4).
//
// Thread-safety: a value, moved along the pipeline.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "cdp/app/ingest/repetition.h"
#include "cdp/core/event/fact.h"

namespace cdp::app {

struct Prepared {
  event::Fact fact;
  Bytes packed;  // BodyCodec::pack(FactCodec::encode(fact))
  Token dedup{};
  bool new_act = false;
  // Statements whose purpose the policy does not know, malformed identifiers: counted, answered,
  // not stored.
  std::vector<std::string> warnings;
  std::optional<Repetition> repetition = {};
  // What was said on our own pages or by the consent API about somebody who lives: also of one who
  // was erased before and came back. An erasure since is later than its receipt.
  bool of_the_living = false;
};

// What became of one observation. `suppressed` answers as accepted outside (no oracles round the
// gate).
enum class Verdict : std::uint8_t { accepted, duplicate, suppressed };

using Verdicts = std::vector<Verdict>;

// Rows that a delivery uses up: they go in the transaction that makes it durable, so that neither
// is without the other whatever is killed when.
struct UsedUp {
  std::vector<Token> opt_ins{};         // requests that it confirms, by id
  std::vector<Token> do_not_contact{};  // entries that it lifts, when something of it is accepted
};

// One delivery on its way to durability. `done` is called exactly once, from a pipeline thread, and
// must be short.
struct Submission {
  std::vector<Prepared> items;
  std::function<void(Result<Verdicts>)> done;
  UsedUp used_up{};
};

}  // namespace cdp::app
