// Texts: what the pages say, in four languages (texts/*.json, embedded). Purposes are described by
// notices (consent/notice.h), which have versions and hashes; this is the rest.
//
//   const Texts& t = Texts::in("de");
//   t.say("choices_for", {{"address", shown}});    // "Für a•••@shop.example"
//
// Thread-safety: constants. Errors: none; an unknown key is shown as itself, and a test holds the
// four files to the same keys and placeholders.
#pragma once

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cdp/core/base/time.h"
#include "consent/preference_centre/fields.h"

namespace cdp::consent::preference_centre {

class Texts {
 public:
  using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // The languages there are: "de", "en", "es", "fr".
  static const std::vector<std::string>& languages();
  // English for a language there is not.
  static const Texts& in(std::string_view language);

  std::string say(std::string_view key, Values values = {}) const;
  // `text` with each {name} replaced; what stands for none of `values` goes.
  static std::string fill(std::string_view text, Values values);
  // "22. November 2026", UTC; empty for an unknown time.
  std::string date(Time time) const;
  // "20:23", UTC.
  static std::string clock_time(Time time);
  // Every text without a placeholder, as t_KEY.
  void add_to(Fields* fields) const;
  const std::map<std::string, std::string, std::less<>>& all() const { return texts_; }

 private:
  std::map<std::string, std::string, std::less<>> texts_;
};

// The first of `offered` that the person asks for: by name (`chosen`, from the address) if it is
// offered, else by Accept-Language (RFC 9110 §12.5.4, quality values honoured, "de-AT" finds "de"),
// else the first offered. `offered` is not empty.
std::string choose_language(std::string_view chosen, std::string_view accept_language,
                            std::span<const std::string> offered);

}  // namespace cdp::consent::preference_centre
