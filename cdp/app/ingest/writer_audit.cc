#include "cdp/app/ingest/writer_audit.h"

#include <algorithm>
#include <array>

#include "consent/commitment.h"

namespace cdp::app {
namespace {

// The trail holds no client's free text: it might name a person, or be as long as it likes.
std::string audited_channel(const std::string& channel) {
  constexpr std::array<std::string_view, 8> kKnown = {"",     "email",    "sms", "phone",
                                                      "push", "whatsapp", "web", "post"};
  return std::find(kKnown.begin(), kKnown.end(), channel) != kKnown.end() ? channel : "other";
}

}  // namespace

audit::Entry statement_entry(const event::Statement& statement, const crypto::Digest& nonce,
                             Time now) {
  audit::Entry entry;
  entry.kind = "statement";
  entry.at = now;
  entry.fields["choice"] = std::string(event::to_string(statement.choice));
  entry.fields["purpose"] = statement.purpose;
  entry.fields["channel"] = audited_channel(statement.channel);
  entry.fields["grade"] = std::string(event::to_string(statement.grade));
  entry.fields["source"] = statement.source;
  entry.fields["commitment"] =
      to_hex(consent::commitment(consent::statement_record(statement), nonce));
  return entry;
}

audit::Entry observations_entry(const std::vector<store::Record>& records, Time now,
                                Random& random) {
  const Token salt = random.next_token();
  Bytes sealed(salt.begin(), salt.end());
  std::int64_t count = 0;
  for (const auto& record : records) {
    if (record.kind != store::RecordKind::observation) continue;
    ++count;
    sealed.insert(sealed.end(), record.body.begin(), record.body.end());
  }
  audit::Entry entry;
  entry.kind = "observations";
  entry.at = now;
  entry.fields["count"] = count;
  entry.fields["salt"] = to_hex(salt);
  entry.fields["digest"] = to_hex(crypto::sha256(sealed));
  return entry;
}

}  // namespace cdp::app
