#include "cdp/core/event/statement_codec.h"

#include <algorithm>

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
  kActor = 19,
  kNoticeHash = 20,
  kNoticeLanguage = 21,
  kPlace = 22,
  kJurisdiction = 23,
  kEvidence = 24,
};

// Default values, against which both directions compare.
const Statement kNoStatement{};

std::size_t count_fields(const Statement& s, const Shared& shared, const PiiAccess& access) {
  const auto one = [](bool present) { return static_cast<std::size_t>(present); };
  return one(s.source != shared.source) + one(!s.purpose.empty()) + one(!s.channel.empty()) +
         one(!s.vendor.empty()) + one(!s.contact_type.empty()) + one(s.contact_point.has_value()) +
         one(s.choice != kNoStatement.choice) + one(s.basis != kNoStatement.basis) +
         one(s.grade != kNoStatement.grade) + one(!s.method.empty()) +
         one(!s.notice_version.empty()) + one(s.occurred_at.known()) +
         one(s.received_at != shared.received_at) + one(s.is_state) + one(s.anonymous) +
         one(!s.copied_from.none()) + one(!s.position.none()) + one(s.index != 0) +
         one(s.actor != kNoStatement.actor) + one(s.notice_hash.has_value()) +
         one(!s.notice_language.empty()) + one(!s.place.empty()) + one(!s.jurisdiction.empty()) +
         one(!s.evidence.open(access).empty());
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

// What was shown, where and to whom.
void write_circumstances(const Statement& s, const PiiAccess& access, Writer* writer) {
  FieldWriter fields(writer);
  fields.number(kActor, static_cast<std::uint64_t>(s.actor),
                static_cast<std::uint64_t>(kNoStatement.actor));
  if (s.notice_hash) {
    writer->uint(kNoticeHash);
    writer->bytes(*s.notice_hash);
  }
  fields.text(kNoticeLanguage, s.notice_language);
  fields.text(kPlace, s.place);
  fields.text(kJurisdiction, s.jurisdiction);
  fields.text(kEvidence, s.evidence.open(access));
}

Result<void> read_circumstances(Reader* reader, Fields* fields, FieldReader* read, Statement* s) {
  CDP_CHECK(read->choice(kActor, Actor::person, Actor::officer, &s->actor));
  CDP_TRY(const bool has_hash, fields->next_is(kNoticeHash));
  if (has_hash) {
    CDP_TRY(const ByteView bytes, reader->bytes());
    crypto::Digest& hash = s->notice_hash.emplace();
    if (bytes.size() != hash.size()) {
      return corrupt_record("a record holds a hash of another length");
    }
    std::copy(bytes.begin(), bytes.end(), hash.begin());
  }
  CDP_CHECK(read->text(kNoticeLanguage, &s->notice_language));
  CDP_CHECK(read->text(kPlace, &s->place));
  CDP_CHECK(read->text(kJurisdiction, &s->jurisdiction));
  std::string evidence;
  CDP_CHECK(read->text(kEvidence, &evidence));
  s->evidence = Pii<std::string>(std::move(evidence));
  return {};
}

}  // namespace

void write_statement(const Statement& s, const Shared& shared, const PiiAccess& access,
                     Writer* writer) {
  writer->map(count_fields(s, shared, access));
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
  write_circumstances(s, access, writer);
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
  CDP_CHECK(read_circumstances(reader, &fields, &read, &s));
  CDP_CHECK(fields.finish());
  return s;
}

}  // namespace cdp::event
