// ContactPointReader: what consent must read in a persona document to judge it: which address a
// contact attribute holds, which jurisdictions the person's countries and regions evidence, and
// when the person was born. One of the few classes that may open Pii.
//
// Thread-safety: stateless. Errors: none; what cannot be read is an empty answer, and an empty
// answer denies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "consent/age.h"
#include "identity/persona.h"

namespace cdp::consent {

class ContactPointReader {
 public:
  // The blind index of the address in `json` (a JSON string) as an identifier of `type`, found
  // among the document's identifiers, else by normalising. `default_region` is the source's, for
  // phone numbers.
  static std::optional<Token> token(const identity::PersonaDocument& document,
                                    const Pii<std::string>& json, std::string_view type,
                                    std::string_view default_region,
                                    const crypto::BlindIndex& link_index);

  // A deleted attribute: JSON null.
  static bool is_null(const identity::AttributeValue& value);

  // "DE", "US-CA": every country, with every region of it, that the document's source ever gave, so
  // that moving forgets nothing; "?" for a country or region that names none we know how to read.
  static std::vector<std::string> jurisdictions(const identity::PersonaDocument& document);

  // Whether the attribute has a value that should tell an age (a birthday without a year does not),
  // and the birth date that it is or (of `age`) tells; no date when it cannot be read.
  struct Birth {
    bool given = false;
    std::optional<BirthDate> date;
  };
  static Birth birth(const identity::PersonaDocument& document, const std::string& attribute);
};

}  // namespace cdp::consent
