// SmtpRelay: hands one mail to the shop's relay (RFC 5321) by libcurl. TLS always: implicit with
// smtps://, STARTTLS demanded with smtp://, except to this machine itself, where a local relay may
// speak in clear. Unlike a vendor's address the relay's comes from the operator alone and is often
// a private one: it is not judged.
//
// Thread-safety: safe; each send has a connection of its own. Errors: none, every end is an Answer;
// the relay's words are never kept, only its code.
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "cdp/core/base/time.h"
#include "connectors/transport/outbound_request.h"
#include "consent/subject_message.h"

namespace cdp::connectors::transport {

// A mail cut from a passport, which it consumes: nothing else can be mailed (invariant 1).
class OutboundLetter {
 public:
  struct Parts {
    std::string relay;  // "smtps://relay.example:465"
    std::string user;   // empty = no login
    std::string password;
    std::string from;  // mailboxes alone
    std::string to;
    std::string text;  // headers and body, CRLF
  };
  OutboundLetter(consent::SubjectMessage /*spent*/, Parts parts) : parts_(std::move(parts)) {}
  OutboundLetter(OutboundLetter&&) noexcept = default;
  OutboundLetter& operator=(OutboundLetter&&) noexcept = default;
  OutboundLetter(const OutboundLetter&) = delete;
  OutboundLetter& operator=(const OutboundLetter&) = delete;

  const Parts& parts() const { return parts_; }

 private:
  Parts parts_;
};

class LetterCarrier {
 public:
  virtual ~LetterCarrier() = default;
  virtual Answer send(OutboundLetter letter) = 0;
};

class SmtpRelay final : public LetterCarrier {
 public:
  explicit SmtpRelay(Duration timeout = Duration::seconds(20)) : timeout_(timeout) {}
  Answer send(OutboundLetter letter) override;
  // Ends the sends under way within about a second, and every later one at once.
  void stop() { stopping_ = true; }

 private:
  Duration timeout_;
  std::atomic<bool> stopping_{false};
};

}  // namespace cdp::connectors::transport
