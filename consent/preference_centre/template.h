// Templates: the pages' Mustache (kainjow-mustache, mustache.github.io), embedded in the binary.
//
// Only {{name}} is used, which escapes & < > " ' (a test reads the templates for the unescaped
// forms), and no value may stand where HTML wants something else than text or a quoted attribute.
//
// Thread-safety: pure. Errors: internal for a template that does not exist or is malformed: a test
// renders them all.
#pragma once

#include <string>
#include <string_view>

#include "cdp/core/base/result.h"
#include "consent/preference_centre/fields.h"

namespace cdp::consent::preference_centre {

// The page `name` in the common frame (templates/frame.mustache).
Result<std::string> render_page(std::string_view name, const Fields& fields);

// The mail `name`, in no frame.
Result<std::string> render_mail(std::string_view name, const Fields& fields);

// A file of templates/, texts/ or assets/ by its path below this folder; empty when there is none.
std::string_view embedded_file(std::string_view path);

}  // namespace cdp::consent::preference_centre
