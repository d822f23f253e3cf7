// What every page of the preference centre is framed with, as fields for the templates.
//
// Thread-safety: pure. Errors: none.
#pragma once

#include <string>
#include <string_view>

#include "consent/preference_centre/fields.h"
#include "consent/preference_centre/model.h"
#include "consent/preference_centre/texts.h"

namespace cdp::consent::preference_centre {

// Contact addresses in a sentence become one link; the text around it stays plain.
struct Around {
  std::string before, after;
};
Around around(const Texts& t, std::string_view key);

// Head, footer, languages and every text without a placeholder.
Fields in_frame(const Frame& frame, std::string title);

}  // namespace cdp::consent::preference_centre
