#include "cdp/core/event/fact.h"

#include "cdp/core/event/record_fields.h"
#include "cdp/core/event/statement_codec.h"

namespace cdp::event {
namespace {

using cbor::Reader;
using cbor::Writer;

constexpr std::uint8_t kFormatVersion = 1;

// Map keys: a number is never given a second meaning.
enum FactKey : std::uint64_t {
  kSource = 1,
  kTrust = 2,
  kArrival = 3,
  kAnonymous = 4,
  kReceivedAt = 5,
  kOccurredBefore = 6,  // received_at - occurred_at in microseconds, modulo 2^64; absent = unknown
  kPersonaToken = 7,    // always there
  kPersonaKey = 8,
  kMessageId = 9,
  kIdentifiers = 10,  // array of 4 n: type, value, token, tier, ...
  kAttributes = 11,   // array of 2 n: name, json, ...
  kEvent = 12,        // array of 2: name, properties
  kStatements = 13,  // array of maps; source and received_at only where they differ from the fact's
};

void write_lists(const Fact& fact, const PiiAccess& access, Writer* writer) {
  if (!fact.identifiers.empty()) {
    writer->uint(kIdentifiers);
    writer->array(fact.identifiers.size() * 4);
    for (const FactIdentifier& identifier : fact.identifiers) {
      writer->text(identifier.type);
      writer->text(identifier.value.open(access));
      writer->bytes(identifier.token);
      writer->uint(static_cast<std::uint64_t>(identifier.tier));
    }
  }
  if (!fact.attributes.empty()) {
    writer->uint(kAttributes);
    writer->array(fact.attributes.size() * 2);
    for (const Attribute& attribute : fact.attributes) {
      writer->text(attribute.name);
      writer->text(attribute.json.open(access));
    }
  }
  if (fact.event) {
    writer->uint(kEvent);
    writer->array(2);
    writer->text(fact.event->name);
    writer->text(fact.event->properties.open(access));
  }
}

void write_statements(const Fact& fact, const PiiAccess& access, Writer* writer) {
  if (fact.statements.empty()) return;
  writer->uint(kStatements);
  writer->array(fact.statements.size());
  const Shared shared{fact.source, fact.received_at};
  for (const Statement& statement : fact.statements) {
    if (statement.position.none() && statement.index == 0) {
      write_statement(statement, shared, access, writer);
      continue;
    }
    Statement bare = statement;  // the fold knows where the fact lies
    bare.position = Position();
    bare.index = 0;
    write_statement(bare, shared, access, writer);
  }
}

// Reads the head of a list of groups of `width` items; the number of groups.
Result<std::size_t> read_groups(Reader* reader, std::size_t width) {
  CDP_TRY(const std::size_t items, reader->array());
  if (items == 0 || items % width != 0)
    return corrupt_record("a record holds a list of another length");
  return items / width;
}

Result<void> read_identifiers(Reader* reader, Fact* fact) {
  CDP_TRY(const std::size_t count, read_groups(reader, 4));
  fact->identifiers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    FactIdentifier& identifier = fact->identifiers.emplace_back();
    CDP_TRY(identifier.type, reader->text());
    CDP_TRY(const std::string_view value, reader->text());
    identifier.value = Pii<std::string>(std::string(value));
    CDP_TRY(identifier.token, read_token(reader));
    CDP_TRY(const std::uint64_t tier, reader->uint());
    if (tier > static_cast<std::uint64_t>(Tier::authenticated)) {
      return corrupt_record("a record holds a value out of range");
    }
    identifier.tier = static_cast<Tier>(tier);
  }
  return {};
}

Result<void> read_attributes(Reader* reader, Fact* fact) {
  CDP_TRY(const std::size_t count, read_groups(reader, 2));
  fact->attributes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Attribute& attribute = fact->attributes.emplace_back();
    CDP_TRY(attribute.name, reader->text());
    CDP_TRY(const std::string_view json, reader->text());
    attribute.json = Pii<std::string>(std::string(json));
  }
  return {};
}

Result<void> read_event(Reader* reader, Fact* fact) {
  CDP_TRY(const std::size_t count, read_groups(reader, 2));
  if (count != 1) return corrupt_record("a record holds a list of another length");
  Event& event = fact->event.emplace();
  CDP_TRY(event.name, reader->text());
  CDP_TRY(const std::string_view properties, reader->text());
  event.properties = Pii<std::string>(std::string(properties));
  return {};
}

Result<void> read_statements(Reader* reader, Fact* fact) {
  CDP_TRY(const std::size_t count, read_groups(reader, 1));
  fact->statements.reserve(std::min<std::size_t>(count, 128));
  for (std::size_t i = 0; i < count; ++i) {
    CDP_TRY(Statement statement, read_statement(reader, {fact->source, fact->received_at}));
    if (!statement.position.none() || statement.index != 0) {
      return corrupt_record("a record holds an unknown field");
    }
    fact->statements.push_back(std::move(statement));
  }
  return {};
}

