// ProfileReader: the one class of this room that opens persona documents: to write them into their
// sealed form, and to compare people by likeness, in memory only (identity/match).
//
// Thread-safety: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/persona.h"

namespace cdp::identity {

class ProfileReader {
 public:
  static const std::string& open(const Pii<std::string>& value) { return value.open(PiiAccess{}); }

  // The attribute as it came; where there is none, the newest identifier of that name ("email",
  // "phone"). Empty when neither is there, or the attribute is no text or number.
  static std::string text(const PersonaDocument& document, std::string_view name);
};

}  // namespace cdp::identity
