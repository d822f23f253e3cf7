#include "connectors/mailchimp/mailchimp_source.h"

#include <charconv>
#include <utility>

#include "cdp/core/crypto/signature.h"
#include "cdp/core/http/message.h"
#include "connectors/mailchimp/member_events.h"

namespace cdp::connectors::mailchimp {
namespace {

constexpr Duration kSignatureTolerance = Duration::seconds(300);
constexpr std::size_t kFieldsMax = 2'000;

struct SignatureHeader {
  std::string_view time;                // as written: it is part of what is signed
  std::vector<std::string_view> codes;  // several while a secret is being changed
};

SignatureHeader split(std::string_view header) {
  SignatureHeader out;
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    std::string_view part = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.starts_with("t=")) out.time = part.substr(2);
    if (part.starts_with("v1=")) out.codes.push_back(part.substr(3));
  }
  return out;
}

bool is_recent(std::string_view text, Time received_at) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (seconds <= 0 || seconds > 253'402'300'800) return false;  // the year 10000
  const Duration age = received_at - Time{seconds * 1'000'000};
  return age <= kSignatureTolerance && age >= Duration{-kSignatureTolerance.us};
}

}  // namespace

MailchimpSource::MailchimpSource(consent::SourceConfig config, crypto::Secret secret)
    : config_(std::move(config)), secret_(std::move(secret)) {}

bool MailchimpSource::signature_valid(const Delivery& delivery) const {
  const auto header = split(delivery.header("x-mailchimp-signature"));
  if (!is_recent(header.time, delivery.received_at)) return false;
  std::string content(header.time);
  content.append(".").append(delivery.body);
  const auto code = crypto::hmac_sha256(secret_.view(), as_bytes(content));
  for (const std::string_view given : header.codes) {
    const auto bytes = from_hex(given);
    if (bytes && equal_constant_time(*bytes, code)) return true;
  }
  return false;
}

Result<void> MailchimpSource::authenticate(const Delivery& delivery) const {
  bool valid = false;
  if (secret_.empty()) {
    valid = false;
  } else if (config_.auth == "secret_url") {
    valid = equal_constant_time(as_bytes(delivery.query_value("secret")), secret_.view());
  } else if (config_.auth.empty() || config_.auth == "signed") {
    valid = signature_valid(delivery);
  }
  if (valid) return {};
  return fail(ErrorCode::unauthenticated, "the webhook could not be authenticated",
              "check the webhook's secret and the clock");
}

Result<std::vector<Translated>> MailchimpSource::translate(const Delivery& delivery) const {
  const auto fields = http::parse_form(delivery.body);
  if (fields.size() > kFieldsMax) {
    return fail(ErrorCode::too_large, "the webhook has more than 2000 fields");
  }
  const Form form(fields);
  if (form.get("type").empty()) {
    return fail(ErrorCode::invalid_argument, "the body is not a Mailchimp webhook form",
                "send Mailchimp's form unchanged");
  }
  std::vector<Translated> verdicts;
  verdicts.push_back(translate_form(form, config_, delivery.received_at));
  return verdicts;
}

}  // namespace cdp::connectors::mailchimp
