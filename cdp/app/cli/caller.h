// Caller: how a verb reaches the platform of a data directory: through its admin socket when a
// server has it open, else by opening it in this process and calling the same routes (DESIGN §13).
//
// Thread-safety: one thread. Errors of open: those of the directory, the keyring and the
// configuration.
#pragma once

#include <memory>

#include "cdp/app/cli/verb.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {

class Caller {
 public:
  virtual ~Caller() = default;
  virtual Result<http::Response> call(const http::Request& request) = 0;
  virtual bool through_server() const = 0;

  static Result<std::unique_ptr<Caller>> open(Invocation& call);
};

// Whether a process answers on DIR/admin.sock.
bool server_answers(const std::filesystem::path& directory);

// An answer that is no 2xx, as the Error that it carries.
Error error_of(const http::Response& response);

}  // namespace cdp::app::cli
