#include "connectors/csv/csv_import.h"

#include <algorithm>
#include <utility>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/crypto/signature.h"
#include "connectors/csv/csv_row.h"

namespace cdp::connectors::csv {
namespace {

Rejected rejected(Problem problem) {
  switch (problem) {
    case Problem::stray_quote:
      return {"malformed_quotes", "quote the whole field and double the quotes inside it"};
    case Problem::unclosed_quote:
      return {"unclosed_quote", "close the quote and resume at this line"};
    case Problem::too_large:
      return {"too_large", "one row holds at most 4 MiB"};
    default:
      return {"not_utf8", "save the file as UTF-8"};
  }
}

// The first line up to its end, to count delimiters in; not beyond what a record may hold.
std::string peek_first_line(std::istream& in) {
  std::string line;
  for (int c = in.get(); c != std::char_traits<char>::eof() && c != '\n'; c = in.get()) {
    line.push_back(static_cast<char>(c));
    if (line.size() > limits::kEventBytesMax) break;
  }
  in.clear();
  in.seekg(0);
  return line;
}

char delimiter_of(std::string_view first_line) {
  char best = ',';
  for (const char candidate : {';', '\t'}) {
    if (std::count(first_line.begin(), first_line.end(), candidate) >
        std::count(first_line.begin(), first_line.end(), best)) {
      best = candidate;
    }
  }
  return best;
}

Result<void> go_to(std::istream& in, Place place) {
  in.clear();
  in.seekg(0, std::ios::end);
  const std::streamoff size = in.tellg();
  if (size < 0 || place.offset > static_cast<std::uint64_t>(size)) {
    return fail(ErrorCode::invalid_argument, "the place to resume at is not in the file",
                "start the import from the beginning");
  }
  in.seekg(static_cast<std::streamoff>(place.offset));
  return {};
}

}  // namespace

CsvImport::CsvImport(const consent::SourceConfig& config, std::string label, Time received_at,
                     std::vector<Target> targets, CsvReader reader)
    : config_(&config),
      label_(std::move(label)),
      received_at_(received_at),
      targets_(std::move(targets)),
      reader_(reader) {}

Result<CsvImport> CsvImport::open(std::istream& in, const consent::SourceConfig& config,
                                  std::string label, Time received_at, Place from) {
  const char delimiter = delimiter_of(peek_first_line(in));
  CsvReader reader(in, delimiter, {});
  const auto header = reader.next();
  if (!header) {
    return fail(ErrorCode::invalid_argument, "the file is empty",
                "the first line must name the columns");
  }
  if (header->problem != Problem::none) {
    return fail(ErrorCode::invalid_argument, "the file's first line cannot be read",
                rejected(header->problem).hint);
  }
  CDP_TRY(auto targets, resolve_columns(config, header->fields));
  if (from.offset > header->next.offset) {
    CDP_CHECK(go_to(in, from));
    reader = CsvReader(in, delimiter, from);
  }
  return CsvImport(config, std::move(label), received_at, std::move(targets), reader);
}

std::string CsvImport::message_id(const Record& record) const {
  const std::string content = std::to_string(label_.size()) + ":" + label_ + "\n" + record.raw;
  return "csv:" + to_hex(crypto::sha256(as_bytes(content)));
}

Translated CsvImport::translate(const Record& record) const {
  if (record.problem != Problem::none) return rejected(record.problem);
  if (record.fields.size() != targets_.size()) {
    return Rejected{"wrong_column_count", "every row has as many fields as the first line"};
  }
  return translate_row(record.fields, targets_, *config_, message_id(record), received_at_);
}

std::optional<CsvRow> CsvImport::next() {
  if (ended_) return std::nullopt;
  const auto record = reader_.next();
  if (!record) return std::nullopt;
  CsvRow row{record->start.line, record->next, translate(*record)};
  if (record->problem == Problem::unclosed_quote) {
    ended_ = true;
    row.next = record->start;
  }
  return row;
}

}  // namespace cdp::connectors::csv
