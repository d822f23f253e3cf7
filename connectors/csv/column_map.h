// What the columns of a CSV mean, as declared in SourceConfig::columns (column name -> target):
//
//   id                        the source's own id for the person
//   email, phone              identifier and attribute
//   identifier:<type>         any other identifier
//   attribute:<name>          an attribute, kept as text
//   event, occurred_at        the name and time of one event in the row
//   property:<name>           a property of that event
//   consent:<purpose>         a word: yes, no, subscribed, unsubscribed, ... (consent_words.h)
//   consent_date:<purpose>    when it was given, and
//   consent_method:<purpose>  how: only with both is the evidence more than asserted
//   ignore                    known and not taken
//
// Columns that are not declared are not taken. Thread-safety: a value. Errors: invalid_argument,
// naming the column as the configuration does; never a word of the file.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/base/result.h"
#include "consent/policy.h"

namespace cdp::connectors::csv {

struct Target {
  enum class Kind : std::uint8_t {
    ignore,
    id,
    identifier,
    contact,  // email or phone: `name` is the type
    attribute,
    event,
    occurred_at,
    property,
    consent,
    consent_date,
    consent_method,
  };
  Kind kind = Kind::ignore;
  std::string name;
  friend bool operator==(const Target&, const Target&) = default;
};

// "attribute:size" -> {attribute, "size"}. Errors: invalid_argument, naming `column`.
Result<Target> parse_target(const std::string& column, std::string_view text);

// One target for each column of `header`, in its order.
Result<std::vector<Target>> resolve_columns(const consent::SourceConfig& config,
                                            const std::vector<std::string>& header);

}  // namespace cdp::connectors::csv
