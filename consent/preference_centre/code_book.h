// CodeBook: six digits, sent to a telephone and typed into the page, that prove control of the
// number: for one session and one number, once, within ten minutes, in five tries.
//
// A guess is right once in 200,000 codes (5 of 10^6), and the caller limits how many codes a number
// gets. The code stays here as a keyed digest and is compared in constant time. In memory: a
// restart ends every code, which is safe.
//
// Thread-safety: safe. Errors: none; why a code is not taken is told to nobody.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/base/guarded.h"
#include "cdp/core/base/ids.h"
#include "cdp/core/base/random.h"
#include "cdp/core/base/time.h"
#include "cdp/core/crypto/secret.h"

namespace cdp::consent::preference_centre {

class CodeBook {
 public:
  static constexpr Duration kLife = Duration::seconds(10 * 60);
  static constexpr int kTriesMax = 5;
  static constexpr std::size_t kCodesMax = 20'000;  // outstanding; more are refused until some end

  CodeBook(ByteView pepper, Clock& clock, Random& random)
      : key_(crypto::Secret::copy_of(pepper)), clock_(clock), random_(random) {}

  // The code for `number` (its blind index), in the place of the session's last one. Nothing when
  // too many are outstanding. `session`: its form key.
  std::optional<std::string> mint(std::string_view session, const Token& number);
  // `typed` as the person typed it: blanks and hyphens do not count. True once; a fifth wrong try
  // ends the code, and so does another number.
  bool redeem(std::string_view session, const Token& number, std::string_view typed);

 private:
  struct Code {
    Token number;
    Token digest;
    Duration ends;
    int tries_left = kTriesMax;
  };
  using Codes = std::map<Token, Code>;
  Token mac(std::string_view what, std::string_view session, std::string_view digits) const;

  crypto::Secret key_;
  Clock& clock_;
  Random& random_;
  Guarded<Codes> codes_;
};

}  // namespace cdp::consent::preference_centre
