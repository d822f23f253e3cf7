// [double_opt_in.mail.LANGUAGE] and [preference_centre.mail.LANGUAGE] of cdp.toml: the shop's own
// words of a mail.
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/preference_centre/config.h"

namespace cdp::app {

// `node` null = not in the file. `placeholders`: of this mail (preference_centre/mail_words.h).
void read_mail_texts(const ConfigNode* node, std::span<const std::string_view> placeholders,
                     consent::MailTexts* texts, std::vector<Problem>* problems);

}  // namespace cdp::app
