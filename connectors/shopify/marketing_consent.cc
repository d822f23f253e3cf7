#include "connectors/shopify/marketing_consent.h"

#include <algorithm>

namespace cdp::connectors::shopify {
namespace {

// Webhooks write states in lower case, GraphQL in upper case.
std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// Recorded means date and method (DESIGN §7 rule 2): without them somebody merely says so.
event::Grade grade_of(std::string_view level, Time date) {
  if (level == "confirmed_opt_in") return event::Grade::double_opt_in;
  if (level == "single_opt_in" && date.known()) return event::Grade::recorded;
  return event::Grade::asserted;
}

}  // namespace

ConsentKind email_consent(const consent::SourceConfig& config) {
  return {config.purpose_email, "email", "email", "consent_updated_at"};
}
ConsentKind sms_consent(const consent::SourceConfig& config) {
  return {config.purpose_sms, "sms", "phone", "consent_updated_at"};
}
ConsentKind whatsapp_consent(const consent::SourceConfig& config) {
  return {config.purpose_whatsapp, "whatsapp", "phone", "updated_at"};
}

void add_consent(const std::optional<json::Value>& consent,
                 const std::optional<std::string_view>& contact, const ConsentKind& kind,
                 bool is_state, Draft* draft) {
  if (!consent || !consent->is_object()) return;
  const std::string state = lower(consent->text("state").value_or(""));
  const bool grant = state == "subscribed";
  if (!grant && state != "unsubscribed") return;
  if (grant && !contact) return;  // nothing that the grant could be bound to
  const std::string level = lower(consent->text("opt_in_level").value_or(""));
  event::StatementDraft statement;
  statement.purpose = kind.purpose;
  statement.channel = std::string(kind.channel);
  statement.occurred_at = time_of(*consent, kind.date_key);
  if (contact) {
    statement.contact_point =
        event::Identifier{std::string(kind.contact_type), Pii<std::string>(std::string(*contact))};
  }
  statement.choice = grant ? event::Choice::granted : event::Choice::withdrawn;
  statement.grade = grant ? grade_of(level, statement.occurred_at) : event::Grade::recorded;
  // A closed list: the payload's free words do not become labels.
  const bool known = level == "confirmed_opt_in" || level == "single_opt_in";
  statement.method = !grant ? "unsubscribed" : known ? level : "unknown";
  statement.is_state = is_state;
  draft->statement(std::move(statement));
}

void add_checkout_box(json::Value order, const std::optional<std::string_view>& email,
                      const consent::SourceConfig& config, Draft* draft) {
  const auto box = order.get("buyer_accepts_marketing");
  if (!config.checkout_box_unticked || !email || !box || box->boolean() != true) return;
  event::StatementDraft statement;
  statement.purpose = config.purpose_email;
  statement.channel = "email";
  statement.contact_point = event::Identifier{"email", Pii<std::string>(std::string(*email))};
  statement.choice = event::Choice::granted;
  statement.grade = event::Grade::recorded;
  statement.method = "checkout_box";
  statement.occurred_at = time_of(order, "created_at");
  if (!statement.occurred_at.known()) statement.grade = event::Grade::asserted;
  draft->statement(std::move(statement));
}

}  // namespace cdp::connectors::shopify
