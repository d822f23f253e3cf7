#include "connectors/csv/csv_reader.h"

#include <utility>

#include "cdp/core/base/limits.h"

namespace cdp::connectors::csv {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();

// Bytes that follow `lead` in a UTF-8 character, and the range of the first of them (Unicode 15,
// table 3-7); -1 when nothing may start so.
struct Sequence {
  int following;
  unsigned char low;
  unsigned char high;
};

Sequence sequence_of(unsigned char lead) {
  if (lead < 0x80) return {0, 0, 0};
  if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {-1, 0, 0};
}

void drop_carriage_return(std::string* text) {
  if (!text->empty() && text->back() == '\r') text->pop_back();
}

}  // namespace

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Sequence sequence = sequence_of(static_cast<unsigned char>(text[i]));
    if (sequence.following < 0) return false;
    unsigned char low = sequence.low;
    unsigned char high = sequence.high;
    for (int n = 0; n < sequence.following; ++n) {
      if (++i >= text.size()) return false;
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte < low || byte > high) return false;
      low = 0x80;
      high = 0xBF;
    }
  }
  return true;
}

CsvReader::CsvReader(std::istream& in, char delimiter, Place at)
    : in_(&in), delimiter_(delimiter), at_(at) {
  if (at_.offset == 0) skip_byte_order_mark();
}

void CsvReader::skip_byte_order_mark() {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string seen;
  while (seen.size() < kMark.size() &&
         in_->peek() == static_cast<unsigned char>(kMark[seen.size()])) {
    seen.push_back(static_cast<char>(in_->get()));
  }
  at_.offset += seen.size();
}

// Adds one character inside a record; false when it ends the record.
bool CsvReader::take(char c, Record* record, State* state) {
  auto& field = record->fields.back();
  if (*state == State::quoted) {
    if (c == '"') {
      *state = State::quote_seen;
    } else {
      field.push_back(c);
    }
    return true;
  }
  if (*state == State::quote_seen && c == '"') {
    field.push_back('"');
    *state = State::quoted;
    return true;
  }
  if (c == '\n') {
    if (*state == State::plain) drop_carriage_return(&field);
    return false;
  }
  if (c == delimiter_) {
    record->fields.emplace_back();
    *state = State::field_start;
    return true;
  }
  if (c == '"' && *state == State::field_start) {
    *state = State::quoted;
    return true;
  }
  // The CR of a CRLF may follow a closing quote; anything else may not.
  const bool line_end = c == '\r' && *state == State::quote_seen && in_->peek() == '\n';
  if (line_end) return true;
  if (c == '"' || *state == State::quote_seen) record->problem = Problem::stray_quote;
  *state = State::plain;
  field.push_back(c);
  return true;
}

std::optional<Record> CsvReader::next_line() {
  if (in_->peek() == kEnd) return std::nullopt;
  Record record;
  record.start = at_;
  record.fields.emplace_back();
  State state = State::field_start;
  std::size_t size = 0;
  bool ended = false;
  for (int c = in_->get(); c != kEnd; c = in_->get()) {
    ++at_.offset;
    if (c == '\n') ++at_.line;
    if (!take(static_cast<char>(c), &record, &state)) {
      ended = true;
      break;
    }
    if (++size <= limits::kEventBytesMax) {
      record.raw.push_back(static_cast<char>(c));
    } else {
      // Read past, keeping nothing: only where it ends matters.
      record.fields.assign(1, std::string());
    }
  }
  if (ended) drop_carriage_return(&record.raw);
  if (size > limits::kEventBytesMax) record.problem = Problem::too_large;
  if (!ended && state == State::quoted) record.problem = Problem::unclosed_quote;
  record.next = at_;
  return record;
}

std::optional<Record> CsvReader::next() {
  for (;;) {
    auto record = next_line();
    if (!record) return record;
    if (record->raw.empty() && record->problem == Problem::none) continue;
    if (record->problem == Problem::none && !valid_utf8(record->raw)) {
      record->problem = Problem::not_utf8;
    }
    return record;
  }
}

}  // namespace cdp::connectors::csv
