#include "consent/signals/any_signal.h"

#include "consent/signals/gpp.h"

namespace cdp::consent::signals {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kBlanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

}  // namespace

Result<RenderedSignal> render_any_signal(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with("DB")) {
    CDP_TRY(const auto gpp, decode_gpp(text));
    return RenderedSignal{"gpp", to_json(gpp)};
  }
  if (text.starts_with("C")) {
    CDP_TRY(const auto tc, decode_tc_string(text));
    return RenderedSignal{"tcf", to_json(tc)};
  }
  if (text.starts_with("1") && text.size() == 4) {
    CDP_TRY(const auto usp, decode_us_privacy_string(text));
    return RenderedSignal{"us_privacy", to_json(usp)};
  }
  return fail(ErrorCode::invalid_argument, "this is no consent string that is known here",
              "a TC string starts with C, a GPP string with DB, a US Privacy string is like 1YNN");
}

}  // namespace cdp::consent::signals
