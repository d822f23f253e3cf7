// Subjects and reviews over HTTP, for officers: why records are one person, splits and retractions,
// and the queue of what is held (DESIGN §7, §10). The directory's 0600 socket counts as an officer.
//
// Thread-safety: as api.h.
#pragma once

#include "cdp/app/access.h"
#include "cdp/app/ingest/pipeline.h"
#include "cdp/core/http/router.h"

namespace cdp::app {

struct SubjectServices {
  Pipeline& pipeline;
  Access& access;
};

// POST /v1/subjects/explain, POST /v1/subjects/{id}/split, GET /v1/retractions,
// POST /v1/retractions/{id}/restore, GET /v1/reviews, POST /v1/reviews/{id}/{accept,reject,lift},
// POST /v1/latches/lift.
void add_subject_routes(http::Router& router, const SubjectServices& services);

}  // namespace cdp::app
