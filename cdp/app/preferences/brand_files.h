// BrandFiles: the shop's own style sheet and logo for the preference centre, as cdp.toml names
// them, read once when the configuration is.
//
// Thread-safety: immutable. Errors of load(): not_found for a file that is not there, too_large
// (64 KiB, 256 KiB), each with the key in cdp.toml.
#pragma once

#include <filesystem>
#include <string>

#include "cdp/core/base/result.h"
#include "consent/preference_centre/config.h"

namespace cdp::app {

struct BrandFiles {
  std::string css;
  std::string logo;
  std::string logo_type;  // "image/svg+xml"

  static constexpr std::size_t kCssBytesMax = 64 * 1024;
  static constexpr std::size_t kLogoBytesMax = 256 * 1024;
  static Result<BrandFiles> load(const std::filesystem::path& directory,
                                 const consent::PreferenceCentreConfig& config);
};

// The media type of a logo by its name's end; empty when it is none that we serve.
std::string logo_type_of(std::string_view file);

}  // namespace cdp::app
