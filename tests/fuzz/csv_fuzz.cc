// Any bytes as a CSV file: no crash, places only move forward, and a run that is resumed after its
// first row sees what an uninterrupted one sees.
// fuzz-links: connectors_csv
#include <cstdlib>
#include <sstream>

#include "connectors/csv/csv_import.h"

namespace {

using cdp::connectors::csv::CsvImport;
using cdp::connectors::csv::CsvRow;
using cdp::connectors::csv::Place;

std::vector<CsvRow> rows_of(const std::string& text, const cdp::consent::SourceConfig& config,
                            Place from) {
  std::istringstream in(text);
  auto import = CsvImport::open(in, config, "fuzz.csv", cdp::Time{1'795'348'800'000'000}, from);
  std::vector<CsvRow> rows;
  if (!import) return rows;
  while (auto row = import->next()) rows.push_back(std::move(*row));
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text =
      "Id,Mail,OK,When,How,What\n" + std::string(reinterpret_cast<const char*>(data), size);
  cdp::consent::SourceConfig config;
  config.columns = {{"Id", "id"},
                    {"Mail", "email"},
                    {"OK", "consent:marketing.communications.email"},
                    {"When", "consent_date:marketing.communications.email"},
                    {"How", "consent_method:marketing.communications.email"},
                    {"What", "event"}};
  const auto all = rows_of(text, config, {});
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].next.offset < all[i - 1].next.offset || all[i].line <= all[i - 1].line) std::abort();
  }
  if (all.size() > 1 && rows_of(text, config, all[0].next).size() != all.size() - 1) std::abort();
  return 0;
}
