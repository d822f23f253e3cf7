#include "consent/own_choice.h"

namespace cdp::consent {

namespace {

// A grant rests on a text that is in force and was shown; a no needs none.
Result<void> add_notice(const Policy& policy, const OwnChoice& choice,
                        event::StatementDraft* draft) {
  const bool grant = choice.choice == event::Choice::granted;
  const std::vector<std::string> languages = {choice.notice_language};
  const std::vector<std::string> places = {choice.jurisdiction, choice.notice_jurisdiction};
  const NoticeText* text =
      notice_text(policy, choice.purpose, languages, places, choice.notice_version);
  const Purpose* purpose = policy.purpose(choice.purpose);
  if (grant && (text == nullptr || purpose == nullptr)) {
    return fail(ErrorCode::unprocessable, "there is no notice for that purpose",
                "add its texts under [notice] in cdp.toml: nobody can agree to what was not told");
  }
  if (grant && text->version != purpose->notice_version) {
    return fail(ErrorCode::unprocessable, "that notice is not in force any more",
                "show the page again");
  }
  if (text == nullptr) return {};
  draft->notice_version = text->version;
  draft->notice_language = text->language;
  draft->notice_hash = text->hash;
  return {};
}

}  // namespace

Result<event::StatementDraft> own_draft(const Policy& policy, const OwnChoice& choice) {
  event::StatementDraft draft;
  draft.purpose = choice.purpose;
  draft.vendor = choice.vendor;
  draft.choice = choice.choice;
  draft.grade = event::Grade::verified;
  draft.method = choice.method;
  draft.actor = choice.actor;
  draft.place = choice.place;
  draft.jurisdiction = choice.jurisdiction;
  draft.evidence = choice.evidence;
  draft.contact_point = choice.contact_point;
  draft.occurred_at = choice.occurred_at;
  if (!choice.vendor.empty() && policy.destination(choice.vendor) == nullptr) {
    return fail(ErrorCode::invalid_argument, "no destination of that name is configured");
  }
  const Purpose* purpose = policy.purpose(choice.purpose);
  if (purpose != nullptr && choice.choice == event::Choice::granted) {
    draft.channel = purpose->channel;
    const auto type = contact_type_of(purpose->channel);
    if (!type.empty() && (!choice.contact_point || choice.contact_point->type != type)) {
      return fail(ErrorCode::unprocessable, "the purpose needs an address of its channel",
                  "prove control of one first");
    }
  } else if (purpose == nullptr && choice.choice == event::Choice::granted) {
    return fail(ErrorCode::invalid_argument, "no purpose of that name is configured");
  }
  CDP_CHECK(add_notice(policy, choice, &draft));
  return draft;
}

SourceConfig own_source() {
  SourceConfig source;
  source.name = std::string(kOwnSource);
  source.kind = "preference_centre";
  source.trust = event::Trust::server;
  return source;
}

}  // namespace cdp::consent
