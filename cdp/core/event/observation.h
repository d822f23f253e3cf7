// The observation: one inbound message in the platform's own form (DESIGN §1). Every connector
// translates its vendor's dialect into observations; nothing downstream knows a vendor.
//
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/base/pii.h"
#include "cdp/core/base/time.h"
#include "cdp/core/event/statement.h"

namespace cdp::event {

// Who vouches for a source. Ordered: higher vouches for more.
enum class Trust : std::uint8_t {
  public_key = 1,     // a browser key: anyone can hold it and claim to be anybody
  server = 2,         // a secret key of the shop's own server, or its CSV
  vendor_signed = 3,  // the vendor's signature over the raw bytes was checked
};

// How the observation reached us: tombstones and grades treat an import differently from a live act
// (DESIGN §8).
enum class Arrival : std::uint8_t { live = 1, import = 2, pull = 3 };

// One attribute as the source asserts it. `json` is one JSON value, minified; null deletes the
// attribute.
struct Attribute {
  std::string name;
  Pii<std::string> json;
};

// At most one per observation. `properties` is a JSON object, minified, or empty.
struct Event {
  std::string name;  // "Order Completed"
  Pii<std::string> properties;
};

struct Observation {
  std::string message_id;  // dedup key within the source; never empty when it leaves a translator
  // The source's own id for the person (event streams: "user:<userId>", else "anon:<anonymousId>").
  // Never empty.
  Pii<std::string> persona_key;
  bool anonymous = false;  // persona_key is a device id, nobody logged in
  std::vector<Identifier> identifiers;
  std::vector<Attribute> attributes;
  std::optional<Event> event;
  std::vector<StatementDraft> statements;
  // Parts that could not be read and were left out, by a bounded reason: "unreadable_tcf".
  std::vector<std::string> warnings;
  Arrival arrival = Arrival::live;
  // True for something only a present person does (an order, a login): it may start a new life
  // after an erasure.
  bool new_act = false;
  Time occurred_at;
  Time received_at;
};

// What a vendor asks us to do about a person's data: queued as a rights request, never executed by
// the connector.
struct PrivacyOrder {
  enum class Kind : std::uint8_t { data_request = 1, redact = 2, shop_redact = 3 };
  Kind kind = Kind::redact;
  std::string vendor_request_id;
  std::vector<Identifier> identifiers;  // whom it is about; empty for shop_redact
};

}  // namespace cdp::event
