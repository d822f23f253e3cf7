#include "consent/preference_centre/pages.h"

#include "consent/preference_centre/page_frame.h"
#include "consent/preference_centre/template.h"
#include "consent/preference_centre/texts.h"

namespace cdp::consent::preference_centre {
namespace {

std::string_view standing_key(const PurposeView& purpose) {
  switch (purpose.standing) {
    case Standing::granted:
      return "standing_granted";
    case Standing::refused:
      return purpose.since.known() ? "standing_no" : "standing_no_undated";
    case Standing::unanswered:
      return "standing_unanswered";
    case Standing::by_default:
      return "standing_default";
    case Standing::by_basis:
      return "standing_basis";
    case Standing::needed:
      return "standing_needed";
    case Standing::expired:
      return "standing_expired";
    case Standing::stale:
      return "standing_stale";
    case Standing::weak:
      return "standing_weak";
    case Standing::other_address:
      return "standing_other_address";
    case Standing::restricted:
      return "standing_restricted";
    case Standing::needs_parent:
      return "standing_needs_parent";
    case Standing::until_sale:
      return "standing_until_sale";
    case Standing::per_account:
      return "standing_per_account";
    case Standing::per_account_yes:
      return "standing_per_account_yes";
    case Standing::per_account_no:
      return "standing_per_account_no";
  }
  return "standing_unanswered";
}

Fields purpose_fields(const Frame& frame, const PurposeView& purpose, std::size_t number) {
  const Texts& t = Texts::in(frame.language);
  Fields out;
  out.text("key", purpose.key).text("id", "p" + std::to_string(number));
  out.text("name", purpose.title).text("why", purpose.why).text("collected", purpose.collected);
  out.text("recipients", purpose.recipients).text("in_return", purpose.in_return);
  out.text("notice", purpose.notice);
  out.text("ground", t.say("basis_" + std::string(event::to_string(purpose.basis))));
  out.text("standing", t.say(standing_key(purpose), {{"date", t.date(purpose.since)}}));
  out.flag("is_on", purpose.standing == Standing::granted ||
                        purpose.standing == Standing::by_default ||
                        purpose.standing == Standing::by_basis);
  out.flag("is_yes", purpose.answer == Answer::yes).flag("is_no", purpose.answer == Answer::no);
  if (!purpose.address.empty())
    out.text("to_address", t.say("to_address", {{"address", purpose.address}}));
  out.flag("needs_address", purpose.needs_address).flag("can_prove", purpose.can_prove);
  std::vector<Fields> named;
  for (const auto& recipient : purpose.named) {
    Fields one;
    one.text("recipient", recipient.name);
    one.text("role", t.say(recipient.is_processor ? "processor" : "third_party",
                           {{"controller", frame.controller}}));
    named.push_back(std::move(one));
  }
  out.flag("has_named", !named.empty());
  if (named.empty() && purpose.recipients.empty())
    out.text("recipients", t.say("nobody", {{"controller", frame.controller}}));
  out.list("named", std::move(named));
  return out;
}

std::vector<Fields> groups_of(const Frame& frame, const std::vector<PurposeView>& purposes) {
  const Texts& t = Texts::in(frame.language);
  std::vector<Fields> groups;
  std::size_t number = 0;
  for (const auto& [group, key] :
       {std::pair{Group::messages, "group_messages"}, std::pair{Group::use, "group_use"},
        std::pair{Group::partners, "group_partners"}}) {
    std::vector<Fields> rows;
    for (const auto& purpose : purposes) {
      if (purpose.group == group) rows.push_back(purpose_fields(frame, purpose, ++number));
    }
    if (rows.empty()) continue;
    Fields one;
    one.text("group", t.say(key)).list("purposes", std::move(rows));
    groups.push_back(std::move(one));
  }
  return groups;
}

// What counts after saving, by what holds then; never what the form asked for.
std::string_view flash_key(const ChoicesPage& page) {
  const bool is_saved = page.flash == Flash::saved || page.flash == Flash::accepted;
  if (is_saved && page.shared) return "saved_shared";
  if (is_saved && !page.closed.empty()) return "saved_closed";
  switch (page.flash) {
    case Flash::none:
      return {};
    case Flash::saved:
      return "saved";
    case Flash::saved_nothing:
      return "saved_nothing";
    case Flash::withdrawn:
      return "saved_withdrawn";
    case Flash::accepted:
      return "saved_accepted";
    case Flash::phone_proven:
      return "phone_proven";
  }
  return {};
}

std::string_view sale_key(SaleStatus status) {
  switch (status) {
    case SaleStatus::signal_now:
      return "gpc_now";
    case SaleStatus::signal_before:
      return "gpc_before";
    case SaleStatus::opted_out:
      return "optout_yes";
    case SaleStatus::allowed:
      return "optout_no";
    case SaleStatus::by_default:
      return "optout_default";
    case SaleStatus::never:
      return "optout_never";
    case SaleStatus::per_account:
      return "optout_per_account";
  }
  return "optout_never";
}

std::string_view vendor_key(VendorStatus status) {
  switch (status) {
    case VendorStatus::told:
      return "vendor_told";
    case VendorStatus::waiting:
      return "vendor_waiting";
    case VendorStatus::trying:
      return "vendor_trying";
    case VendorStatus::failed:
      return "vendor_failed";
  }
  return "vendor_waiting";
}

std::string comma_list(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

std::vector<Fields> vendor_fields(const Texts& t, const std::vector<VendorView>& vendors) {
  std::vector<Fields> rows;
  for (const auto& vendor : vendors) {
    Fields one;
    one.text("vendor", vendor.name).text("vendor_for", comma_list(vendor.purposes));
    one.text("vendor_state", t.say(vendor_key(vendor.status)));
    one.flag("is_told", vendor.status == VendorStatus::told);
    rows.push_back(std::move(one));
  }
  return rows;
}

std::string_view how_key(How how) {
  switch (how) {
    case How::here:
      return "how_here";
    case How::signal:
      return "how_signal";
    case How::opt_in:
      return "how_opt_in";
    case How::unsubscribe:
      return "how_unsubscribe";
    case How::parent:
      return "how_parent";
    case How::agent:
      return "how_agent";
    case How::device:
      return "how_device";
    case How::service:
      return "how_service";
    case How::source:
      return "how_source";
  }
  return "how_source";
}

Fields line_fields(const Texts& t, const HistoryLine& line) {
  const std::string what = line.is_signal      ? t.say("history_gpc")
                           : line.what.empty() ? t.say("history_everything")
                                               : line.what;
  Fields out;
  out.text("id", line.id).text("what", what);
  out.text("day", t.date(line.at)).text("clock", Texts::clock_time(line.at) + " UTC");
  out.text("answer", t.say("choice_" + std::string(event::to_string(line.choice))));
  out.flag("is_yes", line.choice == event::Choice::granted);
  out.text("how", t.say(how_key(line.how), {{"source", line.source}}));
  out.text("download_label",
           t.say("history_download_of", {{"date", t.date(line.at)}, {"purpose", what}}));
  return out;
}

}  // namespace

Result<std::string> render_entry(const Frame& frame, const EntryPage& page) {
  const Texts& t = Texts::in(frame.language);
  const char* kind = page.why == Entry::expired      ? "expired"
                     : page.why == Entry::signed_out ? "signed_out"
                                                     : "entry";
  const std::string title = t.say(std::string(kind) + "_title");
  Fields out = in_frame(frame, title);
  out.text("heading", title);
  out.text("lead", t.say(std::string(kind) + "_lead", {{"controller", frame.controller}}));
  out.flag("can_mail", page.can_mail);
  const Around words = around(t, "entry_without_mail");
  out.text("write_before", words.before).text("write_after", words.after);
  return render_page("entry", out);
}

Result<std::string> render_sent(const Frame& frame) {
  return render_page("sent", in_frame(frame, Texts::in(frame.language).say("sent_title")));
}

Result<std::string> render_open(const Frame& frame, const std::string& link) {
  Fields out = in_frame(frame, Texts::in(frame.language).say("open_title"));
  out.text("link", link);
  return render_page("open", out);
}

Result<std::string> render_phone(const Frame& frame, const PhonePage& page) {
  const Texts& t = Texts::in(frame.language);
  Fields out = in_frame(frame, t.say("phone_title"));
  out.text("lead", t.say("phone_lead", {{"number", page.number}}));
  out.flag("is_sent", page.state == PhonePage::State::sent);
  out.flag("is_wrong", page.state == PhonePage::State::wrong);
  return render_page("phone", out);
}

Result<std::string> render_choices(const Frame& frame, const ChoicesPage& page) {
  const Texts& t = Texts::in(frame.language);
  Fields out = in_frame(frame, t.say("choices_title"));
  out.text("for_address", t.say("choices_for", {{"address", page.address}}));
  if (const auto flash = flash_key(page); !flash.empty())
    out.text("flash", t.say(flash, {{"purposes", comma_list(page.closed)}}));
  if (!page.unread.empty())
    out.text("flash", t.say("text_changed", {{"purposes", comma_list(page.unread)}}));
  if (page.sells) out.text("sale_status", t.say(sale_key(page.sale)));
  out.flag("sale_is_off", page.sale != SaleStatus::allowed && page.sale != SaleStatus::by_default);
  out.list("groups", groups_of(frame, page.purposes));
  std::vector<Fields> needed;
  for (const auto& purpose : page.purposes) {
    if (purpose.group == Group::needed)
      needed.push_back(purpose_fields(frame, purpose, needed.size()));
  }
  out.flag("has_needed", !needed.empty());
  out.list("needed", std::move(needed));
  out.flag("has_vendors", !page.vendors.empty()).list("vendors", vendor_fields(t, page.vendors));
  out.flag("shared", page.shared);
  out.text("no_vendors", t.say(page.shared ? "vendors_shared" : "vendors_none",
                               {{"controller", frame.controller}}));
  // For the script that counts what is not saved yet.
  out.text("unsaved_one", t.say("unsaved_one"));
  out.text("unsaved_many", t.say("unsaved_many", {{"count", "#"}}));
  return render_page("choices", out);
}

Result<std::string> render_confirm(const Frame& frame, const ConfirmPage& page) {
  Fields out = in_frame(frame, Texts::in(frame.language).say("confirm_title"));
  std::vector<Fields> rows;
  for (const auto& purpose : page.purposes)
    rows.push_back(purpose_fields(frame, purpose, rows.size()));
  out.list("purposes", std::move(rows));
  return render_page("confirm", out);
}

Result<std::string> render_history(const Frame& frame, const HistoryPage& page) {
  const Texts& t = Texts::in(frame.language);
  Fields out = in_frame(frame, t.say("history_title"));
  out.text("for_address", t.say("choices_for", {{"address", page.address}}));
  out.text("lead", t.say(page.shared ? "history_lead_shared" : "history_lead"));
  out.text("none", t.say(page.shared ? "history_none_shared" : "history_none"));
  std::vector<Fields> lines;
  for (const auto& line : page.lines) lines.push_back(line_fields(t, line));
  out.flag("has_lines", !lines.empty());
  out.list("lines", std::move(lines));
  return render_page("history", out);
}

Result<std::string> render_unsubscribe(const Frame& frame) {
  return render_page("unsubscribe",
                     in_frame(frame, Texts::in(frame.language).say("unsubscribe_title")));
}

Result<std::string> render_unsubscribed(const Frame& frame) {
  const Texts& t = Texts::in(frame.language);
  Fields out = in_frame(frame, t.say("unsubscribed_title"));
  out.text("lead", t.say("unsubscribed_lead", {{"controller", frame.controller}}));
  return render_page("unsubscribed", out);
}

Result<std::string> render_trouble(const Frame& frame, Trouble trouble) {
  const Texts& t = Texts::in(frame.language);
  std::string kind = "problem_down";
  if (trouble == Trouble::link) kind = "problem_link";
  if (trouble == Trouble::form) kind = "problem_form";
  if (trouble == Trouble::often) kind = "problem_often";
  Fields out = in_frame(frame, t.say(kind + "_title"));
  out.text("heading", t.say(kind + "_title")).text("lead", t.say(kind + "_lead"));
  return render_page("trouble", out);
}

std::string text_with_code(const Frame& frame, const std::string& code) {
  return Texts::in(frame.language)
      .say("phone_text", {{"controller", frame.controller}, {"code", code}});
}

Mail mail_with_link(const Frame& frame, const std::string& link, Time until, const MailTexts& own) {
  const std::string time = Texts::clock_time(until);
  const Texts::Values values = {
      {"contact", frame.contact}, {"controller", frame.controller}, {"link", link}, {"time", time}};
  if (const auto words = own.find(frame.language); words != own.end())
    return {Texts::fill(words->second.subject, values), Texts::fill(words->second.text, values)};
  const Texts& t = Texts::in(frame.language);
  return {t.say("mail_subject", values), t.say("mail_body", values)};
}

}  // namespace cdp::consent::preference_centre
