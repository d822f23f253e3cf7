#include "connectors/mailchimp/member_events.h"

#include <algorithm>
#include <optional>

#include "cdp/core/crypto/signature.h"
#include "connectors/draft.h"
#include "connectors/json_object.h"

namespace cdp::connectors::mailchimp {
namespace {

constexpr std::string_view kMerges = "data[merges][";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// "2009-03-26 21:35:57", in UTC.
Time fired_at(const Form& form) {
  const auto time = from_rfc3339(std::string(form.get("fired_at")) + "Z");
  return time ? *time : Time{};
}

std::string message_id(const Form& form, std::string_view who) {
  std::string content = "mailchimp";
  for (const std::string_view part :
       {form.get("type"), form.get("data[list_id]"), who, form.get("fired_at")}) {
    content.append("\n").append(std::to_string(part.size())).append(":").append(part);
  }
  return "hash:" + to_hex(crypto::sha256(as_bytes(content)));
}

// "data[merges][ADDRESS][city]" -> {"ADDRESS", "city"}
struct MergeField {
  std::string_view tag;
  std::string_view part;
};

std::optional<MergeField> merge_field(std::string_view name) {
  if (!name.starts_with(kMerges)) return std::nullopt;
  name.remove_prefix(kMerges.size());
  const std::size_t end = name.find(']');
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  MergeField field{name.substr(0, end), {}};
  name.remove_prefix(end + 1);
  if (name.size() > 2 && name.front() == '[') field.part = name.substr(1, name.find(']') - 1);
  return field;
}

std::string attribute_name(std::string_view tag) {
  if (tag == "FNAME") return "first_name";
  if (tag == "LNAME") return "last_name";
  return lower(tag);
}

// An address comes as one field per part; its parts become one object, unknown parts are left out.
void add_address(const Form& form, std::string_view tag, Draft* draft) {
  JsonObject address;
  for (const std::string_view part : {"addr1", "addr2", "city", "state", "zip", "country"}) {
    std::string name(kMerges);
    name.append(tag).append("][").append(part).append("]");
    address.text(part, form.get(name));
  }
  const std::string object = address.take();
  draft->attribute(attribute_name(tag), object.empty() ? "null" : object);
}

// The form holds every merge field of the member: an empty one has no value (null).
void add_merges(const Form& form, Draft* draft) {
  for (const auto& [name, value] : form.fields()) {
    const auto field = merge_field(name);
    if (!field || field->tag == "EMAIL" || field->tag == "GROUPINGS") continue;
    if (!field->part.empty()) {
      if (field->part == "addr1") add_address(form, field->tag, draft);
      continue;
    }
    if (field->tag == "PHONE") draft->identifier("phone", value);
    draft->attribute(attribute_name(field->tag), value.empty() ? "null" : json::quote(value));
  }
}

struct Said {
  event::Choice choice;
  std::string_view method;
};

void add_statement(const Said& said, std::string_view email, const consent::SourceConfig& config,
                   Time when, Draft* draft) {
  if (email.empty() && said.choice == event::Choice::granted) return;
  event::StatementDraft statement;
  statement.purpose = config.purpose_email;
  statement.channel = "email";
  statement.choice = said.choice;
  // Recorded means date and method; without a date somebody merely says so.
  statement.grade = when.known() ? event::Grade::recorded : event::Grade::asserted;
  statement.method = std::string(said.method);
  statement.occurred_at = when;
  if (!email.empty()) {
    statement.contact_point = event::Identifier{"email", Pii<std::string>(std::string(email))};
  }
  draft->statement(std::move(statement));
}

std::optional<Said> said_by(const Form& form) {
  const auto type = form.get("type");
  const bool complaint = form.get("data[reason]") == "abuse";
  if (type == "subscribe") return Said{event::Choice::granted, "mailchimp_subscribe"};
  if (complaint && (type == "unsubscribe" || type == "cleaned")) {
    return Said{event::Choice::objected, "spam_complaint"};
  }
  if (type == "unsubscribe") return Said{event::Choice::withdrawn, "mailchimp_unsubscribe"};
  return std::nullopt;
}

std::string_view event_name(std::string_view type) {
  if (type == "subscribe") return "List Subscribed";
  if (type == "unsubscribe") return "List Unsubscribed";
  if (type == "upemail") return "Email Changed";
  if (type == "cleaned") return "Email Cleaned";
  return {};
}

Translated translate_member(const Form& form, const consent::SourceConfig& config,
                            Time received_at) {
  const auto type = form.get("type");
  const bool moved = type == "upemail";
  const auto id = form.get(moved ? "data[new_id]" : "data[id]");
  const auto email = form.get(moved ? "data[new_email]" : "data[email]");
  const std::string address = lower(email);
  if (id.empty() && address.empty()) {
    return Rejected{"missing_persona", "the webhook names no member"};
  }
  Draft draft(message_id(form, id.empty() ? address : id),
              id.empty() ? "address:" + address : "member:" + std::string(id), received_at);
  const Time when = fired_at(form);
  draft.occurred_at(when);
  // A member id of Mailchimp is the address's, across audiences; list_id tells the audience.
  if (!id.empty()) draft.identifier("mailchimp.member_id", std::string(id));
  draft.identifier("email", std::string(email));
  if (moved) draft.identifier("email", std::string(form.get("data[old_email]")));
  draft.text_attribute("email", email);
  if (type == "subscribe" || type == "profile") add_merges(form, &draft);
  if (type == "cleaned") draft.attribute("email_deliverable", "false");
  if (const auto said = said_by(form)) add_statement(*said, email, config, when, &draft);
  if (const auto name = event_name(type); !name.empty()) {
    draft.event(std::string(name), JsonObject()
                                       .text("list_id", form.get("data[list_id]"))
                                       .text("reason", form.get("data[reason]"))
                                       .text("campaign_id", form.get("data[campaign_id]"))
                                       .take());
  }
  return std::move(draft).finish();
}

}  // namespace

std::string_view Form::get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (key == name) return value;
  }
  return {};
}

Translated translate_form(const Form& form, const consent::SourceConfig& config, Time received_at) {
  const auto type = form.get("type");
  if (type == "campaign") return Ignored{"not_personal"};
  for (const std::string_view known :
       {"subscribe", "unsubscribe", "profile", "upemail", "cleaned"}) {
    if (type == known) return translate_member(form, config, received_at);
  }
  return Rejected{"unknown_topic", "remove this event from the webhook in Mailchimp"};
}

}  // namespace cdp::connectors::mailchimp
