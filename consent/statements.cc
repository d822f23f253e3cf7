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

Grade graded(const StatementDraft& draft, Grade grade_max) {
  const Grade grade = std::min(draft.grade, grade_max);
  const bool evidenced = draft.occurred_at.known() && !draft.method.empty();
  return grade == Grade::recorded && !evidenced ? Grade::asserted : grade;
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
  statement.method = draft.method;
  statement.notice_version = draft.notice_version;
  statement.occurred_at = std::min(draft.occurred_at, context.received_at);
  statement.received_at = context.received_at;
  statement.is_state = draft.is_state;
  statement.anonymous = context.anonymous;
  return statement;
}

}  // namespace cdp::consent
