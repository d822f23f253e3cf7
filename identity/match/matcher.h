// Matcher: who else might this record be? Fellegi-Sunter scores over opened values in memory,
// records one at a time. It proposes; whoever calls it decides (DESIGN §7: a probabilistic link
// proves nothing and is never part of an erasure's manifest).
//
//   CDP_TRY(auto matcher, Matcher::open(model, blocking_key));
//   CDP_CHECK(matcher.add(key, values));  // in the order of model.fields()
//   CDP_TRY(const auto proposals, matcher.proposals_of(key));
//   for (const Proposal& p : proposals) review(p.other, p.weight_bits, matcher.explain(key,
//   p.other)); matcher.remove(key);  // erased, or refused to be linked
//
// What it answers depends on the set of records only, not on the order of adds and removes, and is
// what run_batch (batch.h) answers for the same set and model (tested). Adding a record blocks and
// scores it; whom it hangs together with is clustered anew when somebody of them is asked about
// (live_clusters.h), in work that does not grow with the number of records that hang together. The
// model stays as it was trained.
//
// Keep out whoever refused: a record that is never added enters no pair. Values are folded copies
// in memory, wiped of a record's own when it is removed; nothing is written. Blocking keys are
// keyed hashes under `blocking_key`.
//
// Memory (measured): docs/guide/matching.md. Thread-safety: const members may run together; the
// others, cluster_of and proposals_of too, need outside exclusion. Non-errors: an unknown key on
// remove, a record without any usable value (it is kept and proposes nothing).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/result.h"
#include "cdp/core/crypto/secret.h"
#include "identity/match/explanation.h"
#include "identity/match/live_clusters.h"
#include "identity/match/model.h"

namespace cdp::identity::match {

// The caller's number of a record, e.g. a PersonaOrdinal's. Never reused for somebody else.
using RecordKey = std::uint64_t;

enum class Verdict : std::uint8_t { below, review, link };
std::string_view to_string(Verdict verdict);

struct Proposal {
  RecordKey other = 0;
  double weight_bits = 0;  // log2 of the odds that both are one person
  double probability = 0;
  Verdict verdict = Verdict::below;  // by the model's thresholds
  bool same_cluster = false;         // clustering, which sees the neighbours too, agrees
};

class Matcher {
 public:
  // `blocking_key`: 32 bytes. Errors: invalid_argument for another size.
  static Result<Matcher> open(Model model, crypto::Secret blocking_key);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  // `values` as they came (names in any case, dates and phones in any spelling), one per field of
  // the model, empty when missing. Errors: invalid_argument for another number of values; conflict
  // for a key that is present.
  Result<void> add(RecordKey key, std::span<const std::string> values);
  // Forgets the record. Answers who has pairs now that it had not: a
  // block that was over its cap and is no more compares its records again. Sorted. Nothing when the
  // record was not there.
  std::optional<std::vector<RecordKey>> remove(RecordKey key);

  std::size_t size() const;
  bool contains(RecordKey key) const;
  // Whether the record is here with what these values, as they came, fold to: removing it and
  // adding it again would change nothing. Not beside add and remove, and one thread at a time
  // (value.h).
  bool is_current(RecordKey key, std::span<const std::string> values) const;
  // Everybody in the record's cluster, itself too; sorted. Empty for an unknown key.
  std::vector<RecordKey> cluster_of(RecordKey key);
  // Whom it might be, now: at review or above; heaviest first, then by key. Errors: not_found.
  Result<std::vector<Proposal>> proposals_of(RecordKey key);
  // Any two present records, blocked together or not. Errors: not_found.
  Result<Explanation> explain(RecordKey a, RecordKey b) const;

  const Model& model() const;
  // So far; for tests that it stays bounded.
  const LiveClusters::Work& clustering_work() const;

 private:
  struct Impl;
  explicit Matcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cdp::identity::match
