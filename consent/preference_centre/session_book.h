// SessionBook: who has opened a link and is on the page, for half an hour. The cookie is 32 random
// bytes; here only their digest is kept, with the holder and a form key against forged posts.
//
// In memory: a restart signs everybody out. Bounded: at the bound the session that ends first makes
// room, so that nobody can be kept out by opening many.
//
// Thread-safety: safe. Errors: none; an unknown or ended session is nullopt.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consent/preference_centre/link_book.h"

namespace cdp::consent::preference_centre {

// What the next page says once. Closed.
enum class Flash : std::uint8_t { none, saved, saved_nothing, withdrawn, accepted, phone_proven };

struct Session {
  Holder holder;
  std::string form_key;                 // in every form; compared in constant time
  std::vector<std::string> to_confirm;  // purposes whose yes waits for its second step
  std::vector<std::string> unread;      // purposes whose yes was to another text than today's
  std::vector<std::string> allowed;     // purposes that the last form said yes to
  Flash flash = Flash::none;
  std::optional<Token> proven_phone;  // blind index of the number whose code was typed
  bool signal_noted = false;          // this session's Global Privacy Control is in the ledger
};

class SessionBook {
 public:
  static constexpr Duration kLife = Duration::seconds(30 * 60);
  static constexpr std::size_t kSessionsMax = 20'000;

  SessionBook(Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // The cookie's value.
  std::string open(Holder holder);
  std::optional<Session> find(std::string_view cookie) const;
  // Nothing for a session that is gone.
  void change(std::string_view cookie, const std::function<void(Session&)>& change);
  void close(std::string_view cookie);

 private:
  struct Live {
    Session session;
    Duration ends;
  };
  using Sessions = std::map<Bytes, Live>;

  Clock& clock_;
  Random& random_;
  Guarded<Sessions> sessions_;
};

}  // namespace cdp::consent::preference_centre
