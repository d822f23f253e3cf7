#include "connectors/transport/curl_library.h"

#include <curl/curl.h>

#include <mutex>

namespace cdp::connectors::transport {

void FreeCurlList::operator()(curl_slist* list) const { curl_slist_free_all(list); }

void start_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { (void)curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Answer::Kind kind_of(int code) {
  switch (code) {
    case CURLE_OK:
      return Answer::Kind::answered;
    case CURLE_OPERATION_TIMEDOUT:
      return Answer::Kind::timeout;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return Answer::Kind::refused_connection;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
      return Answer::Kind::tls;
    default:
      return Answer::Kind::broken;
  }
}

}  // namespace cdp::connectors::transport
