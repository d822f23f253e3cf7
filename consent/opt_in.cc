#include "consent/opt_in.h"

#include <algorithm>

#include "cdp/core/event/json.h"
#include "consent/weighing.h"
#include "identity/identifier.h"

namespace cdp::consent {
namespace {

constexpr std::string_view kEmail = "email";

// One JSON object of texts; empty ones are left out.
class Object {
 public:
  Object& text(std::string_view key, std::string_view value) {
    return value.empty() ? *this : raw(key, json::quote(value));
  }
  Object& raw(std::string_view key, std::string_view value) {
    out_ += (out_.empty() ? "{" : ",") + json::quote(key) + ":" + std::string(value);
    return *this;
  }
  std::string take() { return out_.empty() ? "{}" : std::move(out_) + "}"; }

 private:
  std::string out_;
};

Object what_was_asked(const OptInRequest& request) {
  Object out;
  out.text("at", to_rfc3339(request.requested_at))
      .text("form", request.place)
      .text("origin", request.origin)
      .text("language", request.language)
      .text("jurisdiction", request.jurisdiction)
      .text("peer_hash", request.peer)
      .text("notice_version", request.notice_version)
      .text("notice_language", request.notice_language)
      .text("notice_hash", request.notice_hash);
  return out;
}

std::string evidence_of_both(const OptInRequest& request, const NoticeText& shown,
                             const OptInConfirmation& confirmation) {
  Object mail;
  mail.text("message_id", request.message_id).text("text_sha256", request.message_hash);
  Object click;
  click.text("at", to_rfc3339(confirmation.confirmed_at))
      .text("link_hash", confirmation.link)
      .text("peer_hash", confirmation.peer)
      .text("notice_version", shown.version)
      .text("notice_language", shown.language)
      .text("notice_hash", to_hex(shown.hash));
  Object all;
  all.raw("requested", what_was_asked(request).take())
      .raw("mail", mail.take())
      .raw("confirmed", click.take());
  return Object().raw("double_opt_in", all.take()).take();
}

bool can_be_asked(const Policy& policy, const std::string& key) {
  const Purpose* purpose = policy.purpose(key);
  const std::vector<std::string> languages = {"en"};
  return purpose != nullptr && purpose->basis == event::Basis::consent &&
         purpose->channel == kEmail && notice_text(policy, key, languages) != nullptr;
}

// What each record says of this very address: a yes for another mailbox of the person takes back
// nothing that was said against this one, and subscribes nobody here.
OptInVerdict judge_one(const identity::Profile& person, const Token& address,
                       const Purpose& purpose, const Policy& policy, Time now) {
  const PersonEvidence evidence(person, policy);
  const auto about = [&](Question question) {
    question.purpose = &purpose;
    question.sale_or_share = purpose.sale_or_share;
    question.contact_point = address;
    question.jurisdictions = evidence.places;
    question.born = evidence.age.born;
    question.age_unreadable = evidence.age.unreadable;
    return question;
  };
  const Weighing weighing(about({}), evidence.statements, policy, now);
  bool subscribed = false;
  for (const auto& member : person.members) {
    const Reason reason = weighing.decide(about(question_about(member, purpose))).reason;
    if (reason == Reason::objected || reason == Reason::restricted) return OptInVerdict::refused;
    subscribed |= reason == Reason::granted;
  }
  if (evidence.age.born &&
      evidence.age.born->age_at(now) < policy.ages.consent_age(evidence.places))
    return OptInVerdict::child;
  return subscribed ? OptInVerdict::subscribed : OptInVerdict::ask;
}

}  // namespace

std::string encode_opt_in(const OptInRequest& request) {
  const auto normalised =
      identity::Normaliser::normalise(request.address.type, request.address.value, "");
  const auto* address = std::get_if<std::string>(&normalised);
  if (address == nullptr || request.address.type != kEmail) return {};
  return what_was_asked(request)
      .text("address", *address)
      .text("purpose", request.purpose)
      .text("message_id", request.message_id)
      .text("message_hash", request.message_hash)
      .take();
}

std::optional<OptInRequest> decode_opt_in(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document || !document->root().is_object()) return std::nullopt;
  const auto root = document->root();
  const auto field = [&](std::string_view key) {
    return std::string(root.text(key).value_or(std::string_view()));
  };
  OptInRequest out;
  const auto at = from_rfc3339(field("at"));
  if (!at || field("address").empty()) return std::nullopt;
  out.requested_at = *at;
  out.address = {std::string(kEmail), Pii<std::string>(field("address"))};
  out.purpose = field("purpose");
  out.language = field("language");
  out.place = field("form");
  out.origin = field("origin");
  out.jurisdiction = field("jurisdiction");
  out.peer = field("peer_hash");
  out.notice_version = field("notice_version");
  out.notice_language = field("notice_language");
  out.notice_hash = field("notice_hash");
  out.message_id = field("message_id");
  out.message_hash = field("message_hash");
  return out;
}

OwnChoice opt_in_choice(const OptInRequest& request, const NoticeText& shown,
                        const OptInConfirmation& confirmation) {
  OwnChoice choice;
  choice.purpose = request.purpose;
  choice.choice = event::Choice::granted;
  choice.method = event::method::kDoubleOptIn;
  choice.notice_version = shown.version;
  choice.notice_language = shown.language;
  choice.notice_jurisdiction = shown.jurisdiction;
  choice.place = request.place.empty() ? "subscribe" : request.place;
  choice.evidence = Pii<std::string>(evidence_of_both(request, shown, confirmation));
  choice.contact_point = request.address;
  choice.occurred_at = confirmation.confirmed_at;
  return choice;
}

std::vector<std::string> opt_in_purposes(const Policy& policy) {
  std::vector<std::string> out;
  // Nobody could be written to, or everybody is a child until known otherwise: nothing to ask.
  if (policy.mail.kind == MailConfig::Kind::none || policy.preference_centre.base_url.empty() ||
      policy.ages.unknown_is_child) {
    return out;
  }
  for (const auto& key : policy.double_opt_in.purposes) {
    if (can_be_asked(policy, key)) out.push_back(key);
  }
  if (!policy.double_opt_in.purposes.empty()) return out;
  for (const auto& [key, purpose] : policy.purposes) {
    if (purpose.first_grant == event::Grade::double_opt_in && can_be_asked(policy, key))
      out.push_back(key);
  }
  return out;
}

std::string_view to_string(OptInVerdict verdict) {
  switch (verdict) {
    case OptInVerdict::ask:
      return "ask";
    case OptInVerdict::subscribed:
      return "subscribed";
    case OptInVerdict::refused:
      return "refused";
    case OptInVerdict::child:
      return "child";
    case OptInVerdict::erased:
      return "erased";
    case OptInVerdict::do_not_contact:
      return "do_not_contact";
  }
  return "refused";
}

OptInVerdict judge_opt_in(const OptInHolders& holders, const Purpose& purpose, const Policy& policy,
                          Time now) {
  if (holders.do_not_contact) return OptInVerdict::do_not_contact;
  if (holders.erased && holders.people.empty()) return OptInVerdict::erased;
  OptInVerdict worst = OptInVerdict::ask;
  bool all_subscribed = !holders.people.empty();
  for (const auto& person : holders.people) {
    const OptInVerdict one = judge_one(person, holders.address, purpose, policy, now);
    all_subscribed = all_subscribed && one == OptInVerdict::subscribed;
    if (one == OptInVerdict::refused || one == OptInVerdict::child) worst = one;
  }
  return all_subscribed ? OptInVerdict::subscribed : worst;
}

}  // namespace cdp::consent
