// The fact: an observation as the ledger keeps it: normalised, blind-indexed, its tiers decided,
// ready for a fold that reads no clock, no configuration and no normaliser (DESIGN invariant 6).
//
// Thread-safety: values; FactCodec is stateless.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cdp/core/base/bytes.h"
#include "cdp/core/event/observation.h"

namespace cdp::event {

// How strong an identifier links two personas. Ordered: higher is stronger. min(type's tier,
// source's trust).
enum class Tier : std::uint8_t {
  none = 0,           // kept, looked up, never links (malformed, blocked, shared by rule)
  derived = 1,        // a folded variant (gmail dots)
  device = 2,         // anonymous_id, cookie
  declared = 3,       // the person typed it: e-mail in a form, anything from a public key
  authenticated = 4,  // a login id from a server or a vendor
};

struct FactIdentifier {
  std::string type;
  Pii<std::string> value;  // normalised
  Token token{};           // blind index of (type, value)
  Tier tier = Tier::none;
};

struct Fact {
  std::string source;
  Trust trust = Trust::public_key;
  Arrival arrival = Arrival::live;
  bool anonymous = false;
  Token persona_token{};  // blind index of (source, persona key)
  Pii<std::string> persona_key;
  std::string message_id;
  std::vector<FactIdentifier> identifiers;
  std::vector<Attribute> attributes;
  std::optional<Event> event;
  std::vector<Statement> statements;  // position and index are filled in by the fold, not stored
  Time occurred_at;
  Time received_at;
};

// Fact <-> CBOR (RFC 8949, definite lengths, integer map keys; first byte is the format version 1).
// Decoding is strict: unknown version, truncated or trailing bytes are ErrorCode::corrupt.
class FactCodec {
 public:
  static Bytes encode(const Fact& fact);
  static Result<Fact> decode(ByteView bytes);
  static Bytes encode_statement(const Statement& statement);
  static Result<Statement> decode_statement(ByteView bytes);
};

}  // namespace cdp::event
