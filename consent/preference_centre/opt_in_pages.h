// The pages and the mail of our double opt-in: the form, the page that the mailed link opens, and
// what follows its button. Server-rendered, complete without JavaScript, as pages.h.
//
// The mail says what was asked for, where, and nothing that sells: text and the same words as HTML,
// with no picture, no style sheet and no address but the link itself.
//
// Thread-safety: pure. Errors: internal when a template is broken (a test renders all).
#pragma once

#include <string>
#include <vector>

#include "cdp/core/base/result.h"
#include "consent/preference_centre/config.h"
#include "consent/preference_centre/model.h"

namespace cdp::consent::preference_centre {

// What one is asked for: the notice's words.
struct OptInPurpose {
  std::string key;
  std::string title;
  std::string why;
  std::string collected;
  std::string recipients;
  std::string in_return;
  std::string notice;  // the text's hash, hex: the button says which text it agrees to
};

// `forgotten_at`: when a request made now ends. Several purposes: one is chosen, none beforehand.
Result<std::string> render_subscribe(const Frame& frame, const std::vector<OptInPurpose>& purposes,
                                     Time forgotten_at);
// The same for everybody.
Result<std::string> render_subscribe_sent(const Frame& frame);

struct OptInPage {
  std::string link;
  OptInPurpose purpose;
  std::string address;  // masked
  std::string place;    // where it was asked for: a host
  Time requested_at;
  Time ends_at;
};
// One button that confirms: what a mail scanner sees, and leaves unused.
Result<std::string> render_opt_in(const Frame& frame, const OptInPage& page);

struct OptInDonePage {
  std::string title;    // of the purpose
  std::string address;  // masked
  bool counts = true;   // false: recorded, and something else stands against it
  std::string receipt;  // a link that gives the receipt once; empty = there is none to give
  std::string statement;
};
Result<std::string> render_opt_in_done(const Frame& frame, const OptInDonePage& page);
// Used, ended, foreign or incomplete: nobody is told which.
Result<std::string> render_opt_in_gone(const Frame& frame);

struct OptInMail {
  std::string subject;
  std::string text;  // LF
  std::string html;
};
// `page.link` is the whole address. `own`: the shop's words, taken in the frame's language where
// there are any; they have no HTML form.
Result<OptInMail> mail_opt_in(const Frame& frame, const OptInPage& page, const MailTexts& own = {});

}  // namespace cdp::consent::preference_centre
