// Any form and any signature header: no crash, nothing authenticates, no grant without an address.
// fuzz-links: connectors_mailchimp
#include <cstdlib>

#include "connectors/mailchimp/mailchimp_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cdp::connectors::mailchimp::MailchimpSource;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto secret = cdp::as_bytes("a secret that no input of the fuzzer knows");
  const MailchimpSource source({}, cdp::crypto::Secret::copy_of(secret));
  const cdp::connectors::Delivery delivery{
      body,
      {{"x-mailchimp-signature", std::string(body.substr(0, body.find('\n')))}},
      {},
      cdp::Time{1'795'348'800'000'000}};
  if (source.authenticate(delivery)) std::abort();
  const auto verdicts = source.translate(delivery);
  if (!verdicts) return 0;
  if (verdicts->size() != 1) std::abort();
  const auto* seen = std::get_if<cdp::event::Observation>(&verdicts->front());
  if (seen == nullptr) return 0;
  for (const auto& statement : seen->statements) {
    if (statement.choice == cdp::event::Choice::granted && !statement.contact_point) std::abort();
  }
  return 0;
}
