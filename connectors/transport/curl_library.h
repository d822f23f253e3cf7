// What both ways out need of libcurl: its start, and what its codes mean to whoever sends.
//
// Thread-safety: safe.
#pragma once

#include <curl/curl.h>

#include <memory>

#include "connectors/transport/outbound_request.h"

namespace cdp::connectors::transport {

struct FreeCurlList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, FreeCurlList>;

// Once a process, whoever comes first. A failure shows as a null handle, and then nothing is sent.
void start_curl_once();

Answer::Kind kind_of(CURLcode code);

}  // namespace cdp::connectors::transport
