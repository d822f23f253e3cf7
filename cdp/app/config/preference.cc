#include "cdp/app/config/preference.h"

#include <algorithm>

#include "cdp/app/config/mail_texts.h"
#include "cdp/app/config/reader.h"
#include "cdp/app/preferences/brand_files.h"
#include "consent/preference_centre/mail_words.h"
#include "consent/preference_centre/texts.h"
#include "identity/phone.h"

namespace cdp::app {
namespace {

using consent::MailConfig;

constexpr std::int64_t kCodesPerNumberMax = 20;
constexpr std::int64_t kCodesMax = 1'000'000;

// A plain name beside cdp.toml: no folder above, no link out by "..".
bool is_file_here(std::string_view file) {
  return !file.empty() && file.size() <= 128 && file.front() != '/' && file.front() != '.' &&
         file.find("..") == std::string_view::npos && file.find('\\') == std::string_view::npos;
}

// One mailbox: "privacy@shop.example" or "Shop <privacy@shop.example>".
bool is_sender(std::string_view from) {
  if (from.find_first_of(std::string_view("\r\n\0\"", 4)) != std::string_view::npos) return false;
  std::string_view address = from;
  if (from.ends_with('>')) {
    const std::size_t open = from.find('<');
    if (open == std::string_view::npos) return false;
    address = from.substr(open + 1, from.size() - open - 2);
  }
  const std::size_t at = address.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
         address.find('@', at + 1) == std::string_view::npos &&
         address.find_first_of(" <>,;:") == std::string_view::npos;
}

void check_smtp(TableReader& reader, const MailConfig& mail) {
  const std::size_t host = mail.url.find("://") + 3;
  if (!mail.url.starts_with("smtps://") && !mail.url.starts_with("smtp://")) {
    reader.refuse("smtp", "the relay is not an smtp address",
                  "smtp = \"smtps://relay.example:465\" or \"smtp://relay.example:587\"");
  } else if (mail.url.find('@') != std::string::npos ||
             mail.url.find('/', host) != std::string::npos) {
    reader.refuse("smtp", "the relay's address has more than a host and a port",
                  "user and secret have keys of their own");
  }
  if (!is_sender(mail.from)) {
    reader.refuse("from", "the mail has no sender", "from = \"Shop <privacy@shop.example>\"");
  }
  if (mail.user.empty() != mail.secret.empty()) {
    reader.refuse(mail.user.empty() ? "secret" : "user", "a login needs both a user and a secret",
                  "user = \"...\", secret = \"relay\" (stored with: cdp secret set relay)");
  }
}

void check_webhook(TableReader& reader, const MailConfig& mail) {
  if (!mail.url.starts_with("https://") && !mail.url.starts_with("http://")) {
    reader.refuse("webhook", "the webhook is not a web address",
                  "webhook = \"https://shop.example/hooks/mail\"");
  }
  if (mail.secret.empty()) {
    reader.refuse("secret", "the webhook has no signing key",
                  "secret = \"mailer\" (stored with: cdp secret set mailer)");
  }
  for (const std::string_view key : {"from", "user"}) {
    if (reader.has(key)) reader.refuse(key, "a webhook needs no sender and no user", "remove it");
  }
}

}  // namespace

bool is_base_url(std::string_view url) {
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return false;
  const std::string_view host = url.substr(url.find("://") + 3);
  const bool clean = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']';
  });
  const std::string_view name =
      host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  return clean && (https || name == "127.0.0.1" || name == "[::1]" || name == "localhost");
}

