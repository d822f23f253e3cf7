// ContactPointReader: what consent must read in a persona document to judge it: which address a
// contact attribute holds, and which jurisdiction the person's country and region evidence. One of
// the few classes that may open Pii.
//
// Thread-safety: stateless. Errors: none; what cannot be read is an empty answer, and an empty
// answer denies.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/crypto/blind_index.h"
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

  // "DE", "US-CA"; "?" when a country or region is given that names none we know how to read.
  static std::optional<std::string> jurisdiction(const identity::PersonaDocument& document);
};

}  // namespace cdp::consent
