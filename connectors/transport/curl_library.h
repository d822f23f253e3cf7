// What both ways out need of libcurl: its start, its lists, and what its codes mean to whoever
// sends.
//
// Thread-safety: safe.
#pragma once

#include <memory>

#include "connectors/transport/outbound_request.h"

struct curl_slist;  // <curl/curl.h> is for .cc files

namespace cdp::connectors::transport {

struct FreeCurlList {
  void operator()(curl_slist* list) const;
};
using CurlList = std::unique_ptr<curl_slist, FreeCurlList>;

// Once a process, whoever comes first. A failure shows as a null handle, and then nothing is sent.
void start_curl_once();

// Of a CURLcode.
Answer::Kind kind_of(int code);

}  // namespace cdp::connectors::transport
