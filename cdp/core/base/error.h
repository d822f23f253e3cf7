// The one error type of cdp.
//
// An Error means "this could not be done"; a refusal (the gate saying no, a duplicate, a tombstoned
// person) is a value of its own and never an Error. Each code is documented by what the caller
// should do about it.
//
// Privacy: `what` and `hint` reach logs and clients, so they never hold personal data, a secret, or
// a library's text about user input. Thread-safety: a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdp {

enum class ErrorCode : std::uint8_t {
  invalid_argument,   // mend the input and call again                     (HTTP 400)
  unauthenticated,    // present a valid key, token or signature            (401)
  permission_denied,  // this key may not do that                           (403)
  not_found,          // nothing of that name                               (404)
  conflict,           // the thing changed or exists; read it again         (409)
  too_large,          // over a named limit; send less                      (413)
  unprocessable,      // well-formed, but refused by policy or state        (422)
  overloaded,         // wait `Retry-After`, then send the same again       (429)
  unavailable,        // durable storage did not answer; send again         (503)
  corrupt,            // stored bytes are not what was written; stop        (500)
  internal,           // a bug or a broken environment                      (500)
};

// The stable lower-case name, as it stands in JSON errors.
std::string_view to_string(ErrorCode code);

// The HTTP status that carries `code`.
int http_status(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string what;  // one sentence, no full stop, no personal data
  std::string hint;  // what to do next; may be empty

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace cdp
