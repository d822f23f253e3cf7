// Phone numbers as identifiers: E.164 (ITU-T), by libphonenumber, which is included in phone.cc
// alone.
//
// A number must be possible in its region (country code and length); whether it is assigned is not
// asked, because the library's metadata ages. Numbers with an extension name a switchboard and are
// refused. The commonest form, "+<digits>" of a few large countries, takes a path that costs no
// parse and gives the same answer (tested against the library).
//
// Thread-safety: safe. Non-errors: what is no number answers nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cdp::identity {

// `raw` is trimmed. `default_region`: ISO 3166 alpha-2 in either case; empty = only numbers with a
// country code.
std::optional<std::string> normalise_phone(std::string_view raw, std::string_view default_region);
// The library path alone, for the test that compares.
std::optional<std::string> normalise_phone_by_library(std::string_view raw,
                                                      std::string_view default_region);
// Whose number it is: ISO 3166 alpha-2 of its country or territory ("DE"; of the twenty-odd that
// share +1, the one). Nothing for what belongs to none (satellites, international freephone) or is
// not known to the library.
std::optional<std::string> phone_country(std::string_view e164);
// Whether numbers have that country: "GB", not "UK".
bool is_phone_country(std::string_view code);
// All digits after the country code are the same: typed to get past a form.
bool blocked_phone(std::string_view e164);

}  // namespace cdp::identity
