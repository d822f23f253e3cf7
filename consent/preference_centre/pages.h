// The pages of the preference centre, from model to HTML. Server-rendered and complete without
// JavaScript; no inline script or style, so that the content security policy can forbid both; every
// text escaped.
//
// WCAG 2.2 AA: tests/clients/preference_centre.test.mjs has axe-core judge every page in every
// language. Thread-safety: pure. Errors: internal when a template is broken (a test renders all).
#pragma once

#include "cdp/core/base/result.h"
#include "consent/preference_centre/config.h"
#include "consent/preference_centre/model.h"

namespace cdp::consent::preference_centre {

Result<std::string> render_entry(const Frame& frame, const EntryPage& page);
// "If the address is known, a link is on its way": the same for everybody.
Result<std::string> render_sent(const Frame& frame);
// One button that redeems the link: what a mail scanner sees, and leaves unused.
Result<std::string> render_open(const Frame& frame, const std::string& link);
Result<std::string> render_choices(const Frame& frame, const ChoicesPage& page);
// Sends a code to the number, and takes it.
Result<std::string> render_phone(const Frame& frame, const PhonePage& page);
Result<std::string> render_confirm(const Frame& frame, const ConfirmPage& page);
Result<std::string> render_history(const Frame& frame, const HistoryPage& page);
Result<std::string> render_trouble(const Frame& frame, Trouble trouble);
// What a link in a mail opens: a button that unsubscribes, for whoever the link is for, and the
// answer to it. The same for every link, good or not (RFC 8058).
Result<std::string> render_unsubscribe(const Frame& frame);
Result<std::string> render_unsubscribed(const Frame& frame);

struct Mail {
  std::string subject;
  std::string body;  // plain text, LF
};
// What the short message says.
std::string text_with_code(const Frame& frame, const std::string& code);
// `link` and `until` as they stand in the mail. `own`: as mail_opt_in().
Mail mail_with_link(const Frame& frame, const std::string& link, Time until,
                    const MailTexts& own = {});

}  // namespace cdp::consent::preference_centre
