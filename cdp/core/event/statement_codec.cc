#include "cdp/core/event/statement_codec.h"

#include "cdp/core/event/record_fields.h"

namespace cdp::event {
namespace {

using cbor::Reader;
using cbor::Writer;

// Map keys: a number is never given a second meaning.
enum StatementKey : std::uint64_t {
  kSource = 1,
  kPurpose = 2,
  kChannel = 3,
  kVendor = 4,
  kContactType = 5,
  kContactPoint = 6,
  kChoice = 7,
  kBasis = 8,
  kGrade = 9,
  kMethod = 10,
  kNoticeVersion = 11,
  kReceivedAt = 12,
  kOccurredBefore = 13,
  kIsState = 14,
  kAnonymous = 15,
  kCopiedFrom = 16,
  kPosition = 17,
  kIndex = 18,
};

// Default values, against which both directions compare.
const Statement kNoStatement{};

std::size_t count_fields(const Statement& s, const Shared& shared) {
  const auto one = [](bool present) { return static_cast<std::size_t>(present); };
  return one(s.source != shared.source) + one(!s.purpose.empty()) + one(!s.channel.empty()) +
         one(!s.vendor.empty()) + one(!s.contact_type.empty()) + one(s.contact_point.has_value()) +
         one(s.choice != kNoStatement.choice) + one(s.basis != kNoStatement.basis) +
         one(s.grade != kNoStatement.grade) + one(!s.method.empty()) +
         one(!s.notice_version.empty()) + one(s.occurred_at.known()) +
         one(s.received_at != shared.received_at) + one(s.is_state) + one(s.anonymous) +
         one(!s.copied_from.none()) + one(!s.position.none()) + one(s.index != 0);
}

Result<void> read_statement_numbers(FieldReader* read, Statement* s) {
  constexpr std::uint64_t kAny = ~std::uint64_t{0};
  std::uint64_t value = 0;
  CDP_CHECK(read->number(kCopiedFrom, kAny, 0, &value));
  s->copied_from = Position(value);
  CDP_CHECK(read->number(kPosition, kAny, 0, &value));
  s->position = Position(value);
  CDP_CHECK(read->number(kIndex, 0xFFFFFFFF, 0, &value));
  s->index = static_cast<std::uint32_t>(value);
  return {};
}

}  // namespace

void write_statement(const Statement& s, const Shared& shared, Writer* writer) {
  writer->map(count_fields(s, shared));
  FieldWriter fields(writer);
  if (s.source != shared.source) {
    writer->uint(kSource);
    writer->text(s.source);
  }
  fields.text(kPurpose, s.purpose);
  fields.text(kChannel, s.channel);
  fields.text(kVendor, s.vendor);
  fields.text(kContactType, s.contact_type);
  if (s.contact_point) {
    writer->uint(kContactPoint);
    writer->bytes(*s.contact_point);
  }
  const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };
  fields.number(kChoice, number(s.choice), number(kNoStatement.choice));
  fields.number(kBasis, number(s.basis), number(kNoStatement.basis));
  fields.number(kGrade, number(s.grade), number(kNoStatement.grade));
  fields.text(kMethod, s.method);
  fields.text(kNoticeVersion, s.notice_version);
  fields.times(kReceivedAt, kOccurredBefore, shared.received_at, s.received_at, s.occurred_at);
  fields.flag(kIsState, s.is_state);
  fields.flag(kAnonymous, s.anonymous);
  fields.number(kCopiedFrom, s.copied_from.value(), 0);
  fields.number(kPosition, s.position.value(), 0);
  fields.number(kIndex, s.index, 0);
}

Result<Statement> read_statement(Reader* reader, const Shared& shared) {
  CDP_TRY(Fields fields, Fields::open(reader));
  FieldReader read(reader, &fields);
  Statement s;
  s.source = shared.source;
  CDP_TRY(const bool has_source, fields.next_is(kSource));
  if (has_source) {
    CDP_TRY(s.source, reader->text());
    if (s.source == shared.source) return corrupt_record("a record holds a default value");
  }
  CDP_CHECK(read.text(kPurpose, &s.purpose));
  CDP_CHECK(read.text(kChannel, &s.channel));
  CDP_CHECK(read.text(kVendor, &s.vendor));
  CDP_CHECK(read.text(kContactType, &s.contact_type));
  CDP_TRY(const bool has_contact, fields.next_is(kContactPoint));
  if (has_contact) {
    CDP_TRY(s.contact_point, read_token(reader));
  }
  CDP_CHECK(read.choice(kChoice, Choice::granted, Choice::restricted, &s.choice));
  CDP_CHECK(read.choice(kBasis, Basis::consent, Basis::soft_opt_in, &s.basis));
  CDP_CHECK(read.choice(kGrade, Grade::asserted, Grade::verified, &s.grade));
  CDP_CHECK(read.text(kMethod, &s.method));
  CDP_CHECK(read.text(kNoticeVersion, &s.notice_version));
  CDP_CHECK(
      read.times(kReceivedAt, kOccurredBefore, shared.received_at, &s.received_at, &s.occurred_at));
  CDP_CHECK(read.flag(kIsState, &s.is_state));
  CDP_CHECK(read.flag(kAnonymous, &s.anonymous));
  CDP_CHECK(read_statement_numbers(&read, &s));
  CDP_CHECK(fields.finish());
  return s;
}

}  // namespace cdp::event
