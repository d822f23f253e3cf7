// LinkBook: signed links that open the preference page once, within a quarter of an hour.
//
// A link's text is 16 random bytes and the first 16 of their HMAC-SHA-256 under the directory's
// token pepper, in base64url: no personal data, nothing to guess, and a forgery is refused before
// anything is looked up. Whose link it is stays here, in memory: a restart ends every link, which
// is safe. Looking at a link (a mail scanner's GET) does not use it up; redeeming does.
//
// Thread-safety: safe. Errors: none; a link that is unknown, forged, used or too old is nullopt,
// and nobody is told which.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "cdp/core/base/guarded.h"
#include "cdp/core/base/random.h"
#include "cdp/core/base/time.h"
#include "cdp/core/crypto/secret.h"
#include "cdp/core/event/statement.h"

namespace cdp::consent::preference_centre {

// Whom a link or a session is for: a contact point whose control was proven, or will be by opening
// the link that is mailed to it.
struct Holder {
  event::Identifier address;  // normalised
  Token token{};              // its blind index
  std::string language;
  Token mailbox{};  // blind index of what the address counts as (identity::counted_as)
};

class LinkBook {
 public:
  static constexpr Duration kLife = Duration::seconds(15 * 60);
  static constexpr std::size_t kLinksMax = 50'000;  // outstanding; more are refused until some end

  LinkBook(ByteView pepper, Clock& clock, Random& random)
      : key_(crypto::Secret::copy_of(pepper)), clock_(clock), random_(random) {}

  // The link's text, or nothing when too many are outstanding.
  std::optional<std::string> mint(Holder holder);
  // Whose link it is; leaves it as it was.
  std::optional<Holder> find(std::string_view text) const;
  // Once.
  std::optional<Holder> redeem(std::string_view text);

 private:
  struct Link {
    Holder holder;
    Duration ends;
  };
  using Links = std::map<Token, Link>;
  Token mac(const Token& id) const;
  std::optional<Token> id_in(std::string_view text) const;

  crypto::Secret key_;
  Clock& clock_;
  Random& random_;
  Guarded<Links> links_;
};

}  // namespace cdp::consent::preference_centre
