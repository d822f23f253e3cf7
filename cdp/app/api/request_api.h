// Rights requests over HTTP, for officers: what would be erased, the erasure itself, the book of
// requests (DESIGN §10). The directory's 0600 socket counts as an officer.
//
// Thread-safety: as api.h. An erasure runs on the caller's thread to local_complete: milliseconds,
// and a scan of the files.
#pragma once

#include <functional>
#include <vector>

#include "cdp/app/access.h"
#include "cdp/app/ingest/keyed.h"
#include "cdp/app/server/logger.h"
#include "cdp/app/server/metrics.h"
#include "cdp/core/http/router.h"
#include "compliance/erasure/eraser.h"
#include "compliance/requests/request_book.h"

namespace cdp::app {

struct RequestServices {
  compliance::Eraser& eraser;
  compliance::RequestBook& book;
  Access& access;
  const Keyed& keyed;
  const Logger& logger;
  Metrics& metrics;
  // What waits for a confirmation at these addresses goes, also when nobody is known by them (our
  // double opt-in).
  std::function<Result<void>(const std::vector<Token>&)> forget_opt_ins;
  // DoNotContact::put_on_all
  std::function<Result<void>(const event::Identifier&)> do_not_contact = {};
};

// POST and GET /v1/requests, GET /v1/requests/{id}, POST /v1/requests/{id}/complete.
void add_request_routes(http::Router& router, const RequestServices& services);

}  // namespace cdp::app
