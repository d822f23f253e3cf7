#include "consent/statements.h"

#include <algorithm>
#include <set>

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

// The text of ours that was shown, by its hash; null when it is none, or one about something else.
const NoticeText* shown_text(const Policy& policy, const StatementDraft& draft) {
  const NoticeText* text = draft.notice_hash ? notice_by_hash(policy, *draft.notice_hash) : nullptr;
  return text != nullptr && text->purpose == draft.purpose ? text : nullptr;
}

// What a grant says of its notice and cannot be: a hash that the named version does not have, and,
// where the speaker can be told, a text or a version that was never ours.
std::optional<StatementRefusal> notice_refused(const Policy& policy, const Purpose& purpose,
                                               const StatementDraft& draft,
                                               const StatementContext& context) {
  const bool must_be_ours = context.answered && !context.elsewhere;
  const bool known_version = policy.notices.contains(draft.notice_version);
  if (draft.notice_hash && (known_version || (must_be_ours && draft.notice_version.empty()))) {
    const NoticeText* text = shown_text(policy, draft);
    if (text == nullptr || (known_version && text->version != draft.notice_version)) {
      return StatementRefusal{"notice_mismatch",
                              "no text of that notice version has that hash; leave it out, or send "
                              "that of the text which was shown"};
    }
  }
  const bool has_versions = !policy.notices.empty() || !purpose.notice_version.empty();
  if (!must_be_ours || draft.notice_version.empty() || known_version || !has_versions ||
      draft.notice_version == purpose.notice_version) {
    return std::nullopt;
  }
  return StatementRefusal{"unknown_notice",
                          "notice_version is none of cdp.toml or its pack; what was agreed to "
                          "elsewhere is brought with {\"import\":true,\"statements\":[...]}"};
}

// Of the purposes that a no names, does one have the channel?
bool reaches(const Policy& policy, const StatementDraft& no, const std::string& channel) {
  const bool names_all = no.purpose.empty() || no.purpose == kEveryPurpose ||
                         no.purpose == kGpcPurpose || is_data_category(no.purpose);
  return std::any_of(policy.purposes.begin(), policy.purposes.end(), [&](const auto& entry) {
    return entry.second.channel == channel && (names_all || covers(no.purpose, entry.first));
  });
}

template <class Names>
std::string listed(const Names& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

// A channel or a vendor that a statement could never apply to.
std::optional<StatementRefusal> reach_refused(const Policy& policy, const StatementDraft& draft) {
  if (!draft.vendor.empty() && !policy.destinations.contains(draft.vendor)) {
    std::set<std::string> names;
    for (const auto& [name, destination] : policy.destinations) names.insert(name);
    return StatementRefusal{"unknown_vendor",
                            "a vendor is a destination of cdp.toml (" + listed(names) +
                                "); without one the statement is for all of them"};
  }
  if (draft.channel.empty()) return std::nullopt;
  std::set<std::string> channels;
  for (const auto& [key, purpose] : policy.purposes) {
    if (!purpose.channel.empty()) channels.insert(purpose.channel);
  }
  if (!channels.contains(draft.channel)) {
    return StatementRefusal{"unknown_channel",
                            "the channels of the purposes are: " + listed(channels) +
                                "; without one a no is for every channel"};
  }
  if (draft.choice == Choice::granted || reaches(policy, draft, draft.channel)) return std::nullopt;
  return StatementRefusal{"channel_mismatch",
                          "the purpose is bound to another channel, or to none: leave it out"};
}

// The address that a grant is for; without one it opens nothing.
std::optional<StatementRefusal> contact_refused(const StatementDraft& draft, std::string_view type,
                                                bool usable, bool answered) {
  if (type.empty()) return std::nullopt;
  if (draft.contact_point && draft.contact_point->type != type) {
    return StatementRefusal{"contact_type_mismatch",
                            "e-mail consent binds to an e-mail address, messages to a phone"};
  }
  if (!answered || usable) return std::nullopt;
  if (draft.contact_point) {
    return StatementRefusal{"malformed_contact_point",
                            "the contact point is no usable address or number (+49...)"};
  }
  return StatementRefusal{"missing_contact_point",
                          "say for which address: contact_point = {\"type\":\"" +
                              std::string(type) + "\",\"value\":...}, or identify by it"};
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
  const NoticeText* shown = draft.notice_version.empty() ? shown_text(policy, draft) : nullptr;
  if (shown != nullptr) {
    statement->notice_version = shown->version;
    if (draft.notice_language.empty()) statement->notice_language = shown->language;
  }
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
  const Policy& policy = *context.policy;
  const bool grant = draft.choice == Choice::granted;
  if (!names_purpose(policy, draft.purpose, grant)) {
    return StatementRefusal{"unknown_purpose",
                            grant ? "a grant names one purpose of cdp.toml or its pack"
                                  : "name a purpose of cdp.toml or its pack, or a parent of one"};
  }
  std::string channel = draft.channel;
  std::string vendor = draft.vendor;
  if (context.answered) {
    if (auto refusal = reach_refused(policy, draft)) return *std::move(refusal);
  } else if (!grant) {
    if (!channel.empty() && !reaches(policy, draft, channel)) channel.clear();
    if (!policy.destinations.contains(vendor)) vendor.clear();
  }
  if (grant) {
    const Purpose& purpose = *policy.purpose(draft.purpose);
    if (!channel.empty() && channel != purpose.channel) {
      return StatementRefusal{"channel_mismatch", "the purpose is bound to another channel"};
    }
    channel = purpose.channel;
    auto refusal = contact_refused(draft, contact_type_of(channel), contact_point.has_value(),
                                   context.answered);
    if (!refusal) refusal = notice_refused(policy, purpose, draft, context);
    if (refusal) return *std::move(refusal);
  }
  Statement statement;
  statement.source = context.source;
  statement.purpose = draft.purpose;
  statement.channel = std::move(channel);
  statement.vendor = std::move(vendor);
  if (draft.contact_point && contact_point) {
    statement.contact_type = draft.contact_point->type;
    statement.contact_point = contact_point;
  }
  statement.choice = draft.choice;
  statement.basis = draft.basis;
  statement.grade = graded(draft, context.grade_max);
  add_circumstances(policy, draft, &statement);
  statement.occurred_at = std::min(draft.occurred_at, context.received_at);
  statement.received_at = context.received_at;
  statement.is_state = draft.is_state;
  statement.anonymous = context.anonymous;
  return statement;
}

}  // namespace cdp::consent
