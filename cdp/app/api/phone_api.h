// The proof of a telephone number, in a session of the preference page: a code is sent to the
// number on record by the shop's messenger and typed into the page
// (consent/preference_centre/code_book.h). From then on, and as long as it is the number on record,
// the session may allow messages to it.
//
// The number is never typed: only one that a proven record of the person holds is sent a code, so
// that nobody learns whom a number belongs to, or has us write to a stranger.
//
// Thread-safety: as api.h.
#pragma once

#include "cdp/app/api/preference_api.h"
#include "consent/preference_centre/choices.h"

namespace cdp::app {

// GET and POST /preferences/phone, POST /preferences/phone/code.
void add_phone_routes(http::Router& router, const PreferenceServices& services);

// What became of a code that was asked for (cdp_phone_codes_total{result}).
void count_code(const ApiServices& services, std::string_view result);

// The number on record, whether it is proven in this session, and whether it could be.
void add_phone(const PreferenceServices& services,
               const consent::preference_centre::Session& session, const identity::Profile& profile,
               consent::preference_centre::Person* person);

}  // namespace cdp::app