Result<void> read_lists(Reader* reader, Fields* fields, Fact* fact) {
  CDP_TRY(const bool has_identifiers, fields->next_is(kIdentifiers));
  if (has_identifiers) CDP_CHECK(read_identifiers(reader, fact));
  CDP_TRY(const bool has_attributes, fields->next_is(kAttributes));
  if (has_attributes) CDP_CHECK(read_attributes(reader, fact));
  CDP_TRY(const bool has_event, fields->next_is(kEvent));
  if (has_event) CDP_CHECK(read_event(reader, fact));
  CDP_TRY(const bool has_statements, fields->next_is(kStatements));
  if (has_statements) CDP_CHECK(read_statements(reader, fact));
  return {};
}

Result<Fact> read_fact(Reader* reader) {
  CDP_TRY(Fields fields, Fields::open(reader));
  FieldReader read(reader, &fields);
  Fact fact;
  CDP_CHECK(read.text(kSource, &fact.source));
  CDP_CHECK(read.choice(kTrust, Trust::public_key, Trust::vendor_signed, &fact.trust));
  CDP_CHECK(read.choice(kArrival, Arrival::live, Arrival::pull, &fact.arrival));
  CDP_CHECK(read.flag(kAnonymous, &fact.anonymous));
  CDP_CHECK(read.times(kReceivedAt, kOccurredBefore, Time{}, &fact.received_at, &fact.occurred_at));
  CDP_TRY(const bool has_token, fields.next_is(kPersonaToken));
  if (!has_token) return corrupt_record("a record lacks a field");
  CDP_TRY(fact.persona_token, read_token(reader));
  std::string persona_key;
  CDP_CHECK(read.text(kPersonaKey, &persona_key));
  fact.persona_key = Pii<std::string>(std::move(persona_key));
  CDP_CHECK(read.text(kMessageId, &fact.message_id));
  CDP_CHECK(read_lists(reader, &fields, &fact));
  CDP_CHECK(fields.finish());
  return fact;
}

std::size_t count_fields(const Fact& fact, const PiiAccess& access) {
  const auto one = [](bool present) { return static_cast<std::size_t>(present); };
  return 1 + one(!fact.source.empty()) + one(fact.trust != Trust::public_key) +
         one(fact.arrival != Arrival::live) + one(fact.anonymous) +
         one(fact.received_at != Time{}) + one(fact.occurred_at.known()) +
         one(!fact.persona_key.open(access).empty()) + one(!fact.message_id.empty()) +
         one(!fact.identifiers.empty()) + one(!fact.attributes.empty()) +
         one(fact.event.has_value()) + one(!fact.statements.empty());
}

}  // namespace

Bytes FactCodec::encode(const Fact& fact) {
  const PiiAccess access{};
  Writer writer;
  writer.uint(kFormatVersion);
  writer.map(count_fields(fact, access));
  FieldWriter fields(&writer);
  fields.text(kSource, fact.source);
  fields.number(kTrust, static_cast<std::uint64_t>(fact.trust),
                static_cast<std::uint64_t>(Trust::public_key));
  fields.number(kArrival, static_cast<std::uint64_t>(fact.arrival),
                static_cast<std::uint64_t>(Arrival::live));
  fields.flag(kAnonymous, fact.anonymous);
  fields.times(kReceivedAt, kOccurredBefore, Time{}, fact.received_at, fact.occurred_at);
  writer.uint(kPersonaToken);
  writer.bytes(fact.persona_token);
  fields.text(kPersonaKey, fact.persona_key.open(access));
  fields.text(kMessageId, fact.message_id);
  write_lists(fact, access, &writer);
  write_statements(fact, access, &writer);
  return writer.take();
}

// The format version is one byte below 24, which is also its CBOR form.
Result<Fact> FactCodec::decode(ByteView bytes) {
  Reader reader(bytes);
  CDP_TRY(const std::uint64_t version, reader.uint());
  if (version != kFormatVersion) return corrupt_record("a record of an unknown format version");
  CDP_TRY(Fact fact, read_fact(&reader));
  if (!reader.done()) return corrupt_record("a record with trailing bytes");
  return fact;
}

Bytes FactCodec::encode_statement(const Statement& statement) {
  Writer writer;
  writer.uint(kFormatVersion);
  write_statement(statement, Shared{}, PiiAccess{}, &writer);
  return writer.take();
}

Result<Statement> FactCodec::decode_statement(ByteView bytes) {
  Reader reader(bytes);
  CDP_TRY(const std::uint64_t version, reader.uint());
  if (version != kFormatVersion) return corrupt_record("a record of an unknown format version");
  CDP_TRY(Statement statement, read_statement(&reader, Shared{}));
  if (!reader.done()) return corrupt_record("a record with trailing bytes");
  return statement;
}

}  // namespace cdp::event
