// The parts that the verbs of `cdp match` share.
//
// Thread-safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "cdp/app/cli/match_settings.h"
#include "cdp/app/cli/verbs.h"
#include "identity/match/model.h"

namespace cdp::app::cli {

Verb match_report_verb();

// Of --config; the defaults without. Errors: not_found, invalid_argument.
Result<MatchSettings> match_settings_of(Invocation& call);
// Of `outputs` (files) and the options `inputs` (names): what is written is nothing that is read,
// nor the same twice. Errors: invalid_argument, the caller's fault.
Result<void> check_outputs_of(Invocation& call, const std::vector<std::string>& outputs,
                              const std::vector<std::string>& inputs);
// Errors: not_found; those of read_model.
Result<identity::match::Model> read_model_file(const std::string& file);

}  // namespace cdp::app::cli
