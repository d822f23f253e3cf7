// MessageDesk: decides whether a message may go to an address, and mints its passport. Only to a
// contact point that a record of the person holds by a source that vouches for it: whoever holds a
// browser key can claim any address, and must not have us write to it (DESIGN §7). The exception is
// the double opt-in, which is how an address comes to be vouched for (ADR 14).
//
// Not a marketing message: no consent is asked for it, and none is needed to write to somebody who
// has just asked for it. The caller limits how often.
//
// Thread-safety: stateless. Errors: none; nobody to write to is an empty optional, which the caller
// tells nobody (no oracles).
#pragma once

#include <optional>

#include "cdp/core/crypto/blind_index.h"
#include "consent/opt_in.h"
#include "consent/subject_message.h"
#include "identity/profile.h"

namespace cdp::consent {

class MessageDesk {
 public:
  struct Wish {
    SubjectMessage::Kind kind = SubjectMessage::Kind::notice;
    Token address{};  // the blind index of the normalised address
    std::string language;
    std::string link;
    std::string code{};
  };
  // `profile` null = nobody known by that address. A phone_code goes to a number, by SMS;
  // everything else to an e-mail address.
  static std::optional<SubjectMessage> mint(const identity::Profile* profile, Wish wish);
  // The one message to an address that nobody vouches for: whether it is theirs who typed it is
  // what it asks. Only where the verdict is `ask`, and to one plain address.
  static std::optional<SubjectMessage> mint(OptInVerdict verdict, const event::Identifier& address,
                                            std::string language, std::string link);
};

}  // namespace cdp::consent
