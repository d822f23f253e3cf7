#include "connectors/transport/curl_transport.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "connectors/transport/address.h"
#include "connectors/transport/curl_library.h"

namespace cdp::connectors::transport {
namespace {

constexpr std::size_t kIdleHandlesMax = 32;
constexpr std::int64_t kRetryAfterMaxSeconds = 7 * 86'400;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

enum class Place : std::uint8_t { nowhere, internet, this_machine };

// Where the URL's form allows the request to go; the address itself is judged on connecting.
Place place_of(const std::string& text, bool allow_loopback) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return Place::nowhere;
  if (!part_of(url.get(), CURLUPART_USER).empty() ||
      !part_of(url.get(), CURLUPART_PASSWORD).empty()) {
    return Place::nowhere;
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  const std::string port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (scheme == "https" && (port == "443" || port == "8443")) return Place::internet;
  return allow_loopback && (scheme == "https" || scheme == "http") ? Place::this_machine
                                                                   : Place::nowhere;
}

bool is_clean(std::string_view header) {
  return std::none_of(header.begin(), header.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

Duration parse_retry_after(std::string_view value, Time now) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() <= ' ')) value.remove_suffix(1);
  if (value.empty() || value.size() > 64) return {};
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (end == value.data() + value.size()) {
    if (error == std::errc::result_out_of_range) return Duration::seconds(kRetryAfterMaxSeconds);
    return Duration::seconds(std::clamp<std::int64_t>(seconds, 0, kRetryAfterMaxSeconds));
  }
  const auto at = curl_getdate(std::string(value).c_str(), nullptr);
  if (at < 0) return {};
  const auto wait = static_cast<std::int64_t>(at) - now.us / 1'000'000;
  return Duration::seconds(std::clamp<std::int64_t>(wait, 0, kRetryAfterMaxSeconds));
}

struct CurlTransport::Handle {
  CURL* curl = curl_easy_init();
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }
};

// One request and its answer, as curl's callbacks see it.
struct CurlTransport::Exchange {
  const CurlOptions& options;
  const std::atomic<bool>& stopping;
  Place place = Place::nowhere;
  CurlList headers;
  bool blocked = false;
  bool cut_short = false;
  std::size_t head_bytes = 0;
  std::size_t body_bytes = 0;
  std::string retry_after;

  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(self);
    const Reach reach = reach_of(address->addr);
    const bool allowed =
        exchange.place == Place::internet
            ? reach == Reach::open || (reach == Reach::loopback && exchange.options.allow_loopback)
            : reach == Reach::loopback;
    if (!allowed) {
      exchange.blocked = true;
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  static std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::string_view line(bytes, size * count);
    exchange.head_bytes += line.size();
    if (exchange.head_bytes > exchange.options.answer_bytes_max) return 0;
    constexpr std::string_view kName = "retry-after:";
    if (line.starts_with("HTTP/")) exchange.retry_after.clear();
    const bool match = line.size() > kName.size() &&
                       std::equal(kName.begin(), kName.end(), line.begin(), [](char a, char b) {
                         return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
                       });
    if (match) exchange.retry_after = line.substr(kName.size());
    return line.size();
  }
  static std::size_t drop_body(char*, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    exchange.body_bytes += size * count;
    exchange.cut_short = exchange.body_bytes > exchange.options.answer_bytes_max;
    return exchange.cut_short ? 0 : size * count;
  }
  static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Exchange*>(self)->stopping ? 1 : 0;
  }
};

CurlTransport::CurlTransport(Clock& clock, CurlOptions options)
    : clock_(clock), options_(std::move(options)) {
  start_curl_once();
}

CurlTransport::~CurlTransport() = default;

std::unique_ptr<CurlTransport::Handle> CurlTransport::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Handle>();
  auto handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void CurlTransport::give_back(std::unique_ptr<Handle> handle) {
  curl_easy_reset(handle->curl);  // keeps connections, forgets the request
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleHandlesMax) idle_.push_back(std::move(handle));
}

void CurlTransport::set_up(Handle& handle, Exchange& exchange,
                           const OutboundRequest::Parts& parts) const {
  CURL* const c = handle.curl;
  const bool local = exchange.place == Place::this_machine;
  curl_easy_setopt(c, CURLOPT_URL, parts.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, local ? "http,https" : "https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_PROXY, "");  // also overrules the environment's
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.ca_file.empty()) curl_easy_setopt(c, CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.us / 1'000));
  curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, exchange.headers.get());
  curl_easy_setopt(c, CURLOPT_POST, 1L);
  curl_easy_setopt(c, CURLOPT_POSTFIELDS, parts.body.data());
  curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(parts.body.size()));
  curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, &Exchange::open_socket);
  curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &exchange);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, &Exchange::take_header);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, &Exchange::drop_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, &Exchange::go_on);
  curl_easy_setopt(c, CURLOPT_XFERINFODATA, &exchange);
}

Answer CurlTransport::send(OutboundRequest request) {
  const auto& parts = request.parts();
  Exchange exchange{options_, stopping_, place_of(parts.url, options_.allow_loopback),
                    {},       false,     false,
                    0,        0,         {}};
  if (exchange.place == Place::nowhere) return {Answer::Kind::blocked_address, 0, {}};
  if (stopping_) return {};
  // "Expect:" would cost a round trip for every body above a kilobyte.
  exchange.headers.reset(curl_slist_append(nullptr, "Expect:"));
  for (const auto& [name, value] : parts.headers) {
    if (!is_clean(name) || !is_clean(value)) return {};
    curl_slist* longer = curl_slist_append(exchange.headers.get(), (name + ": " + value).c_str());
    if (longer == nullptr) return {};
    (void)exchange.headers.release();
    exchange.headers.reset(longer);
  }
  auto handle = take();
  if (handle->curl == nullptr) return {};
  set_up(*handle, exchange, parts);
  const CURLcode code = curl_easy_perform(handle->curl);
  long status = 0;
  curl_easy_getinfo(handle->curl, CURLINFO_RESPONSE_CODE, &status);
  give_back(std::move(handle));
  Answer answer;
  if (code == CURLE_OK || exchange.cut_short) {
    answer.kind = Answer::Kind::answered;
    answer.status = static_cast<int>(status);
    answer.retry_after = parse_retry_after(exchange.retry_after, clock_.now());
  } else {
    answer.kind = kind_of(code);
    if (exchange.blocked && answer.kind == Answer::Kind::refused_connection)
      answer.kind = Answer::Kind::blocked_address;
  }
  return answer;
}

}  // namespace cdp::connectors::transport
