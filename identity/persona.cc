#include "identity/persona.h"

#include <algorithm>
#include <limits>

#include "cdp/core/base/limits.h"
#include "cdp/core/event/json.h"
#include "cdp/core/event/record_fields.h"
#include "identity/profile_reader.h"

namespace cdp::identity {

using event::FactIdentifier;
using event::Statement;
using event::Tier;
using event::Trust;
using event::cbor::Reader;
using event::cbor::Writer;

namespace {

constexpr std::uint8_t kFormatVersion = 1;

// Map keys: a number is never given a second meaning.
enum DocumentKey : std::uint64_t {
  kSource = 1,
  kTrust = 2,
  kAnonymous = 3,
  kPersonaToken = 4,  // always there
  kPersonaKey = 5,
  kIdentifiers = 6,  // array of 4 n: type, value, token, tier, ...
  kAttributes = 7,   // array of 4 n: name, json, occurred_at, position, ...
  kStatements = 8,   // array of byte strings (FactCodec)
  kPlaces = 9,       // array of 2 n: attribute, json, ...
  kPlacesOverflowed = 10,
};

auto place(const Statement& s) { return std::tuple(s.position, s.index, s.copied_from); }

bool same_key(const Statement& a, const Statement& b) {
  return a.source == b.source && a.purpose == b.purpose && a.channel == b.channel &&
         a.vendor == b.vendor && a.contact_type == b.contact_type &&
         a.contact_point == b.contact_point;
}

// What a vendor's state says. Its date is left out: a pull that stamps every answer with its own
// time would forge a fresh choice each time (DESIGN §7 rule 3).
bool same_state(const Statement& a, const Statement& b) {
  return a.choice == b.choice && a.basis == b.basis && a.grade == b.grade &&
         a.notice_version == b.notice_version;
}

// True when the last own statement of the same key before `state` says the same already.
bool repeats_last(const std::vector<Statement>& statements, const Statement& state) {
  for (auto at = statements.rbegin(); at != statements.rend(); ++at) {
    if (!at->copied_from.none() || place(*at) >= place(state) || !same_key(*at, state)) continue;
    return same_state(*at, state);
  }
  return false;
}

// The same thing, said at the same time, through the same source: an import that is run again.
bool is_known(const std::vector<Statement>& statements, const Statement& statement) {
  if (!statement.occurred_at.known()) return false;
  return std::ranges::any_of(statements, [&](const Statement& mine) {
    return mine.copied_from.none() && mine.occurred_at == statement.occurred_at &&
           same_key(mine, statement) && same_state(mine, statement) &&
           mine.method == statement.method && mine.actor == statement.actor;
  });
}

bool insert_in_order(std::vector<Statement>* statements, Statement statement) {
  const auto at = std::ranges::lower_bound(*statements, place(statement), {}, place);
  if (at != statements->end() && place(*at) == place(statement)) return false;
  statements->insert(at, std::move(statement));
  return true;
}

// What all facts of one persona agree on; where they do not, the more careful reading stands.
bool apply_head(const event::Fact& fact, PersonaDocument* document) {
  if (document->persona_token == Token{}) {
    document->source = fact.source;
    document->trust = fact.trust;
    document->anonymous = fact.anonymous;
    document->persona_token = fact.persona_token;
    document->persona_key = fact.persona_key;
    return true;
  }
  const Trust trust = std::min(document->trust, fact.trust);
  const bool anonymous = document->anonymous || fact.anonymous;
  const bool changed = trust != document->trust || anonymous != document->anonymous;
  document->trust = trust;
  document->anonymous = anonymous;
  return changed;
}

bool apply_identifier(const FactIdentifier& identifier, std::vector<FactIdentifier>* known) {
  for (FactIdentifier& mine : *known) {
    if (mine.token != identifier.token) continue;
    if (mine.tier >= identifier.tier) return false;
    mine.tier = identifier.tier;
    return true;
  }
  known->push_back(identifier);
  return true;
}

bool apply_attribute(const event::Attribute& attribute, Time occurred_at, Position position,
                     std::map<std::string, AttributeValue>* known) {
  const auto found = known->find(attribute.name);
  if (found == known->end()) {
    known->emplace(attribute.name, AttributeValue{attribute.json, occurred_at, position});
    return true;
  }
  // The time moves even when the value stays: a value that came between must lose whichever
  // arrives first.
  AttributeValue& mine = found->second;
  if (std::tie(occurred_at, position) <= std::tie(mine.occurred_at, mine.position)) return false;
  mine = {attribute.json, occurred_at, position};
  return true;
}

// What an attribute says of where the person lives: `country` and `region`, and an `address` as
// Segment and most shops send it. A state that is spelt out names no place that a rule knows.
std::vector<event::Attribute> places_in(const event::Attribute& attribute) {
  if (attribute.name == "country" || attribute.name == "region") return {attribute};
  if (attribute.name != "address") return {};
  const auto document = json::Document::parse(ProfileReader::open(attribute.json));
  if (!document || !document->root().is_object()) return {};
  const std::string country(document->root().text("country").value_or(""));
  if (country.empty()) return {};
  std::vector<event::Attribute> places{{"country", Pii<std::string>(json::quote(country))}};
  auto state = document->root().text("state");
  if (!state) state = document->root().text("region");
  constexpr std::size_t kCodeBytesMax = 3;  // ISO 3166-2 after the dash
  if (state && !state->empty() && state->size() <= kCodeBytesMax) {
    const std::string region = country + "-" + std::string(*state);
    places.push_back({"region", Pii<std::string>(json::quote(region))});
  }
  return places;
}

// Where the person ever lived, by what this source said. A set, so that order does not matter.
bool apply_place(const event::Attribute& attribute, PersonaDocument* document) {
  const std::string& json = ProfileReader::open(attribute.json);
  if (document->places_overflowed || json.empty() || json == "null") return false;
  auto& places = document->places;
  const auto key = [](const PlaceValue& place) {
    return std::tie(place.attribute, ProfileReader::open(place.json));
  };
  const auto at = std::ranges::lower_bound(places, std::tie(attribute.name, json), {}, key);
  if (at != places.end() && key(*at) == std::tie(attribute.name, json)) return false;
  if (places.size() == limits::kPlacesPerPersonaMax) {
    places.clear();
    document->places_overflowed = true;
  } else {
    places.insert(at, PlaceValue{attribute.name, attribute.json});
  }
  return true;
}

bool apply_statement(Statement statement, Position position, std::uint32_t index,
                     std::vector<Statement>* known) {
  statement.position = position;
  statement.index = index;
  if (statement.is_state && repeats_last(*known, statement)) return false;
  if (is_known(*known, statement)) return false;
  return insert_in_order(known, std::move(statement));
}

void write_identifiers(const std::vector<FactIdentifier>& identifiers, Writer* writer) {
  if (identifiers.empty()) return;
  writer->uint(kIdentifiers);
  writer->array(identifiers.size() * 4);
  for (const FactIdentifier& identifier : identifiers) {
    writer->text(identifier.type);
    writer->text(ProfileReader::open(identifier.value));
    writer->bytes(identifier.token);
    writer->uint(static_cast<std::uint64_t>(identifier.tier));
  }
}

void write_attributes(const std::map<std::string, AttributeValue>& attributes, Writer* writer) {
  if (attributes.empty()) return;
  writer->uint(kAttributes);
  writer->array(attributes.size() * 4);
  for (const auto& [name, value] : attributes) {
    writer->text(name);
    writer->text(ProfileReader::open(value.json));
    writer->integer(value.occurred_at.us);
    writer->uint(value.position.value());
  }
}

void write_places(const std::vector<PlaceValue>& places, Writer* writer) {
  if (places.empty()) return;
  writer->uint(kPlaces);
  writer->array(places.size() * 2);
  for (const PlaceValue& place : places) {
    writer->text(place.attribute);
    writer->text(ProfileReader::open(place.json));
  }
}

Result<std::size_t> read_groups(Reader* reader, std::size_t width) {
  CDP_TRY(const std::size_t items, reader->array());
  if (items == 0 || items % width != 0) {
    return event::corrupt_record("a persona document holds a list of another length");
  }
  return items / width;
}

Result<void> read_identifiers(Reader* reader, std::vector<FactIdentifier>* out) {
  CDP_TRY(const std::size_t count, read_groups(reader, 4));
  for (std::size_t i = 0; i < count; ++i) {
    FactIdentifier& identifier = out->emplace_back();
    CDP_TRY(identifier.type, reader->text());
    CDP_TRY(const std::string_view value, reader->text());
    identifier.value = Pii<std::string>(std::string(value));
    CDP_TRY(identifier.token, event::read_token(reader));
    CDP_TRY(const std::uint64_t tier, reader->uint());
    if (tier > static_cast<std::uint64_t>(Tier::authenticated)) {
      return event::corrupt_record("a persona document holds a value out of range");
    }
    identifier.tier = static_cast<Tier>(tier);
  }
  return {};
}

Result<void> read_attributes(Reader* reader, std::map<std::string, AttributeValue>* out) {
  CDP_TRY(const std::size_t count, read_groups(reader, 4));
  for (std::size_t i = 0; i < count; ++i) {
    CDP_TRY(const std::string_view name, reader->text());
    CDP_TRY(const std::string_view json, reader->text());
    CDP_TRY(const std::int64_t occurred_us, reader->integer());
    CDP_TRY(const std::uint64_t position, reader->uint());
    // Names ascend, so that equal documents have one encoding.
    if (!out->empty() && out->rbegin()->first >= name) {
      return event::corrupt_record("a persona document holds attributes out of order");
    }
    out->emplace_hint(
        out->end(), name,
        AttributeValue{Pii<std::string>(std::string(json)), Time{occurred_us}, Position(position)});
  }
  return {};
}

Result<void> read_statements(Reader* reader, std::vector<Statement>* out) {
  CDP_TRY(const std::size_t count, read_groups(reader, 1));
  for (std::size_t i = 0; i < count; ++i) {
    CDP_TRY(const ByteView bytes, reader->bytes());
    CDP_TRY(Statement statement, event::FactCodec::decode_statement(bytes));
    if (!out->empty() && place(out->back()) >= place(statement)) {
      return event::corrupt_record("a persona document holds statements out of order");
    }
    out->push_back(std::move(statement));
  }
  return {};
}

Result<void> read_places(Reader* reader, std::vector<PlaceValue>* out) {
  CDP_TRY(const std::size_t count, read_groups(reader, 2));
  for (std::size_t i = 0; i < count; ++i) {
    CDP_TRY(const std::string_view attribute, reader->text());
    CDP_TRY(const std::string_view json, reader->text());
    out->push_back({std::string(attribute), Pii<std::string>(std::string(json))});
  }
  return {};
}

Result<void> read_lists(Reader* reader, event::Fields* fields, PersonaDocument* document) {
  CDP_TRY(const bool has_identifiers, fields->next_is(kIdentifiers));
  if (has_identifiers) CDP_CHECK(read_identifiers(reader, &document->identifiers));
  CDP_TRY(const bool has_attributes, fields->next_is(kAttributes));
  if (has_attributes) CDP_CHECK(read_attributes(reader, &document->attributes));
  CDP_TRY(const bool has_statements, fields->next_is(kStatements));
  if (has_statements) CDP_CHECK(read_statements(reader, &document->statements));
  CDP_TRY(const bool has_places, fields->next_is(kPlaces));
  if (has_places) CDP_CHECK(read_places(reader, &document->places));
  CDP_CHECK(
      event::FieldReader(reader, fields).flag(kPlacesOverflowed, &document->places_overflowed));
  return fields->finish();
}

}  // namespace

std::vector<std::string> PersonaDocument::corrected_by(const event::Fact& fact,
                                                       Position position) const {
  std::vector<std::string> names;
  for (const event::Attribute& attribute : fact.attributes) {
    const auto found = attributes.find(attribute.name);
    if (found == attributes.end()) continue;
    const AttributeValue& mine = found->second;
    const std::string& json = ProfileReader::open(mine.json);
    const bool newer =
        std::tie(fact.occurred_at, position) > std::tie(mine.occurred_at, mine.position);
    if (newer && json != "null" && json != ProfileReader::open(attribute.json)) {
      names.push_back(attribute.name);
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool PersonaDocument::apply(const event::Fact& fact, Position position) {
  bool changed = apply_head(fact, this);
  for (const FactIdentifier& identifier : fact.identifiers) {
    changed |= apply_identifier(identifier, &identifiers);
  }
  for (const event::Attribute& attribute : fact.attributes) {
    changed |= apply_attribute(attribute, fact.occurred_at, position, &attributes);
    for (const auto& place : places_in(attribute)) changed |= apply_place(place, this);
  }
  for (std::uint32_t i = 0; i < fact.statements.size(); ++i) {
    changed |= apply_statement(fact.statements[i], position, i, &statements);
  }
  return changed;
}

bool PersonaDocument::repeats(const event::Statement& state) const {
  Statement next = state;
  next.position = Position(std::numeric_limits<std::uint64_t>::max());
  return next.is_state && (repeats_last(statements, next) || is_known(statements, next));
}

bool PersonaDocument::apply_copy(const event::Statement& statement) {
  // A grant made while merged stays with whom it was made by (invariant 9).
  if (statement.choice == event::Choice::granted) return false;
  Statement copy = statement;
  if (copy.copied_from.none()) copy.copied_from = copy.position;
  const bool known = std::ranges::any_of(statements, [&](const Statement& mine) {
    const Position origin = mine.copied_from.none() ? mine.position : mine.copied_from;
    return origin == copy.copied_from && mine.index == copy.index;
  });
  return !known && insert_in_order(&statements, std::move(copy));
}

Bytes PersonaDocument::encode() const {
  const auto one = [](bool present) { return static_cast<std::size_t>(present); };
  const std::string& key = ProfileReader::open(persona_key);
  Writer writer;
  writer.uint(kFormatVersion);
  writer.map(1 + one(!source.empty()) + one(trust != Trust::public_key) + one(anonymous) +
             one(!key.empty()) + one(!identifiers.empty()) + one(!attributes.empty()) +
             one(!statements.empty()) + one(!places.empty()) + one(places_overflowed));
  event::FieldWriter fields(&writer);
  fields.text(kSource, source);
  fields.number(kTrust, static_cast<std::uint64_t>(trust),
                static_cast<std::uint64_t>(Trust::public_key));
  fields.flag(kAnonymous, anonymous);
  writer.uint(kPersonaToken);
  writer.bytes(persona_token);
  fields.text(kPersonaKey, key);
  write_identifiers(identifiers, &writer);
  write_attributes(attributes, &writer);
  if (!statements.empty()) {
    writer.uint(kStatements);
    writer.array(statements.size());
    for (const Statement& statement : statements) {
      writer.bytes(event::FactCodec::encode_statement(statement));
    }
  }
  write_places(places, &writer);
  fields.flag(kPlacesOverflowed, places_overflowed);
  return writer.take();
}

Result<PersonaDocument> PersonaDocument::decode(ByteView bytes) {
  Reader reader(bytes);
  CDP_TRY(const std::uint64_t version, reader.uint());
  if (version != kFormatVersion) {
    return event::corrupt_record("a persona document of an unknown format version");
  }
  CDP_TRY(event::Fields fields, event::Fields::open(&reader));
  event::FieldReader read(&reader, &fields);
  PersonaDocument document;
  CDP_CHECK(read.text(kSource, &document.source));
  CDP_CHECK(read.choice(kTrust, Trust::public_key, Trust::vendor_signed, &document.trust));
  CDP_CHECK(read.flag(kAnonymous, &document.anonymous));
  CDP_TRY(const bool has_token, fields.next_is(kPersonaToken));
  if (!has_token) return event::corrupt_record("a persona document lacks a field");
  CDP_TRY(document.persona_token, event::read_token(&reader));
  std::string key;
  CDP_CHECK(read.text(kPersonaKey, &key));
  document.persona_key = Pii<std::string>(std::move(key));
  CDP_CHECK(read_lists(&reader, &fields, &document));
  if (!reader.done()) return event::corrupt_record("a persona document with trailing bytes");
  return document;
}

}  // namespace cdp::identity
