#include "cdp/app/server/header_gate.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cdp::app {
namespace {

using Refused = tl::unexpected<Rejection>;

Refused refuse(std::string_view reason, std::string_view message, int status = 400) {
  return Refused(Rejection{status, reason, message});
}

constexpr std::array<bool, 256> characters(std::string_view extra) {
  std::array<bool, 256> set{};
  for (std::size_t c = 0; c < 256; ++c) {
    set[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  for (const char c : extra) set[static_cast<unsigned char>(c)] = true;
  return set;
}
constexpr auto kToken = characters("!#$%&'*+-.^_`|~");  // RFC 9110 §5.6.2
constexpr auto kHost = characters(".-_:[]");
// RFC 3986 without '#', which never goes on the wire; and '|', '"', '\\', '^', '`', '{', '}', '<',
// '>' which clients do send unencoded.
constexpr auto kTarget = characters("-._~:/?[]@!$&'()*+,;=%|\"\\^`{}<>");

bool all_of(std::string_view text, const std::array<bool, 256>& set) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// What the fields have said so far about framing.
struct Framing {
  std::string_view host;
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;
  int expectations = 0;
  bool close = false;
  bool keep_alive = false;
};

// The line before the next CRLF; a lone CR or LF never gets here (see read_head).
std::string_view take_line(std::string_view* rest) {
  const std::size_t end = rest->find('\r');
  const std::string_view line = rest->substr(0, end);
  rest->remove_prefix(end + 2);
  return line;
}

// CR and LF only as pairs; no other control character but TAB.
std::optional<Rejection> bad_bytes(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c >= 0x20 && c != 0x7f) continue;
    if (c == '\t') continue;
    if (c == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') {
      ++i;
      continue;
    }
    if (c == '\r' || c == '\n') {
      return Rejection{400, "bare_line_end", "header lines must end in CRLF"};
    }
    return Rejection{400, "control_character", "the header holds a control character"};
  }
  return std::nullopt;
}

// absolute-form (RFC 9112 §3.2.2): the authority must say what Host says.
std::optional<std::string_view> strip_authority(std::string_view* target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target->size() < scheme.size() || !same(target->substr(0, scheme.size()), scheme)) continue;
    target->remove_prefix(scheme.size());
    const std::size_t end = std::min(target->find_first_of("/?"), target->size());
    const std::string_view authority = target->substr(0, end);
    target->remove_prefix(end);
    return authority;
  }
  return std::nullopt;
}

