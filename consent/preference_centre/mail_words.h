// MailWords: the words of a mail as the shop writes them in cdp.toml, with placeholders in braces:
//
//   text = "Hello,\n\n{place} asks whether you want this: {title}.\n\n{link}\n\n{controller}"
//
// The link stands in the text exactly once, alone between blanks or line breaks, so that every mail
// program finds it; a name in braces that is none of the mail's is refused, and so is a lone brace.
// What is put in is never looked through for placeholders.
//
// Thread-safety: pure. Errors: none; what is wrong with a text is a value.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "consent/preference_centre/config.h"

namespace cdp::consent::preference_centre {

// What may stand in braces: in the mail of a double opt-in, and in the one with a link to the
// preference page. "link" in the text alone.
std::span<const std::string_view> opt_in_placeholders();
std::span<const std::string_view> link_placeholders();

// What keeps a text from being mailed.
struct MailMisfit {
  std::string_view key;  // "subject" or "text"
  std::string what;      // one sentence, no full stop
  std::string hint;
};
std::optional<MailMisfit> misfit_of(const MailText& mail,
                                    std::span<const std::string_view> placeholders);

}  // namespace cdp::consent::preference_centre
