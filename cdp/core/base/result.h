// cdp::Result<T>: a value or an Error, never ignored.
//
//   Result<Key> load(Path path) {
//     CDP_TRY(auto bytes, read_file(path));     // returns the error to our caller
//     CDP_CHECK(verify(bytes));                 // same for Result<void>
//     if (bytes.size() != 32) return fail(ErrorCode::corrupt, "key file is not 32 bytes", "restore
//     it"); return Key(bytes);
//   }
//
// A thin [[nodiscard]] class over tl::expected (docs/adr/0003-error-type.md). Thread-safety: a
// value.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "cdp/core/base/error.h"

namespace cdp {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

// An Error on its way out of a function that returns any Result<T>.
inline tl::unexpected<Error> fail(ErrorCode code, std::string what, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(what), std::move(hint)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace cdp

#define CDP_CONCAT_INNER(a, b) a##b
#define CDP_CONCAT(a, b) CDP_CONCAT_INNER(a, b)

// CDP_TRY(auto x, expression): declares x from the value, or returns the error.
#define CDP_TRY(declaration, ...)                                             \
  auto CDP_CONCAT(cdp_result_, __LINE__) = (__VA_ARGS__);                     \
  if (!CDP_CONCAT(cdp_result_, __LINE__))                                     \
    return ::cdp::fail(std::move(CDP_CONCAT(cdp_result_, __LINE__)).error()); \
  declaration = std::move(CDP_CONCAT(cdp_result_, __LINE__)).value()

// CDP_CHECK(expression): for Result<void>, or where the value is not wanted.
#define CDP_CHECK(...)                                                           \
  do {                                                                           \
    if (auto CDP_CONCAT(cdp_checked_, __LINE__) = (__VA_ARGS__);                 \
        !CDP_CONCAT(cdp_checked_, __LINE__))                                     \
      return ::cdp::fail(std::move(CDP_CONCAT(cdp_checked_, __LINE__)).error()); \
  } while (false)
