#include "consent/preference_centre/opt_in_pages.h"

#include "consent/preference_centre/page_frame.h"
#include "consent/preference_centre/template.h"

namespace cdp::consent::preference_centre {
namespace {

void add_purpose(const Texts& t, const OptInPurpose& purpose, Fields* out) {
  out->text("key", purpose.key).text("name", purpose.title).text("why", purpose.why);
  out->text("collected", purpose.collected).text("recipients", purpose.recipients);
  out->text("in_return", purpose.in_return).text("ground", t.say("basis_consent"));
}

}  // namespace

Result<std::string> render_subscribe(const Frame& frame, const std::vector<OptInPurpose>& purposes,
                                     Time forgotten_at) {
  const Texts& t = Texts::in(frame.language);
  Fields out = in_frame(frame, t.say("subscribe_title"));
  std::vector<Fields> rows;
  for (const auto& purpose : purposes) {
    Fields row;
    add_purpose(t, purpose, &row);
    row.text("id", "o" + std::to_string(rows.size() + 1));
    rows.push_back(std::move(row));
  }
  const bool one = rows.size() == 1;
  out.flag("several", !one).list(one ? "one" : "purposes", std::move(rows));
  out.text("promise_forget", t.say("subscribe_promise_forget", {{"date", t.date(forgotten_at)}}));
  return render_page("subscribe", out);
}

Result<std::string> render_subscribe_sent(const Frame& frame) {
  return render_page("subscribe_sent",
                     in_frame(frame, Texts::in(frame.language).say("subscribe_sent_title")));
}

Result<std::string> render_opt_in(const Frame& frame, const OptInPage& page) {
  const Texts& t = Texts::in(frame.language);
  Fields out = in_frame(frame, t.say("opt_in_title"));
  add_purpose(t, page.purpose, &out);
  out.text("link", page.link).text("notice", page.purpose.notice);
  out.text("to_address", t.say("to_address", {{"address", page.address}}));
  out.text("asked",
           t.say("opt_in_asked", {{"date", t.date(page.requested_at)}, {"place", page.place}}));
  out.text("not_you", t.say("opt_in_not_you", {{"date", t.date(page.ends_at)}}));
  return render_page("opt_in", out);
}

Result<std::string> render_opt_in_done(const Frame& frame, const OptInDonePage& page) {
  const Texts& t = Texts::in(frame.language);
  const std::string kind = page.counts ? "opt_in_done" : "opt_in_noted";
  Fields out = in_frame(frame, t.say(kind + "_title"));
  out.text("heading", t.say(kind + "_title"));
  out.text("lead", page.counts ? t.say("opt_in_done_lead", {{"controller", frame.controller},
                                                            {"address", page.address}})
                               : t.say("opt_in_noted_lead"));
  out.text("name", page.title).text("receipt", page.receipt).text("statement", page.statement);
  return render_page("opt_in_done", out);
}

Result<std::string> render_opt_in_gone(const Frame& frame) {
  const Texts& t = Texts::in(frame.language);
  Fields out = in_frame(frame, t.say("opt_in_gone_title"));
  out.text("heading", t.say("opt_in_gone_title")).text("lead", t.say("opt_in_gone_lead"));
  return render_page("trouble", out);
}

Result<OptInMail> mail_opt_in(const Frame& frame, const OptInPage& page, const MailTexts& own) {
  const Texts& t = Texts::in(frame.language);
  if (const auto words = own.find(frame.language); words != own.end()) {
    const std::string date = t.date(page.ends_at), time = Texts::clock_time(page.ends_at);
    const Texts::Values values = {{"contact", frame.contact},
                                  {"controller", frame.controller},
                                  {"date", date},
                                  {"link", page.link},
                                  {"place", page.place},
                                  {"time", time},
                                  {"title", page.purpose.title},
                                  {"why", page.purpose.why}};
    return OptInMail{Texts::fill(words->second.subject, values),
                     Texts::fill(words->second.text, values), ""};
  }
  const std::string asked = t.say(
      "opt_in_mail_asked",
      {{"place", page.place}, {"controller", frame.controller}, {"title", page.purpose.title}});
  const std::string until = t.say("opt_in_mail_until", {{"date", t.date(page.ends_at)},
                                                        {"time", Texts::clock_time(page.ends_at)}});
  OptInMail mail;
  mail.subject = t.say("opt_in_mail_subject", {{"title", page.purpose.title}});
  mail.text = t.say("opt_in_mail_hello") + "\n\n" + asked + "\n\n";
  if (!page.purpose.why.empty()) mail.text += page.purpose.why + "\n\n";
  mail.text += t.say("opt_in_mail_click") + "\n\n" + page.link + "\n\n" + until + "\n\n" +
               t.say("opt_in_mail_not_you") + "\n\n" + frame.controller + "\n" + frame.contact +
               "\n";
  Fields out;
  t.add_to(&out);
  out.text("language", frame.language).text("subject", mail.subject).text("asked", asked);
  out.text("why", page.purpose.why).text("link", page.link).text("until", until);
  out.text("controller", frame.controller).text("contact", frame.contact);
  CDP_TRY(mail.html, render_mail("mail_opt_in", out));
  return mail;
}

}  // namespace cdp::consent::preference_centre
