// Training without labels: u from random pairs, m by expectation maximisation within blocks, then
// both again from the clusters they give.
//
//   1. u: how often two random records stand at each level (seeded; records sorted by content
//      first, so that the order of a file changes nothing).
//   2. m: within the blocks of one rule, with u fixed and the rule's own fields left out, by EM
//   over
//      counted patterns; over all rules whose blocks hold far more pairs than chance would put
//      there, weighted by the matches each has.
//   3. lambda, m, u, term frequencies and what a household shares (household.h) from the clusters
//      so found, three times over, the first two more strictly than they will be used: within a
//      cluster every pair counts, also those that share no block, which EM within blocks never
//      sees.
//
// Dempster, Laird and Rubin 1977; Winkler 1988 for the use here; steps 1 and 2 as in Splink.
//
// Thread-safety: pure. Errors: unprocessable when fewer than two fields have values, or no two
// records look alike.
#pragma once

#include <functional>

#include "cdp/core/base/result.h"
#include "identity/match/blocks.h"
#include "identity/match/model.h"
#include "identity/match/table.h"

namespace cdp::identity::match {

// 0 to 1 of the step named; from the calling thread.
using Progress = std::function<void(std::string_view step, double done)>;

// `table` holds the records; its terms are set. `blocks` holds the same rows. The same model for
// any number of threads.
Result<Model> train(const Config& config, Table& table, const Blocks& blocks,
                    const Progress& progress, std::size_t threads = 1);

}  // namespace cdp::identity::match
