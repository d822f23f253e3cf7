// The operator's routes, /admin/...: what the CLI's verbs call, through the directory's 0600 socket
// when a server runs, in process otherwise. They answer 404 to everybody else: a network client
// cannot learn that they exist (DESIGN §10, §13).
//
// Thread-safety: as api.h; changes to configuration and keyring are serialised inside.
#pragma once

#include "cdp/core/http/router.h"

namespace cdp::app {

class Platform;

// Sources, destinations, secrets, tokens, statistics.
void add_admin_routes(http::Router& router, Platform& platform);
// One person: the officer's lookup with real reasons, merge explain and undo.
void add_person_routes(http::Router& router, Platform& platform);
// Matching by likeness: train, run, and why two were found.
void add_match_routes(http::Router& router, Platform& platform);
// What the rules mean for everybody, counted: now, and under another configuration.
void add_survey_routes(http::Router& router, Platform& platform);
// CSV import, in bounded steps that resume.
void add_import_routes(http::Router& router, Platform& platform);
// Audit export.
void add_evidence_routes(http::Router& router, Platform& platform);

// `handler` for requests through the admin socket only.
http::Handler admin_only(http::Handler handler);

}  // namespace cdp::app
