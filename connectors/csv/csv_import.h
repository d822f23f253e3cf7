// CSV file -> observations, row by row, with a verdict for each. Streaming and resumable: after
// every row the place of the next one is known, and a re-import of a row that was taken is a
// duplicate.
//
//   CDP_TRY(auto import, CsvImport::open(in, config, "customers.csv", now, resume_from));
//   while (auto row = import.next()) { ingest(row->verdict); save(row->next); }
//
// The first line names the columns; column_map.h says what they can mean. The delimiter is the one
// of comma, semicolon and tab that the first line has most of. Message id: hash of the file's name
// and the row's bytes. Persona: "id:<id>", else "email:<lower-case address>", "phone:<number>" or
// "<type>:<value>" of the first identifier given.
//
// Consent from a file is asserted, and recorded when the row also gives date and method (DESIGN §7
// rule 2). A row is taken whole or refused whole: an unknown consent word, a bad date or a grant
// for a channel without its address refuses it. Everything arrives as an import, so that nothing in
// it starts a new life after an erasure.
//
// Thread-safety: one thread at a time. Lifetime: the stream and the configuration outlive the
// import. Errors of open: invalid_argument for a column map that does not fit, a file that is not
// UTF-8 or has no first line, or a place that is not in the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connectors/csv/column_map.h"
#include "connectors/csv/csv_reader.h"
#include "connectors/source.h"
#include "consent/policy.h"

namespace cdp::connectors::csv {

struct CsvRow {
  std::uint64_t line = 0;  // where it starts, counted from 1
  Place next;              // resume here after this row
  Translated verdict;
};

class CsvImport {
 public:
  // `label` names the file in message ids: the same file again must bear the same label. `from`:
  // a CsvRow::next of an earlier run; default: the first row.
  static Result<CsvImport> open(std::istream& in, const consent::SourceConfig& config,
                                std::string label, Time received_at, Place from = {});

  // Empty at the end. An unclosed quote ends the file: its row is refused and `next` stays at its
  // start.
  std::optional<CsvRow> next();

 private:
  CsvImport(const consent::SourceConfig& config, std::string label, Time received_at,
            std::vector<Target> targets, CsvReader reader);
  Translated translate(const Record& record) const;
  std::string message_id(const Record& record) const;

  const consent::SourceConfig* config_;
  std::string label_;
  Time received_at_;
  std::vector<Target> targets_;
  CsvReader reader_;
  bool ended_ = false;
};

}  // namespace cdp::connectors::csv
