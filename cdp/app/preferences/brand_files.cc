#include "cdp/app/preferences/brand_files.h"

#include <fstream>
#include <iterator>

namespace cdp::app {
namespace {

Result<std::string> read_bounded(const std::filesystem::path& file, std::size_t bytes_max,
                                 const std::string& key) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) {
    return fail(ErrorCode::not_found, "cdp.toml: the file that " + key + " names is not there",
                "put it beside cdp.toml, or remove the key");
  }
  if (size > bytes_max) {
    return fail(ErrorCode::too_large,
                "cdp.toml: the file that " + key + " names is larger than " +
                    std::to_string(bytes_max / 1024) + " KiB",
                "make it smaller: it is part of a page");
  }
  std::ifstream in(file, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in && !in.eof()) {
    return fail(ErrorCode::unavailable, "cdp.toml: the file that " + key + " names is unreadable",
                "see its permissions");
  }
  return bytes;
}

}  // namespace

std::string logo_type_of(std::string_view file) {
  if (file.ends_with(".svg")) return "image/svg+xml";
  if (file.ends_with(".png")) return "image/png";
  if (file.ends_with(".webp")) return "image/webp";
  return {};
}

Result<BrandFiles> BrandFiles::load(const std::filesystem::path& directory,
                                    const consent::PreferenceCentreConfig& config) {
  BrandFiles brand;
  if (!config.css.empty()) {
    CDP_TRY(brand.css, read_bounded(directory / config.css, kCssBytesMax, "preference_centre.css"));
  }
  if (!config.logo.empty()) {
    CDP_TRY(brand.logo,
            read_bounded(directory / config.logo, kLogoBytesMax, "preference_centre.logo"));
    brand.logo_type = logo_type_of(config.logo);
  }
  return brand;
}

}  // namespace cdp::app
