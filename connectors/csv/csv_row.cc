#include "connectors/csv/csv_row.h"

#include <algorithm>
#include <utility>

#include "connectors/csv/consent_words.h"
#include "connectors/draft.h"

namespace cdp::connectors::csv {
namespace {

using Kind = Target::Kind;

constexpr std::size_t kMethodBytesMax = 256;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// The row by meaning.
class Cells {
 public:
  Cells(const std::vector<std::string>& fields, const std::vector<Target>& targets)
      : fields_(fields), targets_(targets) {}

  // Trimmed; empty when there is no such column.
  std::string_view get(Kind kind, std::string_view name = {}) const {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i].kind == kind && targets_[i].name == name) return trimmed(fields_[i]);
    }
    return {};
  }
  template <class F>
  void each(F&& use) const {
    for (std::size_t i = 0; i < targets_.size(); ++i) use(targets_[i], fields_[i]);
  }

 private:
  const std::vector<std::string>& fields_;
  const std::vector<Target>& targets_;
};

std::string persona_key(const Cells& cells) {
  if (const auto id = cells.get(Kind::id); !id.empty()) return "id:" + std::string(id);
  if (const auto email = cells.get(Kind::contact, "email"); !email.empty()) {
    return "email:" + lower(email);
  }
  if (const auto phone = cells.get(Kind::contact, "phone"); !phone.empty()) {
    return "phone:" + std::string(phone);
  }
  std::string key;
  cells.each([&](const Target& target, const std::string& field) {
    const auto value = trimmed(field);
    if (!key.empty() || target.kind != Kind::identifier || value.empty()) return;
    key = target.name + ":" + std::string(value);
  });
  return key;
}

// "email", "sms", "whatsapp" or empty; the purposes of the source's channels, else by their name.
std::string channel_of(const std::string& purpose, const consent::SourceConfig& config) {
  if (purpose == config.purpose_email) return "email";
  if (purpose == config.purpose_sms) return "sms";
  if (purpose == config.purpose_whatsapp) return "whatsapp";
  const std::string last = purpose.substr(purpose.rfind('.') + 1);
  return last == "email" || last == "sms" || last == "whatsapp" ? last : std::string();
}

void add_consent(const std::string& purpose, std::string_view word, const Cells& cells,
                 const consent::SourceConfig& config, Draft* draft) {
  const ConsentWord said = consent_word(word);
  if (!said.known) {
    return draft->reject("unknown_consent_word", "write yes, no, unsubscribed, or nothing");
  }
  if (!said.choice) return;
  const bool grant = *said.choice == event::Choice::granted;
  event::StatementDraft statement;
  statement.purpose = purpose;
  statement.channel = channel_of(purpose, config);
  statement.choice = *said.choice;
  statement.is_state = true;
  const auto date = cells.get(Kind::consent_date, purpose);
  const auto method = cells.get(Kind::consent_method, purpose);
  if (!date.empty()) {
    const auto time = csv_time(date, !grant);
    if (!time) return draft->reject("bad_date", "write dates as 2026-01-31 or in RFC 3339");
    statement.occurred_at = *time;
  }
  if (method.size() > kMethodBytesMax) {
    return draft->reject("method_too_long", "a consent method holds at most 256 bytes");
  }
  statement.method = method.empty() ? "import" : std::string(method);
  if (!date.empty() && !method.empty()) statement.grade = event::Grade::recorded;
  if (!statement.channel.empty()) {
    const std::string type = statement.channel == "email" ? "email" : "phone";
    const auto address = cells.get(Kind::contact, type);
    if (!address.empty()) {
      statement.contact_point = event::Identifier{type, Pii<std::string>(std::string(address))};
    } else if (grant) {
      return draft->reject("consent_without_address",
                           "a grant for a channel needs its address in the same row");
    }
  }
  draft->statement(std::move(statement));
}

void add_event(const Cells& cells, Draft* draft) {
  if (const auto text = cells.get(Kind::occurred_at); !text.empty()) {
    const auto time = csv_time(text, false);
    if (!time) return draft->reject("bad_date", "write dates as 2026-01-31 or in RFC 3339");
    draft->occurred_at(*time);
  }
  const auto name = cells.get(Kind::event);
  if (name.empty()) return;
  std::string properties;
  cells.each([&](const Target& target, const std::string& field) {
    if (target.kind != Kind::property || trimmed(field).empty()) return;
    properties.push_back(properties.empty() ? '{' : ',');
    properties.append(json::quote(target.name)).append(":").append(json::quote(field));
  });
  if (!properties.empty()) properties.push_back('}');
  draft->event(std::string(name), std::move(properties));
}

}  // namespace

Translated translate_row(const std::vector<std::string>& fields, const std::vector<Target>& targets,
                         const consent::SourceConfig& config, std::string message_id,
                         Time received_at) {
  const Cells cells(fields, targets);
  Draft draft(std::move(message_id), persona_key(cells), received_at);
  draft.arrival(event::Arrival::import);
  add_event(cells, &draft);
  cells.each([&](const Target& target, const std::string& field) {
    const auto value = trimmed(field);
    switch (target.kind) {
      case Kind::identifier:
        return draft.identifier(target.name, std::string(value));
      case Kind::contact:
        draft.identifier(target.name, std::string(value));
        return draft.text_attribute(target.name, value);
      case Kind::attribute:
        // An empty field is not known, which is not the same as deleted.
        return draft.text_attribute(target.name, value);
      case Kind::consent:
        return add_consent(target.name, value, cells, config, &draft);
      default:
        return;
    }
  });
  return std::move(draft).finish();
}

}  // namespace cdp::connectors::csv
