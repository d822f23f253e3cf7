// The do-not-contact list over HTTP, for officers: addresses put on it, and whether one is on it.
// The address is always in the body. The directory's 0600 socket counts as an officer. There is no
// way to take an entry off: only the person's own verified yes does (DESIGN §8).
//
// Thread-safety: as api.h.
#pragma once

#include "cdp/app/access.h"
#include "cdp/app/officer/do_not_contact.h"
#include "cdp/app/server/metrics.h"
#include "cdp/core/http/router.h"

namespace cdp::app {

struct DoNotContactServices {
  DoNotContact list;
  Access& access;
  Metrics& metrics;
};

// POST /v1/do-not-contact, POST /v1/do-not-contact/lookup.
void add_do_not_contact_routes(http::Router& router, const DoNotContactServices& services);

}  // namespace cdp::app
