#include "consent/preference_centre/choices.h"

#include <algorithm>

#include "consent/preference_centre/preference_reader.h"
#include "consent/preference_centre/texts.h"

namespace cdp::consent::preference_centre {
namespace {

using event::Basis;
using event::Choice;

constexpr std::string_view kPlace = "preferences";

bool is_needed(const ConsentRow& row) {
  return row.basis == Basis::contract || row.basis == Basis::legal_obligation;
}

// A yes needs a text that was shown; without one there is only something to take back.
bool is_shown(const ConsentRow& row) {
  return row.vendor.empty() && (row.notice != nullptr || is_needed(row) || row.allowed);
}

// Whose yes is what: a grant for another address of the same person is none for this one.
bool is_for_another_address(const ConsentRow& row, const Person& person) {
  return row.channel == "email" && row.deciding && row.deciding->statement.contact_point &&
         row.deciding->statement.choice == Choice::granted &&
         row.deciding->statement.contact_point != person.email_token;
}

// A soft opt-in opens with the first order, whatever became of a yes before it.
bool opens_with_sale(const ConsentRow& row) {
  if (row.basis != Basis::soft_opt_in) return false;
  switch (row.reason) {
    case Reason::no_sale:
    case Reason::weak_evidence:
    case Reason::expired:
    case Reason::outgrown:
    case Reason::stale_notice:
    case Reason::anonymous_grant:
    case Reason::unlinked_grant:
      return true;
    default:
      return false;
  }
}

// As if the person had no other account.
Standing own_standing(const ConsentRow& row, const Person& person) {
  if (opens_with_sale(row)) return Standing::until_sale;
  if (is_needed(row) && row.allowed) return Standing::needed;
  switch (row.reason) {
    case Reason::granted:
      return is_for_another_address(row, person) ? Standing::other_address : Standing::granted;
    case Reason::allowed_by_default:
      return Standing::by_default;
    case Reason::allowed_by_basis:
      return Standing::by_basis;
    case Reason::denied:
    case Reason::withdrawn:
    case Reason::objected:
    case Reason::superseded_by_denial:
      return Standing::refused;
    case Reason::restricted:
      return Standing::restricted;
    case Reason::weak_evidence:
      return Standing::weak;
    case Reason::expired:
    case Reason::outgrown:
      return Standing::expired;
    case Reason::stale_notice:
      return Standing::stale;
    case Reason::other_contact_point:
      return Standing::other_address;
    case Reason::needs_parent:
      return Standing::needs_parent;
    case Reason::no_statement:
    case Reason::anonymous_grant:
    case Reason::unlinked_grant:
    case Reason::no_sale:
    case Reason::purpose_unknown:
    case Reason::destination_unknown:
    case Reason::purpose_not_configured:
    case Reason::attribute_not_mapped:
    case Reason::attribute_not_configured:
    case Reason::no_value:
    case Reason::erased:
      return Standing::unanswered;
  }
  return Standing::unanswered;
}

Standing standing_of(const ConsentRow& row, const Person& person) {
  const Standing own = own_standing(row, person);
  if (!person.shares_address || own == Standing::needed || own == Standing::restricted) return own;
  if (own == Standing::granted) return Standing::per_account_yes;
  return own == Standing::refused ? Standing::per_account_no : Standing::per_account;
}

// What is ticked. An opt-in purpose shows a yes only when the person said it.
Answer answer_of(Standing standing) {
  switch (standing) {
    case Standing::granted:
    case Standing::by_default:
    case Standing::by_basis:
    case Standing::per_account_yes:
      return Answer::yes;
    case Standing::refused:
    case Standing::per_account_no:
      return Answer::no;
    case Standing::unanswered:
    case Standing::needed:
    case Standing::expired:
    case Standing::stale:
    case Standing::weak:
    case Standing::other_address:
    case Standing::restricted:
    case Standing::needs_parent:
    case Standing::until_sale:
    case Standing::per_account:
      return Answer::none;
  }
  return Answer::none;
}

Group group_of(const ConsentRow& row, const Purpose& purpose) {
  if (is_needed(row)) return Group::needed;
  if (!purpose.channel.empty()) return Group::messages;
  return purpose.sale_or_share ? Group::partners : Group::use;
}

const event::Identifier* address_for(const Purpose& purpose, const Person& person) {
  const auto type = contact_type_of(purpose.channel);
  if (type == "email") return &person.email;
  return type == "phone" && person.phone ? &*person.phone : nullptr;
}

// The mailbox by the link that opened the page; the number only by a code.
bool is_proven(const event::Identifier* address, const Person& person) {
  return address == &person.email || (address != nullptr && person.phone_proven);
}

PurposeView view_of(const ConsentRow& row, const Policy& policy, const Person& person) {
  const Purpose& purpose = policy.purposes.at(row.purpose);
  const Texts& t = Texts::in(person.language);
  PurposeView view;
  view.key = row.purpose;
  view.group = group_of(row, purpose);
  view.basis = row.basis;
  view.title = row.purpose;
  if (row.notice == nullptr && is_needed(row))
    view.title = t.say("needed_" + std::string(event::to_string(row.basis)));
  if (row.notice != nullptr) {
    view.title = row.notice->title;
    view.why = row.notice->why;
    view.collected = row.notice->collected;
    view.recipients = row.notice->recipients;
    view.in_return = row.notice->in_return;
    view.notice = to_hex(row.notice->hash);
  }
  for (const auto& [name, destination] : policy.destinations) {
    if (std::ranges::find(destination.purposes, row.purpose) != destination.purposes.end())
      view.named.push_back({name, destination.role == DestinationRole::processor});
  }
  if (!contact_type_of(purpose.channel).empty()) {
    const auto* address = address_for(purpose, person);
    view.needs_address = !is_proven(address, person);
    view.can_prove = view.needs_address && address != nullptr && person.can_text;
    if (address != nullptr) view.address = PreferenceReader::masked(*address);
  }
  view.standing = standing_of(row, person);
  view.answer = answer_of(view.standing);
  if (row.deciding) {
    const auto& statement = row.deciding->statement;
    view.since = statement.occurred_at.known() ? statement.occurred_at : statement.received_at;
  }
  return view;
}

SaleStatus sale_status(const std::vector<PurposeView>& purposes, const ConsentState& state,
                       const Person& person) {
  bool granted = false, by_default = false, refused = false;
  for (const auto& purpose : purposes) {
    if (purpose.group != Group::partners) continue;
    granted = granted || purpose.standing == Standing::granted;
    by_default = by_default || purpose.standing == Standing::by_default ||
                 purpose.standing == Standing::by_basis;
    refused = refused || purpose.standing == Standing::refused;
  }
  if (granted) return SaleStatus::allowed;
  if (by_default) return SaleStatus::by_default;
  if (person.privacy_control) return SaleStatus::signal_now;
  if (state.privacy_control) return SaleStatus::signal_before;
  if (person.shares_address) return SaleStatus::per_account;
  return refused ? SaleStatus::opted_out : SaleStatus::never;
}

OwnChoice choice_of(const ConsentRow& row, Choice said, std::string_view method,
                    const Policy& policy, const Person& person, Time now) {
  OwnChoice choice;
  choice.purpose = row.purpose;
  choice.choice = said;
  choice.method = method;
  choice.notice_language = person.language;
  if (row.notice != nullptr) {
    choice.notice_version = row.notice->version;
    choice.notice_language = row.notice->language;
    choice.jurisdiction = row.notice->jurisdiction;
  }
  choice.place = kPlace;
  choice.occurred_at = now;
  const auto* address = address_for(policy.purposes.at(row.purpose), person);
  choice.contact_point = address != nullptr ? *address : person.email;
  return choice;
}

// Two steps where somebody said no before: the person, or the browser.
bool needs_confirmation(const ConsentRow& row, const Policy& policy, const ConsentState& state,
                        const Person& person) {
  if (!policy.purposes.at(row.purpose).sale_or_share) return false;
  return person.privacy_control || state.privacy_control ||
         own_standing(row, person) == Standing::refused;
}

void add_no(const ConsentRow& row, std::string_view method, const Policy& policy,
            const Person& person, Time now, Meant* meant) {
  // Of a shared address every no is said anew: an account may have allowed it since.
  if (standing_of(row, person) == Standing::refused) return;
  Choice said = row.allowed ? Choice::withdrawn : Choice::denied;
  if (row.basis != Basis::consent) said = Choice::objected;
  meant->choices.push_back(choice_of(row, said, method, policy, person, now));
}

bool was_read(const ConsentRow& row, const Shown& shown) {
  const auto found = shown.find(row.purpose);
  return found != shown.end() && found->second == to_hex(row.notice->hash);
}

void add_yes(const ConsentRow& row, std::string_view method, const Shown& shown,
             const Policy& policy, const ConsentState& state, const Person& person, Time now,
             Meant* meant) {
  const Standing standing = standing_of(row, person);
  if (answer_of(standing) == Answer::yes || row.notice == nullptr) return;
  // Who proves a mailbox has not proven the telephone: anybody can write a number into an account.
  const Purpose& purpose = policy.purposes.at(row.purpose);
  if (!contact_type_of(purpose.channel).empty() &&
      !is_proven(address_for(purpose, person), person)) {
    return;
  }
  if (!was_read(row, shown)) {
    meant->unread.push_back(row.purpose);
    return;
  }
  if (needs_confirmation(row, policy, state, person)) {
    meant->to_confirm.push_back(row.purpose);
    return;
  }
  meant->choices.push_back(choice_of(row, Choice::granted, method, policy, person, now));
}

OwnChoice withdrawal_of_everything(const Person& person, Time now) {
  OwnChoice choice;
  choice.purpose = kEveryPurpose;
  choice.choice = Choice::withdrawn;
  choice.method = event::method::kReject;
  choice.notice_language = person.language;
  choice.place = kPlace;
  choice.contact_point = person.email;
  choice.occurred_at = now;
  return choice;
}

How how_said(const event::Statement& said) {
  // What an officer says through the record of our own pages is the controller's word.
  const bool is_own = said.source == kOwnSource && said.actor != event::Actor::officer;
  if (said.method == event::method::kGpc) return How::signal;
  if (said.actor == event::Actor::parent) return How::parent;
  if (said.actor == event::Actor::agent) return How::agent;
  if (is_own && said.method == event::method::kDoubleOptIn) return How::opt_in;
  if (is_own && said.method == event::method::kUnsubscribe) return How::unsubscribe;
  if (is_own) return How::here;
  if (said.anonymous) return How::device;
  return said.source.starts_with(kConsentApiPrefix) ? How::service : How::source;
}

}  // namespace

ChoicesPage choices_page(const Policy& policy, const ConsentState& state, const Person& person) {
  ChoicesPage page;
  page.address = PreferenceReader::masked(person.email);
  for (const auto& row : state.rows) {
    if (is_shown(row)) page.purposes.push_back(view_of(row, policy, person));
  }
  page.sells = std::ranges::any_of(
      page.purposes, [](const auto& purpose) { return purpose.group == Group::partners; });
  page.sale = sale_status(page.purposes, state, person);
  page.shared = person.shares_address;
  return page;
}

std::vector<std::string> closed_among(const ChoicesPage& page,
                                      const std::vector<std::string>& allowed) {
  std::vector<std::string> closed;
  for (const auto& purpose : page.purposes) {
    if (answer_of(purpose.standing) == Answer::yes) continue;
    if (std::ranges::find(allowed, purpose.key) != allowed.end()) closed.push_back(purpose.title);
  }
  return closed;
}

std::vector<PurposeView> purposes_named(const Policy& policy, const ConsentState& state,
                                        const Person& person,
                                        const std::vector<std::string>& keys) {
  std::vector<PurposeView> out;
  for (const auto& row : state.rows) {
    if (is_shown(row) && std::ranges::find(keys, row.purpose) != keys.end())
      out.push_back(view_of(row, policy, person));
  }
  return out;
}

HistoryPage history_page(const Policy& policy, const ConsentState& state, const Person& person) {
  HistoryPage page;
  page.address = PreferenceReader::masked(person.email);
  page.shared = person.shares_address;
  const std::vector<std::string> languages = {person.language};
  for (const auto& told : state.history) {
    const auto& said = told.statement;
    HistoryLine line;
    line.id = told.id;
    line.at = said.occurred_at.known() ? said.occurred_at : said.received_at;
    line.is_signal = said.purpose == kGpcPurpose;
    if (!said.purpose.empty() && said.purpose != kEveryPurpose) {
      const auto* notice = notice_text(policy, said.purpose, languages, state.places);
      line.what = notice != nullptr ? notice->title : said.purpose;
    }
    line.choice = said.choice;
    line.how = how_said(said);
    const bool is_ours = said.source == kOwnSource || said.source.starts_with(kConsentApiPrefix);
    line.source = is_ours ? policy.controller_name : said.source;
    page.lines.push_back(std::move(line));
  }
  return page;
}

Meant meant_by(const FilledForm& form, const Policy& policy, const ConsentState& state,
               const Person& person, Time now) {
  Meant meant;
  if (form.action == Action::withdraw_all) {
    meant.choices.push_back(withdrawal_of_everything(person, now));
    return meant;
  }
  const bool all = form.action == Action::accept;
  const auto& answers = form.answers;
  const auto method = all ? event::method::kAccept : event::method::kSave;
  for (const auto& row : state.rows) {
    if (!is_shown(row) || is_needed(row)) continue;
    const auto found = answers.find(row.purpose);
    const Answer answer = all ? Answer::yes : found == answers.end() ? Answer::none : found->second;
    if (answer == Answer::yes) meant.allowed.push_back(row.purpose);
    if (answer == Answer::no) add_no(row, method, policy, person, now, &meant);
    if (answer == Answer::yes) add_yes(row, method, form.shown, policy, state, person, now, &meant);
  }
  return meant;
}

Meant confirmed(const std::vector<std::string>& purposes, const Shown& shown, const Policy& policy,
                const ConsentState& state, const Person& person, Time now) {
  Meant meant;
  for (const auto& row : state.rows) {
    if (!is_shown(row) || row.notice == nullptr) continue;
    if (std::ranges::find(purposes, row.purpose) == purposes.end()) continue;
    if (!was_read(row, shown)) {
      meant.unread.push_back(row.purpose);
      continue;
    }
    meant.choices.push_back(
        choice_of(row, Choice::granted, event::method::kSave, policy, person, now));
  }
  return meant;
}

}  // namespace cdp::consent::preference_centre
