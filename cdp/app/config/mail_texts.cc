#include "cdp/app/config/mail_texts.h"

#include <algorithm>

#include "cdp/app/config/reader.h"
#include "consent/preference_centre/mail_words.h"
#include "consent/preference_centre/texts.h"

namespace cdp::app {

void read_mail_texts(const ConfigNode* node, std::span<const std::string_view> placeholders,
                     consent::MailTexts* texts, std::vector<Problem>* problems) {
  if (node == nullptr) return;
  const auto& known = consent::preference_centre::Texts::languages();
  for (const ConfigNode& language : node->children) {
    if (std::ranges::find(known, language.key) == known.end()) {
      problems->push_back({language.line, language.column,
                           "a mail is in a language that the pages do not speak",
                           "known: " + listed(known)});
      continue;
    }
    TableReader reader(language, "mail", problems);
    consent::MailText mail;
    reader.text("subject", &mail.subject);
    reader.text("text", &mail.text);
    if (auto misfit = consent::preference_centre::misfit_of(mail, placeholders))
      reader.refuse(misfit->key, std::move(misfit->what), std::move(misfit->hint));
    reader.finish();
    (*texts)[language.key] = std::move(mail);
  }
}

}  // namespace cdp::app
