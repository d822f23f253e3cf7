// Finds the reference data that nobody in this project wrote: CDP_REFERENCE_DATA, default
// ../shared/data. Tests that need it say `skipped` where it is absent:
//
//   CDP_REQUIRE_REFERENCE(path, "audit/wycheproof");
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace cdp::testing {

inline std::filesystem::path reference_data() {
  const char* configured = std::getenv("CDP_REFERENCE_DATA");
  return configured != nullptr ? configured : "../shared/data";
}

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace cdp::testing

#define CDP_REQUIRE_REFERENCE(variable, relative)                      \
  const auto variable = ::cdp::testing::reference_data() / (relative); \
  if (!std::filesystem::exists(variable)) GTEST_SKIP() << "skipped: no reference data"
