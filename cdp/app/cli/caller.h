// Caller: how a verb reaches the platform of a data directory: through its admin socket when a
// server has it open, else by opening it in this process and calling the same routes (DESIGN §13).
//
// What takes long has no deadline, and can be watched: call_long().
//
// Thread-safety: one thread. Errors of open: those of the directory, the keyring and the
// configuration.
#pragma once

#include <functional>
#include <memory>

#include "cdp/app/cli/verb.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {

class Caller {
 public:
  virtual ~Caller() = default;
  virtual Result<http::Response> call(const http::Request& request) = 0;
  // For as long as it takes; `beside` (may be empty) runs meanwhile on this thread, as in
  // run_beside(). `calls`: another caller of the same platform, for it alone.
  virtual Result<http::Response> call_long(const http::Request& request,
                                           const std::function<void(Caller& calls)>& beside) = 0;
  virtual bool through_server() const = 0;

  static Result<std::unique_ptr<Caller>> open(Invocation& call);
};

// `job` on a thread of its own; `beside` on this one, at once and then every quarter of a second
// until the job has an answer.
Result<http::Response> run_beside(const std::function<Result<http::Response>()>& job,
                                  const std::function<void()>& beside);

// Whether a process answers on DIR/admin.sock.
bool server_answers(const std::filesystem::path& directory);

// An answer that is no 2xx, as the Error that it carries.
Error error_of(const http::Response& response);

}  // namespace cdp::app::cli
