// Letter: one mail as it goes over the wire (RFC 5322, MIME: RFC 2045 and 2047): plain text, and
// where there is one an HTML form of the same words beside it (RFC 2046 §5.1.4), which is ours
// alone and refers to nothing elsewhere, so that there is nothing to track with.
//
//   Letter letter{"Shop <privacy@shop.example>", address, subject, body};
//   CDP_TRY(const auto text, letter.render(now, random));
//
// Thread-safety: pure. Errors of render(): invalid_argument for a sender or a recipient that is not
// one plain mailbox: nothing that a person typed becomes a second header or a second recipient.
#pragma once

#include <string>
#include <string_view>

#include "cdp/core/base/random.h"
#include "cdp/core/base/time.h"

namespace cdp::connectors::mail {

struct Letter {
  std::string from;  // "privacy@shop.example" or "Shop <privacy@shop.example>"
  std::string to;    // one address
  std::string subject;
  std::string body;    // LF
  std::string html{};  // LF; empty = text alone
  Token id{};          // of the Message-ID; zero = a random one

  // CRLF, with Date and Message-ID; Auto-Submitted (RFC 3834), so that nobody's
  // out-of-office answers it.
  Result<std::string> render(Time now, Random& random) const;
};

// "<hex>@shop.example", as it stands in the Message-ID of a letter from there.
std::string message_id_of(const Token& id, std::string_view from);
// "privacy@shop.example" of either form; empty when it is not one mailbox.
std::string mailbox_of(std::string_view from);

}  // namespace cdp::connectors::mail
