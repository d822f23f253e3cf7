#include "connectors/mail/letter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "cdp/core/base/bytes.h"

namespace cdp::connectors::mail {
namespace {

constexpr std::size_t kLineBytes = 76;  // RFC 2045 §6.8
constexpr std::size_t kWordBytes = 39;  // 52 base64 characters: word and line stay under 76
constexpr std::size_t kAddressBytesMax = 320;

bool is_ascii_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// A mailbox that stands in a header and an SMTP command as it is.
bool is_plain_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
         address.size() <= kAddressBytesMax &&
         std::none_of(address.begin(), address.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= 0x20 || byte == 0x7F ||
                  std::string_view("<>()[]\\,;:\"").find(c) != std::string_view::npos;
         });
}

// RFC 2047 encoded words, cut between characters.
std::string header_text(std::string_view text) {
  if (is_ascii_text(text) && text.find("=?") == std::string_view::npos && text.size() <= 70)
    return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(kWordBytes, text.size());
    while (size < text.size() && size > 1 &&
           (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
      --size;
    }
    out += (out.empty() ? "" : "\r\n ") + std::string("=?UTF-8?B?") +
           to_base64(as_bytes(text.substr(0, size))) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string from_header(std::string_view from) {
  const std::size_t open = from.rfind('<');
  if (open == std::string_view::npos) return std::string(from);
  std::string_view name = from.substr(0, open);
  while (name.ends_with(' ')) name.remove_suffix(1);
  const std::string shown = header_text(name);
  // An encoded name fills its line: the address goes on the next (RFC 5322 §2.2.3).
  return shown + (shown == name ? " " : "\r\n ") + std::string(from.substr(open));
}

// RFC 5322 §3.3: "Sun, 22 Nov 2026 20:23:00 +0000".
std::string mail_date(Time now) {
  using std::chrono::days;
  using std::chrono::floor;
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds{now.us}};
  const auto midnight = floor<days>(at);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time{floor<std::chrono::seconds>(at - midnight)};
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
      kDays[std::chrono::weekday{midnight}.c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string lines_of(const std::string& base64) {
  std::string out;
  for (std::size_t at = 0; at < base64.size(); at += kLineBytes)
    out += base64.substr(at, kLineBytes) + "\r\n";
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

// Headers and body of one part, or of the only one.
std::string part(std::string_view type, std::string_view text) {
  const std::string crlf = with_crlf(text);
  return "Content-Type: " + std::string(type) +
         "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         lines_of(to_base64(as_bytes(crlf)));
}

}  // namespace

std::string mailbox_of(std::string_view from) {
  std::string_view address = from;
  if (from.ends_with('>')) {
    const std::size_t open = from.rfind('<');
    if (open == std::string_view::npos) return {};
    address = from.substr(open + 1, from.size() - open - 2);
  }
  return is_plain_address(address) ? std::string(address) : std::string();
}

std::string message_id_of(const Token& id, std::string_view from) {
  const std::string sender = mailbox_of(from);
  return to_hex(id) + "@" + sender.substr(sender.rfind('@') + 1);
}

Result<std::string> Letter::render(Time now, Random& random) const {
  const std::string sender = mailbox_of(from);
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  if (sender.empty() || !is_plain_address(to) || std::any_of(from.begin(), from.end(), breaks)) {
    return fail(ErrorCode::invalid_argument, "the mail has no plain sender or recipient",
                "see [mail] in cdp.toml");
  }
  std::string out = "From: " + from_header(from) + "\r\nTo: " + to +
                    "\r\nSubject: " + header_text(subject) + "\r\nDate: " + mail_date(now) +
                    "\r\nMessage-ID: <" +
                    message_id_of(id == Token{} ? random.next_token() : id, from) +
                    ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  if (html.empty()) return out + part("text/plain", body);
  // base64 has no underscore: the boundary cannot stand in a part.
  const std::string boundary = "=_" + to_hex(random.next_token());
  return out + "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" +
         boundary + "\r\n" + part("text/plain", body) + "--" + boundary + "\r\n" +
         part("text/html", html) + "--" + boundary + "--\r\n";
}

}  // namespace cdp::connectors::mail
