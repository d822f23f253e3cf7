#include "consent/preference_centre/page_frame.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace cdp::consent::preference_centre {
namespace {

bool is_mail_address(std::string_view contact) {
  return contact.find('@') != std::string_view::npos &&
         contact.find_first_of(" <>\"?&") == std::string_view::npos;
}

void add_contact(const Frame& frame, const Texts& t, std::string_view key, Fields* out) {
  const Around words = around(t, key);
  out->text("contact_before", words.before).text("contact_after", words.after);
  out->text("contact", frame.contact).flag("contact_is_mail", is_mail_address(frame.contact));
}

}  // namespace

Around around(const Texts& t, std::string_view key) {
  constexpr std::string_view kMark = "\x01";
  const std::string text = t.say(key, {{"contact", kMark}});
  const std::size_t at = std::min(text.find(kMark), text.size());
  return {text.substr(0, at), at < text.size() ? text.substr(at + kMark.size()) : ""};
}

Fields in_frame(const Frame& frame, std::string title) {
  const Texts& t = Texts::in(frame.language);
  Fields out;
  t.add_to(&out);
  out.text("language", frame.language).text("title", std::move(title));
  out.text("controller", frame.controller).text("version", frame.version);
  out.flag("has_css", frame.has_css).flag("has_logo", frame.has_logo);
  out.text("form_key", frame.form_key).flag("signed_in", !frame.form_key.empty());
  out.text("once", frame.once);
  out.text("here", frame.here);
  out.text("responsible", t.say("footer_responsible", {{"controller", frame.controller}}));
  add_contact(frame, t, "footer_contact", &out);
  std::vector<Fields> languages;
  for (const auto& name : frame.offered) {
    Fields one;
    one.text("code", name).text("name", Texts::in(name).say("language_name"));
    one.flag("current", name == frame.language).text("place", frame.here);
    languages.push_back(std::move(one));
  }
  out.flag("many_languages", frame.offered.size() > 1);
  out.list("languages", std::move(languages));
  return out;
}

}  // namespace cdp::consent::preference_centre
