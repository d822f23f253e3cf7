#include "cdp/app/ingest/segment_event.h"

#include <algorithm>
#include <string>
#include <utility>

#include "cdp/app/ingest/segment_signals.h"
#include "cdp/app/ingest/segment_traits.h"
#include "cdp/core/base/bytes.h"
#include "cdp/core/crypto/signature.h"
#include "connectors/draft.h"
#include "identity/blocked.h"

namespace cdp::app {
namespace {

using connectors::Draft;
using connectors::Ignored;
using connectors::Rejected;
using connectors::Translated;
using json::Value;

// Above this an integer counts milliseconds: in seconds it would be the year 5138.
constexpr std::int64_t kSecondsMax = 100'000'000'000;
constexpr std::int64_t kMillisMax = 253'402'300'800'000;  // the year 10000

std::string person_id(Value item, std::string_view key) {
  auto id = item.id_text(key);
  // What programs send when they have no id: one persona would collect everybody's data.
  if (!id || identity::blocked_value(*id)) return {};
  return std::move(*id);
}

Time event_time(Value item, const SegmentScope& scope) {
  Time original = segment_time(item.get("originalTimestamp"));
  if (!original.known()) original = segment_time(item.get("timestamp"));
  if (!original.known()) return {};
  Time sent_at = segment_time(item.get("sentAt"));
  if (!sent_at.known()) sent_at = scope.sent_at;
  if (!sent_at.known()) return original;
  return scope.delivery.received_at - (sent_at - original);
}

// The member of the event's own context, else of the batch's.
std::optional<Value> context_member(Value item, const SegmentScope& scope, std::string_view key) {
  if (const auto context = item.get("context")) {
    if (auto member = context->get(key)) return member;
  }
  return scope.batch_context ? scope.batch_context->get(key) : std::nullopt;
}

std::string message_id(const SegmentItem& item) {
  if (auto given = item.value.id_text("messageId")) return std::move(*given);
  std::string content = "segment\n" + std::to_string(static_cast<int>(item.call)) + "\n" +
                        std::to_string(item.place) + "\n";
  item.value.each_member([&](std::string_view key, Value member) {
    // What a retry or a second key changes is not what happened.
    if (key == "sentAt" || key == "writeKey" || key == "_metadata") return true;
    content.append(json::quote(key)).append(member.minified()).push_back('\n');
    return true;
  });
  return "hash:" + to_hex(crypto::sha256(as_bytes(content)));
}

std::string object_text(const std::optional<Value>& value) {
  if (!value || !value->is_object() || value->size() == 0) return {};
  return value->minified();
}

// `object` with one more member.
void append_member(std::string* object, std::string_view key, std::string_view value) {
  if (object->empty()) {
    *object = "{";
  } else {
    object->back() = ',';
  }
  object->append("\"").append(key).append("\":").append(value).append("}");
}

// Page and screen calls name the place beside the properties; clients mostly copy it into them.
std::string view_properties(Value item) {
  const auto properties = item.get("properties");
  std::string text = object_text(properties);
  for (const std::string_view key : {"name", "category"}) {
    const auto value = item.text(key);
    if (value && !(properties && properties->get(key))) {
      append_member(&text, key, json::quote(*value));
    }
  }
  return text;
}

bool vouched(const SegmentScope& scope) { return scope.source.trust != event::Trust::public_key; }

// What only a present person does, when somebody better than a browser key says so (DESIGN §8).
bool starts_anew(const SegmentItem& item, const SegmentScope& scope) {
  if (!vouched(scope) || scope.delivery.call == SegmentCall::import) return false;
  if (item.call == SegmentCall::identify) return !person_id(item.value, "userId").empty();
  if (item.call != SegmentCall::track) return false;
  const auto name = item.value.text("event").value_or("");
  return name == "Order Completed" || name == "Signed In" || name == "Signed Up";
}

void add_event(const SegmentItem& item, Draft* draft) {
  switch (item.call) {
    case SegmentCall::track: {
      const auto name = item.value.text("event");
      if (!name) return draft->reject("missing_event", "a track call names its event");
      return draft->event(std::string(*name), object_text(item.value.get("properties")));
    }
    case SegmentCall::page:
      return draft->event("Page Viewed", view_properties(item.value));
    case SegmentCall::screen:
      return draft->event("Screen Viewed", view_properties(item.value));
    case SegmentCall::group: {
      const auto group = item.value.id_text("groupId");
      if (!group) return draft->reject("missing_group", "a group call carries a groupId");
      std::string properties;
      append_member(&properties, "group_id", json::quote(*group));
      if (const auto traits = object_text(item.value.get("traits")); !traits.empty()) {
        append_member(&properties, "traits", traits);
      }
      draft->text_attribute("group_id", *group);
      return draft->event("Group", std::move(properties));
    }
    default:
      return;
  }
}

Rejected names_nobody() {
  return Rejected{"missing_persona", "an event carries a userId or an anonymousId"};
}

Translated translate_alias(const SegmentItem& item, const SegmentScope& scope) {
  std::string user = person_id(item.value, "userId");
  std::string device = person_id(item.value, "anonymousId");
  std::string previous = person_id(item.value, "previousId");
  const bool known_user = !user.empty();
  if (!known_user && device.empty()) return names_nobody();
  if (previous.empty()) {
    return Rejected{"missing_previous_id", "an alias call carries a previousId"};
  }
  // The browser client sends this after identify: nothing to link.
  if (previous == (known_user ? user : device)) return Ignored{"alias_to_itself"};
  Draft draft(message_id(item), known_user ? "user:" + user : "anon:" + device,
              scope.delivery.received_at);
  draft.anonymous(!known_user);
  draft.identifier("user_id", std::move(user));
  // RudderStack's: the new name of somebody who has not logged in.
  if (!known_user) draft.identifier("anonymous_id", std::move(device));
  // The previous id may be a login id, too; only a server may say so: a browser key could name
  // anybody's.
  if (vouched(scope)) draft.identifier("user_id", previous);
  draft.identifier("anonymous_id", std::move(previous));
  draft.occurred_at(event_time(item.value, scope));
  if (scope.delivery.call == SegmentCall::import) draft.arrival(event::Arrival::import);
  return std::move(draft).finish();
}

// RudderStack's names of types that are ours under others.
std::string merge_type(std::string_view type) {
  if (type == "mobile" || type == "phone_number") return "phone";
  if (type == "userId") return "user_id";
  if (type == "anonymousId") return "anonymous_id";
  return std::string(type);
}

// The beginning of every call about one person: whose it is. Nothing when it names nobody.
std::optional<Draft> begun(const SegmentItem& item, const SegmentScope& scope) {
  std::string user = person_id(item.value, "userId");
  std::string device = person_id(item.value, "anonymousId");
  const bool known_user = !user.empty();
  if (!known_user && device.empty()) return std::nullopt;
  Draft draft(message_id(item), known_user ? "user:" + user : "anon:" + device,
              scope.delivery.received_at);
  draft.anonymous(!known_user);
  draft.identifier("user_id", std::move(user));
  draft.identifier("anonymous_id", std::move(device));
  return draft;
}

// RudderStack's merge call: an id, and identifiers that are the same person's. One assertion.
Translated translate_merge(const SegmentItem& item, const SegmentScope& scope) {
  auto draft = begun(item, scope);
  if (!draft) return names_nobody();
  const auto properties = item.value.get("mergeProperties");
  if (!properties || !properties->is_array() || properties->size() == 0) {
    return Rejected{"missing_merge_properties", "a merge call carries mergeProperties"};
  }
  properties->each([&](Value entry) {
    const auto given = entry.text("type");
    auto value = entry.id_text("value");
    if (!given || !value || identity::blocked_value(*value)) return true;
    std::string type = merge_type(*given);
    // As in an alias: another login is a server's to name.
    if (type == "user_id" && !vouched(scope)) return true;
    draft->identifier(std::move(type), std::move(*value));
    return true;
  });
  draft->occurred_at(event_time(item.value, scope));
  if (scope.delivery.call == SegmentCall::import) draft->arrival(event::Arrival::import);
  return std::move(*draft).finish();
}

}  // namespace

Time segment_time(const std::optional<Value>& value) {
  if (!value) return {};
  if (const auto text = value->string()) {
    const auto time = from_rfc3339(*text);
    return time ? *time : Time{};
  }
  const auto number = value->integer();
  if (!number || *number <= 0 || *number > kMillisMax) return {};
  return {*number > kSecondsMax ? *number * 1'000 : *number * 1'000'000};
}

Translated translate_segment_event(const SegmentItem& item, const SegmentScope& scope) {
  if (item.call == SegmentCall::alias) return translate_alias(item, scope);
  if (item.call == SegmentCall::merge) return translate_merge(item, scope);
  auto draft = begun(item, scope);
  if (!draft) return names_nobody();
  draft->occurred_at(event_time(item.value, scope));
  draft->new_act(starts_anew(item, scope));
  if (scope.delivery.call == SegmentCall::import) draft->arrival(event::Arrival::import);
  add_event(item, &*draft);

  if (item.call == SegmentCall::identify) add_traits(item.value.get("traits"), &*draft);
  add_traits(context_member(item.value, scope, "traits"), &*draft);
  add_external_ids(context_member(item.value, scope, "externalIds"), &*draft);
  const bool chosen_just_now = item.call == SegmentCall::track &&
                               item.value.text("event") == "Segment Consent Preference Updated";
  add_signals({context_member(item.value, scope, "consent"),
               context_member(item.value, scope, "consentManagement"), chosen_just_now},
              scope, &*draft);
  return std::move(*draft).finish();
}

}  // namespace cdp::app
