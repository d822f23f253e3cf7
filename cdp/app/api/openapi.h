// docs/api/openapi.json, embedded at build time: what GET /openapi.json answers.
//
// Thread-safety: a constant.
#pragma once

#include <string_view>

namespace cdp::app {

std::string_view openapi_document();

}  // namespace cdp::app
