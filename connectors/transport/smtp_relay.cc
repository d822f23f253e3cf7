#include "connectors/transport/smtp_relay.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "connectors/transport/curl_library.h"

namespace cdp::connectors::transport {
namespace {

struct FreeEasy {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

// What curl reads, and where it is.
struct Upload {
  std::string_view left;
  static std::size_t read(char* out, std::size_t size, std::size_t count, void* self) {
    auto& upload = *static_cast<Upload*>(self);
    const std::size_t bytes = std::min(size * count, upload.left.size());
    std::copy_n(upload.left.data(), bytes, out);
    upload.left.remove_prefix(bytes);
    return bytes;
  }
};

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(self)->load() ? 1 : 0;
}

bool is_this_machine(const std::string& relay) {
  const std::size_t host = relay.find("://") + 3;
  const std::string_view rest = std::string_view(relay).substr(std::min(host, relay.size()));
  return rest.starts_with("127.0.0.1") || rest.starts_with("[::1]") ||
         rest.starts_with("localhost:") || rest == "localhost";
}

void set_up(CURL* c, const OutboundLetter::Parts& parts, const curl_slist* to, Upload* upload,
            std::atomic<bool>* stopping, Duration timeout) {
  curl_easy_setopt(c, CURLOPT_URL, parts.relay.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(c, CURLOPT_PROXY, "");  // also overrules the environment's
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  const bool local = is_this_machine(parts.relay);
  curl_easy_setopt(c, CURLOPT_USE_SSL, static_cast<long>(local ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!parts.user.empty()) {
    curl_easy_setopt(c, CURLOPT_USERNAME, parts.user.c_str());
    curl_easy_setopt(c, CURLOPT_PASSWORD, parts.password.c_str());
  }
  curl_easy_setopt(c, CURLOPT_MAIL_FROM, ("<" + parts.from + ">").c_str());
  curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
  curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(c, CURLOPT_READFUNCTION, &Upload::read);
  curl_easy_setopt(c, CURLOPT_READDATA, upload);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, &drop);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, &drop);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.us / 1'000));
  curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, &go_on);
  curl_easy_setopt(c, CURLOPT_XFERINFODATA, stopping);
}

}  // namespace

Answer SmtpRelay::send(OutboundLetter letter) {
  start_curl_once();
  const auto& parts = letter.parts();
  if (stopping_) return {};
  const std::unique_ptr<CURL, FreeEasy> curl(curl_easy_init());
  const CurlList to(curl_slist_append(nullptr, ("<" + parts.to + ">").c_str()));
  if (!curl || !to) return {};
  Upload upload{parts.text};
  set_up(curl.get(), parts, to.get(), &upload, &stopping_, timeout_);
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  Answer answer;
  answer.kind = kind_of(code);
  answer.status = static_cast<int>(status);
  // What the relay refused (4xx, 5xx) was answered, too.
  if (code != CURLE_OK && status >= 400) answer.kind = Answer::Kind::answered;
  return answer;
}

}  // namespace cdp::connectors::transport
