#include "identity/email.h"

#include <idn2.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

namespace cdp::identity {
namespace {

constexpr std::size_t kLocalBytesMax = 64;    // RFC 5321 §4.5.3.1.1
constexpr std::size_t kDomainBytesMax = 253;  // RFC 1035 §2.3.4, as text
constexpr std::size_t kLabelBytesMax = 63;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_domain_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; }

// RFC 5322 atext and dots, lower-cased, or beyond ASCII. Dots may stand anywhere: some carriers
// hand such addresses out.
bool is_local_character(char c) {
  return static_cast<unsigned char>(c) > 0x7F || (c >= 'a' && c <= 'z') || is_digit(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

bool valid_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' &&
         label.back() != '-' && std::ranges::all_of(label, is_domain_character);
}

// A host name of two labels or more, lower-case ASCII, whose last label is not a number.
bool valid_domain(std::string_view domain) {
  if (domain.size() > kDomainBytesMax) return false;
  std::size_t labels = 0;
  std::string_view label;
  for (std::size_t at = 0; at <= domain.size(); at += label.size() + 1) {
    label = domain.substr(at, domain.find('.', at) - at);
    if (!valid_label(label)) return false;
    ++labels;
  }
  return labels >= 2 && !std::ranges::all_of(label, is_digit);
}

bool valid_local(std::string_view local) {
  return !local.empty() && local.size() <= kLocalBytesMax &&
         std::ranges::all_of(local, is_local_character);
}

// "xn--" and its like need a look by the library.
bool has_reserved_label(std::string_view domain) {
  for (std::size_t at = domain.find("--"); at != std::string_view::npos;
       at = domain.find("--", at + 1)) {
    if (at >= 2 && (at == 2 || domain[at - 3] == '.')) return true;
  }
  return false;
}

// NFKC, then every code point lower-cased on its own: unlike a string's lower case it does not
// depend on neighbours, so that doing it twice changes nothing.
std::optional<std::string> fold(std::string_view raw) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) return std::nullopt;
  const auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(raw.data(), static_cast<std::int32_t>(raw.size())));
  if (text.indexOf(static_cast<char16_t>(0xFFFD)) >= 0) return std::nullopt;  // not UTF-8
  icu::UnicodeString composed = nfkc->normalize(text, status);
  composed.trim();  // no-break spaces too, which have become spaces
  icu::UnicodeString lowered;
  for (std::int32_t at = 0; at < composed.length(); at = composed.moveIndex32(at, 1)) {
    const UChar32 c = composed.char32At(at);
    if (u_isISOControl(c) || u_isUWhiteSpace(c) || u_charType(c) == U_FORMAT_CHAR) {
      return std::nullopt;
    }
    lowered.append(u_tolower(c));
  }
  const icu::UnicodeString again = nfkc->normalize(lowered, status);
  if (U_FAILURE(status)) return std::nullopt;
  std::string out;
  again.toUTF8String(out);
  return out;
}

std::string_view local_of(std::string_view email) { return email.substr(0, email.find('@')); }
std::string_view domain_of(std::string_view email) { return email.substr(email.find('@') + 1); }

std::optional<std::string> to_a_labels(const std::string& domain) {
  char* ascii = nullptr;
  const int result =
      idn2_to_ascii_8z(domain.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owned(ascii, &idn2_free);
  if (result != IDN2_OK) return std::nullopt;
  return std::string(ascii);
}

}  // namespace

std::optional<std::string> normalise_email_by_libraries(std::string_view raw) {
  const auto folded = fold(raw);
  if (!folded) return std::nullopt;
  const std::size_t at = folded->find('@');
  if (at == std::string::npos || folded->find('@', at + 1) != std::string::npos) {
    return std::nullopt;
  }
  const auto domain = to_a_labels(folded->substr(at + 1));
  if (!domain || !valid_domain(*domain)) return std::nullopt;
  std::string local = folded->substr(0, at);
  if (!valid_local(local)) return std::nullopt;
  return std::move(local) + "@" + *domain;
}

std::optional<std::string> normalise_email(std::string_view raw) {
  if (!is_ascii(raw)) return normalise_email_by_libraries(raw);
  std::string out(raw);
  std::ranges::transform(out, out.begin(), lower);
  const std::size_t at = out.find('@');
  if (at == std::string::npos) return std::nullopt;
  const std::string_view domain = std::string_view(out).substr(at + 1);
  if (has_reserved_label(domain)) return normalise_email_by_libraries(raw);
  if (!valid_local(std::string_view(out).substr(0, at)) || !valid_domain(domain)) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> fold_gmail(std::string_view email) {
  const std::string_view domain = domain_of(email);
  if (domain != "gmail.com" && domain != "googlemail.com") return std::nullopt;
  std::string local(local_of(email));
  local.resize(std::min(local.find('+'), local.size()));
  std::erase(local, '.');
  if (local.empty()) return std::nullopt;
  return local + "@gmail.com";
}

std::string counted_as(std::string_view email) {
  if (auto folded = fold_gmail(email)) return *std::move(folded);
  const std::size_t at = email.rfind('@');
  const std::size_t plus = email.find('+');
  if (at == std::string_view::npos || plus == 0 || plus >= at) return std::string(email);
  return std::string(email.substr(0, plus)).append(email.substr(at));
}

std::string as_gmail(std::string_view email) {
  if (domain_of(email) != "googlemail.com") return std::string(email);
  return std::string(local_of(email)).append("@gmail.com");
}

std::optional<std::string> unicode_email(std::string_view email) {
  const std::string domain(domain_of(email));
  if (domain.find("xn--") == std::string::npos) return std::nullopt;
  char* unicode = nullptr;
  if (idn2_to_unicode_8z8z(domain.c_str(), &unicode, 0) != IDN2_OK) {
    return std::nullopt;
  }
  std::string out = std::string(local_of(email)).append("@").append(unicode);
  idn2_free(unicode);
  return out;
}

std::string uid2_form(std::string_view email) {
  if (domain_of(email) != "gmail.com") return std::string(email);
  return fold_gmail(email).value_or(std::string(email));
}

std::string without_gmail_dots(std::string_view email) {
  const std::string_view domain = domain_of(email);
  std::string local(local_of(email));
  if (domain == "gmail.com" || domain == "googlemail.com") std::erase(local, '.');
  if (local.empty()) return std::string(email);
  return local + "@" + std::string(domain);
}

}  // namespace cdp::identity
