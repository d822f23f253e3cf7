#include "cdp/app/ingest/segment_traits.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace cdp::app {
namespace {

using connectors::Draft;
using json::Value;

struct TraitName {
  std::string_view segment;
  std::string_view ours;
};

// Segment's reserved traits (segment-docs connections/spec/identify) that are spelt otherwise here.
constexpr std::array<TraitName, 4> kTraitNames = {{{"firstName", "first_name"},
                                                   {"lastName", "last_name"},
                                                   {"createdAt", "created_at"},
                                                   {"postalCode", "postal_code"}}};

std::string_view our_name(std::string_view name) {
  for (const auto& known : kTraitNames) {
    if (known.segment == name) return known.ours;
  }
  return name;
}

bool has(const Draft& draft, std::string_view name) {
  return std::any_of(draft.attributes().begin(), draft.attributes().end(),
                     [&](const event::Attribute& attribute) { return attribute.name == name; });
}

// A phone number may come as a JSON number.
std::string id_of(Value value) {
  if (const auto text = value.string()) return std::string(*text);
  if (const auto number = value.integer()) return std::to_string(*number);
  return {};
}

}  // namespace

void add_traits(const std::optional<Value>& traits, Draft* draft) {
  if (!traits || !traits->is_object()) return;
  if (draft->attributes().size() + traits->size() > limits::kAttributesPerObservationMax) {
    return draft->reject("too_many_attributes", "at most 500 attributes in one message");
  }
  const bool first = draft->attributes().empty();
  traits->each_member([&](std::string_view sent_name, Value value) {
    const std::string_view name = our_name(sent_name);
    // Within one object only a translated name can meet its twin, and the plain spelling wins.
    const bool translated = name != sent_name;
    if (translated && traits->get(name)) return true;
    if ((!first || translated) && has(*draft, name)) return true;
    if (name == "email" || name == "phone") draft->identifier(std::string(name), id_of(value));
    draft->attribute(std::string(name), value.minified());
    return true;
  });
}

void add_external_ids(const std::optional<Value>& ids, Draft* draft) {
  if (!ids || !ids->is_array()) return;
  ids->each([&](Value entry) {
    const auto type = entry.text("type");
    auto id = entry.id_text("id");
    if (!type || !id) return true;
    if (entry.text("collection").value_or("users") != "users") return true;
    if (entry.text("encoding").value_or("none") != "none") return true;
    draft->identifier(std::string(*type), std::move(*id));
    return true;
  });
}

}  // namespace cdp::app
