// The parts that the verbs of `cdp match` share.
//
// Thread-safety: one thread.
#pragma once

#include "cdp/app/cli/match_settings.h"
#include "cdp/app/cli/verbs.h"
#include "identity/match/model.h"

namespace cdp::app::cli {

Verb match_report_verb();

// Of --config; the defaults without. Errors: not_found, invalid_argument.
Result<MatchSettings> match_settings_of(Invocation& call);
// Errors: not_found; those of read_model.
Result<identity::match::Model> read_model_file(const std::string& file);

}  // namespace cdp::app::cli
