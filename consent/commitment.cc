#include "consent/commitment.h"

#include <map>

#include "cdp/core/event/json.h"

namespace cdp::consent {

std::string statement_record(const event::Statement& s) {
  const auto when = [](Time time) { return time.known() ? to_rfc3339(time) : std::string(); };
  // ASCII keys: their byte order is the order of RFC 8785.
  const std::map<std::string, std::string> fields = {
      {"actor", std::string(event::to_string(s.actor))},
      {"basis", std::string(event::to_string(s.basis))},
      {"channel", s.channel},
      {"choice", std::string(event::to_string(s.choice))},
      {"grade", std::string(event::to_string(s.grade))},
      {"jurisdiction", s.jurisdiction},
      {"method", s.method},
      {"notice_hash", s.notice_hash ? to_hex(*s.notice_hash) : std::string()},
      {"notice_language", s.notice_language},
      {"notice_version", s.notice_version},
      {"occurred_at", when(s.occurred_at)},
      {"place", s.place},
      {"purpose", s.purpose},
      {"received_at", when(s.received_at)},
      {"source", s.source},
      {"vendor", s.vendor}};
  std::string out = "{";
  for (const auto& [key, value] : fields) {
    if (value.empty()) continue;
    out += (out.size() == 1 ? "" : ",") + json::quote(key) + ":" + json::quote(value);
  }
  return out + "}";
}

crypto::Digest statement_nonce(ByteView audit_secret, Position position, std::uint32_t index) {
  const std::string place =
      "consent receipt|" + std::to_string(position.value()) + "|" + std::to_string(index);
  return crypto::hmac_sha256(audit_secret, as_bytes(place));
}

crypto::Digest commitment(std::string_view record, ByteView nonce) {
  return crypto::hmac_sha256(nonce, as_bytes(record));
}

}  // namespace cdp::consent
