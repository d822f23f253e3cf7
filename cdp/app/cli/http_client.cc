#include "cdp/app/cli/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace cdp::app::cli {
namespace {

constexpr long kConnectTimeoutMs = 3'000;

struct Exchange {
  const http::Request* request = nullptr;
  http::Response response;
  curl_slist* headers = nullptr;
  CURL* handle = nullptr;

  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    curl_slist_free_all(headers);
    if (handle != nullptr) curl_easy_cleanup(handle);
  }
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* target) {
  static_cast<Exchange*>(target)->response.body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* target) {
  std::string line(data, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  const auto colon = line.find(':');
  if (colon == std::string::npos) return size;
  std::string name = line.substr(0, colon);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto start = line.find_first_not_of(' ', colon + 1);
  static_cast<Exchange*>(target)->response.headers.emplace_back(
      std::move(name), start == std::string::npos ? "" : line.substr(start));
  return size;
}

}  // namespace

struct HttpClient::Impl {
  std::string base_url;
  std::filesystem::path unix_socket;
  Duration answer_time;
  CURLM* multi = nullptr;

  void prepare(Exchange& exchange) const;
  Result<void> run(std::vector<Exchange>& exchanges, std::size_t connections) const;
};

HttpClient::HttpClient(std::string base_url, std::filesystem::path unix_socket,
                       Duration answer_time)
    : impl_(std::make_unique<Impl>()) {
  impl_->answer_time = answer_time;
  impl_->base_url = std::move(base_url);
  impl_->unix_socket = std::move(unix_socket);
  impl_->multi = curl_multi_init();
}

HttpClient::~HttpClient() { curl_multi_cleanup(impl_->multi); }

void HttpClient::Impl::prepare(Exchange& exchange) const {
  const http::Request& request = *exchange.request;
  CURL* handle = exchange.handle = curl_easy_init();
  curl_easy_setopt(handle, CURLOPT_URL, (base_url + request.path).c_str());
  if (!unix_socket.empty()) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, unix_socket.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(answer_time.us / 1'000));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  if (request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  } else if (request.method != "GET") {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  exchange.headers = curl_slist_append(exchange.headers, "Expect:");
  for (const auto& [name, value] : request.headers) {
    exchange.headers = curl_slist_append(exchange.headers, (name + ": " + value).c_str());
  }
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, exchange.headers);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_PRIVATE, &exchange);
}

Result<void> HttpClient::Impl::run(std::vector<Exchange>& exchanges,
                                   std::size_t connections) const {
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(connections));
  std::size_t next = 0;
  std::size_t open = 0;
  bool failed = false;
  while (next < exchanges.size() || open > 0) {
    for (; open < connections && next < exchanges.size(); ++next, ++open) {
      prepare(exchanges[next]);
      curl_multi_add_handle(multi, exchanges[next].handle);
    }
    int running = 0;
    curl_multi_perform(multi, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* handle = message->easy_handle;
      failed = failed || message->data.result != CURLE_OK;
      Exchange* exchange = nullptr;
      curl_easy_getinfo(handle, CURLINFO_PRIVATE, &exchange);
      long status = 0;
      curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
      exchange->response.status = static_cast<int>(status);
      curl_multi_remove_handle(multi, handle);
      --open;
    }
    if (open > 0) curl_multi_poll(multi, nullptr, 0, 1'000, nullptr);
  }
  if (failed) {
    return fail(ErrorCode::unavailable, "the server did not answer",
                "is it still running? see its log");
  }
  return {};
}

Result<http::Response> HttpClient::send(const http::Request& request) {
  CDP_TRY(auto all, send_all({request}, 1));
  return std::move(all.front());
}

Result<std::vector<http::Response>> HttpClient::send_all(const std::vector<http::Request>& requests,
                                                         std::size_t connections) {
  std::vector<Exchange> exchanges(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) exchanges[i].request = &requests[i];
  CDP_CHECK(impl_->run(exchanges, connections));
  std::vector<http::Response> responses;
  responses.reserve(exchanges.size());
  for (auto& exchange : exchanges) responses.push_back(std::move(exchange.response));
  return responses;
}

}  // namespace cdp::app::cli