tl::expected<void, Rejection> read_request_line(std::string_view line, Head* head,
                                                std::optional<std::string_view>* authority,
                                                bool* old_version) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse("request_line", "the request line is not METHOD TARGET VERSION");
  }
  head->method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (head->method.empty() || head->method.size() > 16 ||
      !std::all_of(head->method.begin(), head->method.end(),
                   [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return refuse("method", "the method is not upper-case letters");
  }
  *old_version = version == "HTTP/1.0";
  if (!*old_version && version != "HTTP/1.1") {
    return refuse("version", "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  if (target.empty() || !all_of(target, kTarget)) {
    return refuse("target", "the request target holds a character that may not stand there");
  }
  *authority = strip_authority(&target);
  const std::size_t question = std::min(target.find('?'), target.size());
  head->path = target.substr(0, question);
  if (question < target.size()) head->query = target.substr(question + 1);
  if (head->path.empty() && *authority) head->path = "/";
  const bool asterisk = head->path == "*" && head->method == "OPTIONS" && !*authority;
  if (!asterisk && (head->path.empty() || head->path.front() != '/')) {
    return refuse("target", "the request target must start with a slash");
  }
  return {};
}

void read_connection(std::string_view value, Framing* framing) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = trimmed(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (same(option, "close")) framing->close = true;
    if (same(option, "keep-alive")) framing->keep_alive = true;
  }
}

tl::expected<void, Rejection> read_length(std::string_view value, Head* head) {
  std::uint64_t length = 0;
  const bool digits =
      !value.empty() && value.size() <= 18 &&
      std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return refuse("content_length", "Content-Length is not one plain number");
  std::from_chars(value.data(), value.data() + value.size(), length);
  head->content_length = length;
  return {};
}

tl::expected<void, Rejection> note_field(std::string_view name, std::string_view value, Head* head,
                                         Framing* framing) {
  if (same(name, "host")) {
    ++framing->hosts;
    framing->host = value;
    if (value.empty() || !all_of(value, kHost)) return refuse("host", "Host is not a host name");
  } else if (same(name, "content-length")) {
    if (++framing->lengths > 1) return refuse("content_length", "Content-Length stands twice");
    return read_length(value, head);
  } else if (same(name, "transfer-encoding")) {
    if (++framing->encodings > 1 || !same(value, "chunked")) {
      return refuse("transfer_encoding", "Transfer-Encoding may only be chunked, once");
    }
    head->chunked = true;
  } else if (same(name, "connection")) {
    read_connection(value, framing);
  } else if (same(name, "expect")) {
    if (++framing->expectations > 1 || !same(value, "100-continue")) {
      return refuse("expectation", "the only expectation met here is 100-continue", 417);
    }
    head->expects_continue = true;
  }
  return {};
}

tl::expected<void, Rejection> read_field(std::string_view line, Head* head, Framing* framing) {
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse("folded_line", "folded header lines are not read");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !all_of(line.substr(0, colon), kToken)) {
    return refuse("field_name", "a header field has no proper name");
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  head->fields.emplace_back(line.substr(0, colon), value);
  return note_field(line.substr(0, colon), value, head, framing);
}

tl::expected<void, Rejection> judge(const Framing& framing, bool old_version,
                                    const std::optional<std::string_view>& authority, Head* head) {
  if (framing.hosts > 1 || (framing.hosts == 0 && !old_version)) {
    return refuse("host", "exactly one Host is needed");
  }
  if (authority &&
      (framing.hosts == 0 ||
       !std::equal(authority->begin(), authority->end(), framing.host.begin(), framing.host.end(),
                   [](char a, char b) { return lower(a) == lower(b); }))) {
    return refuse("host", "the request target and Host name different hosts");
  }
  if (head->chunked && head->content_length) {
    return refuse("transfer_encoding", "Content-Length and Transfer-Encoding stand together");
  }
  if (head->chunked && old_version) {
    return refuse("transfer_encoding", "HTTP/1.0 has no Transfer-Encoding");
  }
  head->keep_alive = !framing.close && (!old_version || framing.keep_alive);
  if (old_version) head->expects_continue = false;  // RFC 9110 §10.1.1
  return {};
}

}  // namespace

tl::expected<Head, Rejection> read_head(std::string_view bytes, std::size_t fields_max) {
  if (!bytes.ends_with("\r\n\r\n")) {
    return refuse("request_line", "the header does not end in an empty line");
  }
  if (const auto bad = bad_bytes(bytes)) return Refused(*bad);
  Head head;
  Framing framing;
  std::optional<std::string_view> authority;
  bool old_version = false;
  std::string_view rest = bytes;
  if (auto read = read_request_line(take_line(&rest), &head, &authority, &old_version); !read) {
    return Refused(read.error());
  }
  head.fields.reserve(16);
  while (!rest.empty()) {
    const std::string_view line = take_line(&rest);
    if (line.empty()) {
      if (rest.empty()) break;
      return refuse("request_line", "bytes follow the empty line");
    }
    if (head.fields.size() >= fields_max) {
      return refuse("too_many_fields", "the header has too many fields", 431);
    }
    if (auto read = read_field(line, &head, &framing); !read) return Refused(read.error());
  }
  if (auto judged = judge(framing, old_version, authority, &head); !judged) {
    return Refused(judged.error());
  }
  return head;
}

std::size_t head_end(std::string_view bytes, std::size_t from) {
  const std::size_t at = bytes.find("\r\n\r\n", from);
  return at == std::string_view::npos ? at : at + 4;
}

}  // namespace cdp::app
