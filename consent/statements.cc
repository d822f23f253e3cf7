#include "consent/statements.h"

#include <algorithm>

namespace cdp::consent {

namespace {

using event::Choice;
using event::Grade;
using event::Statement;
using event::StatementDraft;

bool names_purpose(const Policy& policy, const std::string& purpose, bool grant) {
  if (policy.purposes.contains(purpose)) return true;
  if (grant) return false;
  if (purpose.empty() || purpose == kEveryPurpose || purpose == kGpcPurpose) return true;
  const auto below = [&](const auto& entry) { return covers(purpose, entry.first); };
  const auto category = [&](const auto& entry) { return covers(purpose, entry.second.category); };
  return std::any_of(policy.purposes.begin(), policy.purposes.end(), below) ||
         std::any_of(policy.attributes.begin(), policy.attributes.end(), category);
}

// What the speaker can vouch for: an officer repeats what was said, an agent acts on a permission.
Grade grade_max_of(event::Actor actor) {
  switch (actor) {
    case event::Actor::officer:
      return Grade::asserted;
    case event::Actor::agent:
      return Grade::recorded;
    case event::Actor::person:
    case event::Actor::parent:
    case event::Actor::vendor:
      return Grade::verified;
  }
  return Grade::asserted;
}

Grade graded(const StatementDraft& draft, Grade grade_max) {
  const Grade grade = std::min({draft.grade, grade_max, grade_max_of(draft.actor)});
  const bool evidenced = draft.occurred_at.known() && !draft.method.empty();
  return grade == Grade::recorded && !evidenced ? Grade::asserted : grade;
}

// A hash that none of the named version's texts has: whatever was shown, it was not our notice.
bool another_text(const Policy& policy, const StatementDraft& draft) {
  if (!draft.notice_hash || !policy.notices.contains(draft.notice_version)) return false;
  const NoticeText* text = notice_by_hash(policy, *draft.notice_hash);
  return text == nullptr || text->version != draft.notice_version || text->purpose != draft.purpose;
}

// What was shown, where and by whom; the hash is filled in where the text is known.
void add_circumstances(const Policy& policy, const StatementDraft& draft, Statement* statement) {
  statement->method = draft.method;
  statement->notice_version = draft.notice_version;
  statement->actor = draft.actor;
  statement->notice_hash = draft.notice_hash;
  statement->notice_language = draft.notice_language;
  statement->place = draft.place;
  statement->jurisdiction = draft.jurisdiction;
  statement->evidence = draft.evidence;
  if (draft.notice_hash || draft.notice_version.empty() || draft.notice_language.empty()) return;
  const std::vector<std::string> languages = {draft.notice_language};
  const std::vector<std::string> places = {draft.jurisdiction};
  const NoticeText* text =
      notice_text(policy, draft.purpose, languages, places, draft.notice_version);
  if (text != nullptr && draft.notice_language.starts_with(text->language)) {
    statement->notice_hash = text->hash;
  }
}

}  // namespace

event::Grade grade_max_of(event::Trust trust) {
  return trust == event::Trust::public_key ? Grade::recorded : Grade::double_opt_in;
}

std::variant<Statement, StatementRefusal> bind_statement(
    const StatementDraft& draft, const StatementContext& context,
    const std::optional<Token>& contact_point) {
  const bool grant = draft.choice == Choice::granted;
  if (!names_purpose(*context.policy, draft.purpose, grant)) {
    return StatementRefusal{"unknown_purpose",
                            grant ? "a grant names one purpose of cdp.toml or its pack"
                                  : "name a purpose of cdp.toml or its pack, or a parent of one"};
  }
  const Purpose* purpose = context.policy->purpose(draft.purpose);
  std::string channel = draft.channel;
  if (grant && channel != purpose->channel) {
    if (!channel.empty()) {
      return StatementRefusal{"channel_mismatch", "the purpose is bound to another channel"};
    }
    channel = purpose->channel;
  }
  const std::string_view type = contact_type_of(channel);
  if (grant && draft.contact_point && !type.empty() && draft.contact_point->type != type) {
    return StatementRefusal{"contact_type_mismatch",
                            "e-mail consent binds to an e-mail address, messages to a phone"};
  }
  if (grant && another_text(*context.policy, draft)) {
    return StatementRefusal{"notice_mismatch",
                            "no text of that notice version has that hash; leave it out, or send "
                            "that of the text which was shown"};
  }
  Statement statement;
  statement.source = context.source;
  statement.purpose = draft.purpose;
  statement.channel = std::move(channel);
  statement.vendor = draft.vendor;
  if (draft.contact_point && contact_point) {
    statement.contact_type = draft.contact_point->type;
    statement.contact_point = contact_point;
  }
  statement.choice = draft.choice;
  statement.basis = draft.basis;
  statement.grade = graded(draft, context.grade_max);
  add_circumstances(*context.policy, draft, &statement);
  statement.occurred_at = std::min(draft.occurred_at, context.received_at);
  statement.received_at = context.received_at;
  statement.is_state = draft.is_state;
  statement.anonymous = context.anonymous;
  return statement;
}

}  // namespace cdp::consent
