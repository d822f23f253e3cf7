// Every verb of the command line, one file each (or each group). `all_verbs()` is the table that
// the parser and the documentation test read.
//
// Thread-safety: pure.
#pragma once

#include <vector>

#include "cdp/app/cli/verb.h"

namespace cdp::app::cli {

Verb init_verb();
Verb serve_verb();
std::vector<Verb> source_verbs();
std::vector<Verb> destination_verbs();
Verb secret_verb();
std::vector<Verb> token_verbs();
Verb import_verb();
Verb lookup_verb();
std::vector<Verb> consent_verbs();
Verb consent_decode_verb();
std::vector<Verb> request_verbs();
Verb erase_verb();
std::vector<Verb> merge_verbs();
std::vector<Verb> match_verbs();
std::vector<Verb> audit_verbs();
Verb doctor_verb();
Verb stats_verb();
Verb demo_verb();

std::vector<Verb> all_verbs();

}  // namespace cdp::app::cli
