// What `cdp match --config FILE` says (TOML):
//
//   id = "rec_id"                    # the column that names a record
//   region = "GB"                    # phone numbers without a country code
//   dates = "day_first"              # or "month_first": 03/04/1990
//   join_bits = -1                   # numbers may be quoted: "0.5"
//   link_bits = 10
//   review_bits = 3
//   block_records_max = 60
//   seed = 1
//   [fields]                         # column = kind; without it, columns of known names
//   first_name = "given_name"
//   surname = "family_name"
//
// Thread-safety: values. Errors: invalid_argument with the line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/result.h"
#include "identity/match/config.h"
#include "identity/match/schema.h"

namespace cdp::app::cli {

struct MatchSettings {
  identity::match::Config config;  // without fields
  std::vector<identity::match::FieldChoice> fields;
  std::string id;
};

Result<MatchSettings> parse_match_settings(std::string_view toml);

}  // namespace cdp::app::cli
