// PersonaDocument: what one source asserts of one person, as state keeps it: one sealed CBOR
// document per persona (DESIGN §1, §4).
//
// Attributes are last-writer-wins by (occurred_at, then ledger position), so the order of arrival
// does not matter. It holds no last-seen time and no events: an event that changes no attribute
// dirties no document.
//
// Thread-safety: a value; apply() is called by the fold alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cdp/core/event/fact.h"

namespace cdp::identity {

struct AttributeValue {
  Pii<std::string> json;
  Time occurred_at;
  Position position;
};

// A country or region that the source gave at some time, as it was given.
struct PlaceValue {
  std::string attribute;  // "country", "region"
  Pii<std::string> json;
};

struct PersonaDocument {
  std::string source;
  event::Trust trust = event::Trust::public_key;
  bool anonymous = false;
  Token persona_token{};
  Pii<std::string> persona_key;
  std::vector<event::FactIdentifier>
      identifiers;  // distinct by token, in order of first appearance
  std::map<std::string, AttributeValue>
      attributes;  // a deleted attribute stays as JSON null (its time still counts)
  std::vector<event::Statement> statements;  // in ledger order
  // Every distinct country and region, sorted: whoever moves stays under the stricter law (DESIGN
  // §7 rule 4). Above limits::kPlacesPerPersonaMax they are dropped and the flag says so.
  std::vector<PlaceValue> places;
  bool places_overflowed = false;

  // The attributes that have a value here and would get another one from the fact, sorted; one that
  // is deleted is among them. Before apply().
  std::vector<std::string> corrected_by(const event::Fact& fact, Position position) const;
  // Folds one fact in. True when the document changed (and must be written).
  bool apply(const event::Fact& fact, Position position);
  // A denial copied from another member while merged. Idempotent by copied_from.
  // Would apply() leave a state out that comes after all that is applied, for it says what stands?
  bool repeats(const event::Statement& state) const;
  bool apply_copy(const event::Statement& statement);

  Bytes encode() const;
  static Result<PersonaDocument> decode(ByteView bytes);
};

}  // namespace cdp::identity
