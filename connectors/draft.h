// Draft: collects one observation and keeps it within limits.h. What does not fit turns the whole
// draft into a Rejected: a message is taken as it was sent, or refused with a reason, never cut.
//
// Thread-safety: a value, one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "cdp/core/base/limits.h"
#include "cdp/core/event/json.h"
#include "connectors/source.h"

namespace cdp::connectors {

class Draft {
 public:
  Draft(std::string message_id, std::string persona_key, Time received_at) {
    if (message_id.empty()) reject("missing_message_id", "send an id with every message");
    if (message_id.size() > limits::kMessageIdBytesMax) {
      reject("message_id_too_long", "message ids hold at most 256 bytes");
    }
    if (persona_key.empty()) reject("missing_persona", "name the person");
    if (persona_key.size() > limits::kIdentifierBytesMax) {
      reject("identifier_too_long", "ids hold at most 1024 bytes");
    }
    observation_.message_id = std::move(message_id);
    observation_.persona_key = Pii<std::string>(std::move(persona_key));
    observation_.received_at = received_at;
    observation_.occurred_at = received_at;
  }

  // An empty value is no identifier. One that is too long links nobody; ingest says so and keeps it
  // as an attribute.
  void identifier(std::string type, std::string value) {
    if (value.empty()) return;
    if (observation_.identifiers.size() >= limits::kIdentifiersPerObservationMax) {
      return reject("too_many_identifiers", "at most 64 identifiers in one message");
    }
    observation_.identifiers.push_back({std::move(type), Pii<std::string>(std::move(value))});
  }
  // `json` is one JSON value, minified; "null" deletes the attribute.
  void attribute(std::string name, std::string json) {
    if (name.empty() || name.size() > limits::kAttributeNameBytesMax) {
      return reject("bad_attribute_name", "attribute names hold 1 to 256 bytes");
    }
    if (observation_.attributes.size() >= limits::kAttributesPerObservationMax) {
      return reject("too_many_attributes", "at most 500 attributes in one message");
    }
    observation_.attributes.push_back({std::move(name), Pii<std::string>(std::move(json))});
  }
  void text_attribute(std::string name, std::string_view value) {
    if (!value.empty()) attribute(std::move(name), json::quote(value));
  }
  // `properties` is a JSON object, minified, or empty.
  void event(std::string name, std::string properties) {
    if (name.empty() || name.size() > limits::kIdentifierBytesMax) {
      return reject("bad_event_name", "event names hold 1 to 1024 bytes");
    }
    observation_.event = event::Event{std::move(name), Pii<std::string>(std::move(properties))};
  }
  // A date in the future is clamped to the time of receipt.
  void statement(event::StatementDraft draft) {
    if (observation_.statements.size() >= limits::kStatementsPerObservationMax) {
      return reject("too_many_statements", "at most 128 consent statements in one message");
    }
    if (observation_.received_at < draft.occurred_at) draft.occurred_at = observation_.received_at;
    observation_.statements.push_back(std::move(draft));
  }
  // A part that is left out; `reason` is a bounded label, never personal data.
  void warning(std::string reason) { observation_.warnings.push_back(std::move(reason)); }
  // Unknown leaves the time of receipt; a date in the future is clamped to it (DESIGN §7 rule 3).
  void occurred_at(Time time) {
    if (time.us <= 0) return;
    observation_.occurred_at = time < observation_.received_at ? time : observation_.received_at;
  }
  void anonymous(bool value) { observation_.anonymous = value; }
  void new_act(bool value) { observation_.new_act = value; }
  void arrival(event::Arrival value) { observation_.arrival = value; }
  Time time() const { return observation_.occurred_at; }
  const std::vector<event::Attribute>& attributes() const { return observation_.attributes; }

  // The first reason stands.
  void reject(std::string reason, std::string hint) {
    if (rejected_.reason.empty()) rejected_ = {std::move(reason), std::move(hint)};
  }
  Translated finish() && {
    if (!rejected_.reason.empty()) return std::move(rejected_);
    return std::move(observation_);
  }

 private:
  event::Observation observation_;
  Rejected rejected_;
};

}  // namespace cdp::connectors
