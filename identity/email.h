// E-mail addresses as identifiers: one spelling per mailbox, as far as the standards allow.
//
// Trimmed; NFKC (Unicode TR15); each character lower-cased on its own; the domain as an A-label
// (UTS-46 non-transitional, RFC 5891). The local part keeps dots and tags. Addresses of plain ASCII
// take a path without any library; both give the same answer (tested).
//
// Thread-safety: pure functions. Non-errors: what is no address answers nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cdp::identity {

// `raw` is trimmed and not empty.
std::optional<std::string> normalise_email(std::string_view raw);
// The library path alone, for the test that compares.
std::optional<std::string> normalise_email_by_libraries(std::string_view raw);
// Gmail ignores dots and +tags, and googlemail.com is gmail.com: the folded address, or nothing
// when it is another provider's (UID2; Google CM360). `email` is normalised.
std::optional<std::string> fold_gmail(std::string_view email);

// `email` without its +tag, and of Gmail folded: the mailbox that it probably reaches. For counting
// alone, never for identity: other providers deliver ada+news@ to somebody else, or to nobody.
// `email` is normalised.
std::string counted_as(std::string_view email);

// `email` with googlemail.com, the name that gmail.com had in Germany and Britain, called
// gmail.com.
std::string as_gmail(std::string_view email);

// `email` with its domain in Unicode ("user@bücher.example"); nothing when it has no A-label
// or it cannot be read. `email` is normalised.
std::optional<std::string> unicode_email(std::string_view email);

// The form that UID2 hashes: of gmail.com addresses without dots and +tag, all others as they are
// (https://unifiedid.com/docs/getting-started/gs-normalization-encoding). `email` is normalised.
std::string uid2_form(std::string_view email);
// The form that Google's ad platforms hash: gmail.com and googlemail.com without dots, the tag
// kept; all others as they are (CM360 enhanced attribution).
std::string without_gmail_dots(std::string_view email);

}  // namespace cdp::identity
