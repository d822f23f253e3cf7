#include "identity/blocked.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_set>

#include "identity/digest.h"

namespace cdp::identity {
namespace {

constexpr std::array<std::string_view, 14> kWords{
    "null", "none", "anonymous", "invalid", "undefined", "unknown", "n/a",
    "-1",   "nil",  "nan",       "guest",   "true",      "false",   "[object object]"};
// The first of them are nobody's mailbox, too; of the others one may be: Nan is a name.
constexpr std::size_t kNobodysMailboxes = 8;
constexpr std::size_t kWordBytesMax = 15;

constexpr std::array<std::string_view, 52> kRoles{
    "abuse",      "account",    "accounts",      "admin",        "administrator",
    "billing",    "bounce",     "bounces",       "buchhaltung",  "compliance",
    "contact",    "contato",    "customercare",  "do-not-reply", "do.not.reply",
    "donotreply", "enquiries",  "ftp",           "hello",        "help",
    "helpdesk",   "hostmaster", "info",          "inquiries",    "invoice",
    "kontakt",    "mail",       "mailer-daemon", "marketing",    "news",
    "newsletter", "no-reply",   "no.reply",      "no_reply",     "noc",
    "noreply",    "office",     "order",         "orders",       "postmaster",
    "privacy",    "root",       "sales",         "security",     "service",
    "shop",       "support",    "team",          "usenet",       "uucp",
    "webmaster",  "www"};
static_assert(std::ranges::is_sorted(kRoles));

// Without what stands behind them: digits, a +tag.
constexpr std::array<std::string_view, 17> kTests{
    "asdf",      "asdfasdf", "asdfgh",   "dummy",   "fake",    "fakeemail",
    "keinemail", "no-email", "no.email", "noemail", "nomail",  "nothanks",
    "qwerty",    "test",     "tester",   "testing", "testuser"};
static_assert(std::ranges::is_sorted(kTests));

bool equals_folded(std::string_view value, std::string_view lower) {
  return std::ranges::equal(value, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
  });
}

bool is_one_of(std::span<const std::string_view> words, std::string_view value) {
  return value.size() <= kWordBytesMax && std::ranges::any_of(words, [&](std::string_view word) {
           return equals_folded(value, word);
         });
}

bool only_zeros(std::string_view value) {
  return value.find_first_not_of("0- \t") == std::string_view::npos;
}

}  // namespace

bool blocked_value(std::string_view value) { return only_zeros(value) || is_one_of(kWords, value); }

bool blocked_digest(std::string_view hex) {
  static const std::unordered_set<std::string> kDigests = [] {
    std::unordered_set<std::string> out{sha256_hex(""), md5_hex("")};
    for (const std::string_view word : kWords) {
      out.insert(sha256_hex(word));
      out.insert(md5_hex(word));
    }
    return out;
  }();
  return kDigests.contains(std::string(hex)) ||
         hex.find_first_not_of('0') == std::string_view::npos;
}

bool role_mailbox(std::string_view email) {
  const std::string_view local = email.substr(0, email.find('@'));
  const std::string_view name = local.substr(0, local.find('+'));
  return only_zeros(name) || is_one_of(std::span(kWords).first(kNobodysMailboxes), name) ||
         std::ranges::binary_search(kRoles, name);
}

bool test_mailbox(std::string_view email) {
  if (email.ends_with(".invalid") || email.ends_with(".localhost")) return true;
  std::string_view name = email.substr(0, email.find('@'));
  name = name.substr(0, name.find('+'));
  const std::size_t last = name.find_last_not_of("0123456789");
  return last != std::string_view::npos &&
         std::ranges::binary_search(kTests, name.substr(0, last + 1));
}

}  // namespace cdp::identity
