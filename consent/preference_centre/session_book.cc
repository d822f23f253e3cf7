#include "consent/preference_centre/session_book.h"

#include <algorithm>
#include <array>

#include "cdp/core/crypto/signature.h"

namespace cdp::consent::preference_centre {
namespace {

constexpr std::size_t kCookieBytesMax = 128;

Bytes digest_of(std::string_view cookie) {
  const auto digest = crypto::sha256(as_bytes(cookie.substr(0, kCookieBytesMax)));
  return {digest.begin(), digest.end()};
}

std::string random_text(Random& random) {
  std::array<std::uint8_t, 32> bits{};
  random.fill(bits);
  return to_base64url(bits);
}

}  // namespace

std::string SessionBook::open(Holder holder) {
  const std::string cookie = random_text(random_);
  Live live;
  live.session.holder = std::move(holder);
  live.session.form_key = random_text(random_);
  const Duration now = clock_.elapsed();
  live.ends = now + kLife;
  sessions_.write([&](Sessions& sessions) {
    if (sessions.size() >= kSessionsMax)
      std::erase_if(sessions, [&](const auto& entry) { return entry.second.ends <= now; });
    if (sessions.size() >= kSessionsMax) {
      sessions.erase(std::ranges::min_element(sessions, {},
                                              [](const auto& entry) { return entry.second.ends; }));
    }
    sessions[digest_of(cookie)] = std::move(live);
  });
  return cookie;
}

std::optional<Session> SessionBook::find(std::string_view cookie) const {
  if (cookie.empty()) return std::nullopt;
  const Duration now = clock_.elapsed();
  return sessions_.read([&](const Sessions& sessions) -> std::optional<Session> {
    const auto found = sessions.find(digest_of(cookie));
    if (found == sessions.end() || found->second.ends <= now) return std::nullopt;
    return found->second.session;
  });
}

void SessionBook::change(std::string_view cookie, const std::function<void(Session&)>& change) {
  sessions_.write([&](Sessions& sessions) {
    const auto found = sessions.find(digest_of(cookie));
    if (found != sessions.end()) change(found->second.session);
  });
}

void SessionBook::close(std::string_view cookie) {
  sessions_.write([&](Sessions& sessions) { sessions.erase(digest_of(cookie)); });
}

}  // namespace cdp::consent::preference_centre
