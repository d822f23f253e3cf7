// Reads delimited records from a stream, one at a time (RFC 4180): quoted fields may hold
// delimiters, line breaks and doubled quotes; lines end in LF or CRLF; a UTF-8 byte order mark at
// the start of the file is skipped; blank lines are no records.
//
// Memory: one record, at most limits::kEventBytesMax; a longer one is read past and answers
// too_large. Thread-safety: one thread at a time. Lifetime: the stream outlives the reader. Errors:
// none; what is wrong with a record is its Problem.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace cdp::connectors::csv {

// Where a record starts: bytes from the start of the file, lines counted from 1.
struct Place {
  std::uint64_t offset = 0;
  std::uint64_t line = 1;
  friend bool operator==(const Place&, const Place&) = default;
};

enum class Problem : std::uint8_t {
  none,
  stray_quote,     // a quote inside an unquoted field, or text after a closing quote
  unclosed_quote,  // the file ends inside quotes: nothing after this can be trusted
  too_large,
  not_utf8,
};

struct Record {
  std::vector<std::string> fields;
  std::string raw;  // as in the file, without the line end
  Place start;
  Place next;
  Problem problem = Problem::none;
};

bool valid_utf8(std::string_view text);

class CsvReader {
 public:
  // `in` stands at `at`.
  CsvReader(std::istream& in, char delimiter, Place at);
  // Empty at the end of the file.
  std::optional<Record> next();

 private:
  enum class State : std::uint8_t { field_start, plain, quoted, quote_seen };

  void skip_byte_order_mark();
  std::optional<Record> next_line();
  bool take(char c, Record* record, State* state);

  std::istream* in_;
  char delimiter_;
  Place at_;
};

}  // namespace cdp::connectors::csv