void read_preference_centre(const ConfigNode& node, consent::Policy* policy,
                            std::vector<Problem>* problems) {
  auto& config = policy->preference_centre;
  TableReader reader(node, "preference centre", problems);
  if (reader.text("base_url", &config.base_url) && !is_base_url(config.base_url)) {
    reader.refuse("base_url", "the address is not https and a host, without a path",
                  "base_url = \"https://privacy.shop.example\"");
  }
  if (reader.text("css", &config.css) &&
      (!is_file_here(config.css) || !config.css.ends_with(".css"))) {
    reader.refuse("css", "the style sheet is not a .css file beside cdp.toml",
                  "css = \"brand.css\"");
  }
  if (reader.text("logo", &config.logo) &&
      (!is_file_here(config.logo) || logo_type_of(config.logo).empty())) {
    reader.refuse("logo", "the logo is not a .svg, .png or .webp file beside cdp.toml",
                  "logo = \"logo.svg\"");
  }
  if (reader.texts("languages", &config.languages)) {
    const auto& known = consent::preference_centre::Texts::languages();
    const bool all = std::ranges::all_of(config.languages, [&](const std::string& language) {
      return std::ranges::find(known, language) != known.end();
    });
    if (config.languages.empty() || !all) {
      reader.refuse("languages", "a language is none that the pages speak",
                    "known: " + listed(known));
      config.languages = {"en"};
    }
  }
  read_mail_texts(reader.table("mail"), consent::preference_centre::link_placeholders(),
                  &config.mail, problems);
  reader.finish();
}

void read_mail(const ConfigNode& node, consent::Policy* policy, std::vector<Problem>* problems) {
  MailConfig& mail = policy->mail;
  TableReader reader(node, "mail", problems);
  const bool smtp = reader.text("smtp", &mail.url);
  const bool webhook = reader.text("webhook", &mail.url);
  reader.text("from", &mail.from);
  reader.text("user", &mail.user);
  reader.text("secret", &mail.secret);
  if (smtp && webhook) {
    reader.refuse("webhook", "mail goes through a relay or a webhook, not both",
                  "remove one of smtp and webhook");
  } else if (smtp) {
    mail.kind = MailConfig::Kind::smtp;
    check_smtp(reader, mail);
  } else if (webhook) {
    mail.kind = MailConfig::Kind::webhook;
    check_webhook(reader, mail);
  } else {
    reader.refuse("smtp", "mail has no way out",
                  "smtp = \"smtps://relay.example:465\", or webhook = \"https://...\"");
  }
  if ((smtp || webhook) && policy->preference_centre.base_url.empty()) {
    reader.refuse(smtp ? "smtp" : "webhook", "mail has nowhere to link to",
                  "add [preference_centre] with base_url = \"https://privacy.shop.example\"");
  }
  reader.finish();
}

void read_messenger(const ConfigNode& node, consent::Policy* policy,
                    std::vector<Problem>* problems) {
  consent::MessengerConfig& messenger = policy->messenger;
  TableReader reader(node, "messenger", problems);
  if (!reader.text("webhook", &messenger.url) ||
      (!messenger.url.starts_with("https://") && !messenger.url.starts_with("http://"))) {
    reader.refuse("webhook", "the messenger's webhook is not a web address",
                  "webhook = \"https://shop.example/hooks/sms\"");
  }
  if (!reader.text("secret", &messenger.secret) || messenger.secret.empty()) {
    reader.refuse("secret", "the webhook has no signing key",
                  "secret = \"messenger\" (stored with: cdp secret set messenger)");
  }
  reader.integer("codes_per_number_a_day", 1, kCodesPerNumberMax,
                 &messenger.codes_per_number_a_day);
  reader.integer("codes_a_day", 1, kCodesMax, &messenger.codes_a_day);
  if (reader.texts("countries", &messenger.countries) &&
      (messenger.countries.empty() ||
       !std::ranges::all_of(messenger.countries,
                            [](const auto& one) { return identity::is_phone_country(one); }))) {
    reader.refuse("countries", "a country is none that telephone numbers have",
                  "countries = [\"DE\", \"GB\"] (ISO 3166: the United Kingdom is GB); leave it out "
                  "for every country");
  }
  if (policy->preference_centre.base_url.empty()) {
    reader.refuse("webhook", "a code has no page to be typed into",
                  "add [preference_centre] with base_url = \"https://privacy.shop.example\"");
  }
  reader.finish();
}

}  // namespace cdp::app
