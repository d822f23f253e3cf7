// Writes the head of an answer. Content-Length, Connection and Date are the server's to set; a
// field with a CR, LF or NUL in it is left out (response splitting). `Server` is never sent.
// Answers may hold personal data, so they are `no-store` unless the handler said otherwise
// (ASVS 14.3.2).
//
// Thread-safety: pure.
#pragma once

#include <string>
#include <string_view>

#include "cdp/app/server/header_gate.h"
#include "cdp/core/base/time.h"
#include "cdp/core/http/message.h"

namespace cdp::app {

struct HeadStyle {
  std::string_view date;  // from http_date()
  bool keep_alive = true;
  bool to_head_request = false;  // no body follows; a Content-Length of the handler's is kept
};

// Appends the head, with the empty line that ends it.
void append_head(const http::Response& response, const HeadStyle& style, std::string* out);

// Whether bytes of body may follow this status (RFC 9110 §6.4.1).
bool has_body(int status);

// "Sun, 22 Nov 2026 20:23:00 GMT" (RFC 9110 §5.6.7).
std::string http_date(Time now);

// {"error":{...}} for what the header gate or a time limit refused.
http::Response rejection_response(const Rejection& rejection);

}  // namespace cdp::app
