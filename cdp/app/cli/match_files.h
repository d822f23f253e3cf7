// The CSV files that `cdp match` reads and writes: people in, pairs and clusters out, no store.
//
// What is written holds personal data or is made from it: mode 0600, whole or not at all. Cells
// that a spreadsheet would take for a formula start with an apostrophe.
//
// Thread-safety: one thread. Errors: not_found, invalid_argument, unavailable; see each.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cdp/app/cli/match_settings.h"
#include "cdp/core/base/result.h"
#include "identity/match/batch.h"
#include "identity/match/copies.h"
#include "identity/match/table.h"

namespace cdp::app::cli {

struct MatchPeople {
  identity::match::Config config;
  std::unique_ptr<identity::match::Table> table;
  std::vector<std::string> ids;         // one per row
  std::vector<std::string> truth;       // one per row when a column of truth was named
  std::vector<std::uint64_t> left_out;  // lines that are no records
  std::size_t files = 0;

  std::string name_of(identity::match::Row row) const;  // the id, after "2:" when files are several
};

// Every row of every file. `one_set`: rows of one file may be the same person, too. With `fields`
// not empty the files must have these (a model's). Errors: not_found; invalid_argument for a file
// without the columns, or none of known name.
Result<MatchPeople> read_people(const std::vector<std::string>& files,
                                const MatchSettings& settings,
                                const std::vector<identity::match::Field>& fields, bool one_set,
                                const std::string& truth_column);

// In a cluster of more than this many records a copy is paired with its first only: a file of ten
// thousand equal rows would have fifty million pairs.
inline constexpr std::size_t kPairsInFullMax = 1'000;

// `weights` is asked for every pair in a cluster.
std::string pairs_csv(const MatchPeople& people, const identity::match::BatchResult& result,
                      const identity::match::Copies& copies,
                      const identity::match::ScorePair& weights);
std::string clusters_csv(const MatchPeople& people, const identity::match::BatchResult& result);

// One line of CSV with its end.
std::string csv_line(const std::vector<std::string>& cells);
// Before anything is read: what is to be written is neither what is read nor written twice, and no
// folder; by what the names lead to, not by how they are spelt. Errors: invalid_argument.
Result<void> check_outputs(std::span<const std::string> outputs,
                           std::span<const std::string> inputs);
// Errors: unavailable.
Result<void> write_private(const std::string& file, const std::string& text);
Result<std::string> read_whole(const std::string& file);

}  // namespace cdp::app::cli
