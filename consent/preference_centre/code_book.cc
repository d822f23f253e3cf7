#include "consent/preference_centre/code_book.h"

#include <algorithm>

#include "cdp/core/crypto/signature.h"

namespace cdp::consent::preference_centre {
namespace {

constexpr std::size_t kDigits = 6;
constexpr std::uint64_t kCodes = 1'000'000;

// The digits that were typed; empty when it is no code at all.
std::string digits_of(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    if (c < '0' || c > '9' || digits.size() == kDigits) return {};
    digits += c;
  }
  return digits.size() == kDigits ? digits : std::string();
}

}  // namespace

Token CodeBook::mac(std::string_view what, std::string_view session,
                    std::string_view digits) const {
  std::string text = "cdp phone code 1|";
  text.append(what).append("|").append(digits).append("|").append(session);
  const auto digest = crypto::hmac_sha256(key_.view(), as_bytes(text));
  Token half{};
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

std::optional<std::string> CodeBook::mint(std::string_view session, const Token& number) {
  const std::string drawn = std::to_string(random_.below(kCodes));
  std::string digits = std::string(kDigits - drawn.size(), '0') + drawn;
  const Duration now = clock_.elapsed();
  const Code code{number, mac("code", session, digits), now + kLife};
  const bool added = codes_.write([&](Codes& codes) {
    const Token key = mac("session", session, {});
    if (codes.size() >= kCodesMax && !codes.contains(key))
      std::erase_if(codes, [&](const auto& entry) { return entry.second.ends <= now; });
    if (codes.size() >= kCodesMax && !codes.contains(key)) return false;
    codes.insert_or_assign(key, code);
    return true;
  });
  return added ? std::optional(std::move(digits)) : std::nullopt;
}

bool CodeBook::redeem(std::string_view session, const Token& number, std::string_view typed) {
  const std::string digits = digits_of(typed);
  const Token digest = mac("code", session, digits);
  const Duration now = clock_.elapsed();
  return codes_.write([&](Codes& codes) {
    const auto found = codes.find(mac("session", session, {}));
    if (found == codes.end()) return false;
    Code& code = found->second;
    const bool right = !digits.empty() && equal_constant_time(code.digest, digest) &&
                       code.ends > now && code.number == number;
    if (right || code.ends <= now || code.number != number || --code.tries_left == 0) {
      codes.erase(found);
    }
    return right;
  });
}

}  // namespace cdp::consent::preference_centre
