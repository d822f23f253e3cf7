// PreferenceDesk: what the preference centre's routes share: links, sessions, rate limits, and the
// lanes on which is done what a form asked for, after its page has answered.
//
// No user enumeration: the page answers before anybody is looked up. Looking up, minting and
// mailing happen on threads of their own, from bounded queues, so that neither the answer nor its
// time depends on whether the address is known, erased or refused; nor does the time at which the
// next in the queue gets a mail (mail_lane.h). Newsletters, links and codes have a lane each: a
// flood of one of them keeps nobody from the others.
//
// Thread-safety: safe; start() and stop() from one thread. Lifetime: everything given outlives it.
// Errors: none to the person; what could not be mailed is counted
// (cdp_preference_links_total{result}).
#pragma once

#include <string>

#include "cdp/app/preferences/brand_files.h"
#include "cdp/app/preferences/code_allowance.h"
#include "cdp/app/preferences/mail_lane.h"
#include "consent/preference_centre/code_book.h"
#include "consent/preference_centre/link_book.h"
#include "consent/preference_centre/rate_limit.h"
#include "consent/preference_centre/session_book.h"

namespace cdp::app {

class PreferenceDesk {
 public:
  using Holder = consent::preference_centre::Holder;
  // The holder of a typed address; empty when it is none.
  using ReadAddress =
      std::function<std::optional<Holder>(const event::Identifier& typed, std::string language)>;
  // Mails one link to whom it may be mailed to; answers a label for the counter: "sent", "nobody",
  // "failed".
  using MailLink = std::function<std::string(const Holder& holder)>;

  static constexpr std::size_t kQueueMax = 1'000;  // jobs in a lane
  static constexpr std::size_t kPeersMax = 50'000;

  PreferenceDesk(ByteView pepper, Clock& clock, Random& random, ReadAddress read, MailLink mail,
                 std::function<void(const std::string& result)> count);
  ~PreferenceDesk() { stop(); }

  // `wait`: how the lanes wait (mail_lane.h).
  void start(const MailLane::Wait& wait = {});
  void stop();

  // False when the links' lane is full. Without start() it waits there.
  bool ask_for_link(event::Identifier typed, std::string language);
  MailLane& opt_in_lane() { return opt_in_lane_; }
  MailLane& link_lane() { return link_lane_; }
  MailLane& code_lane() { return code_lane_; }
  // Until everything in the lanes so far is done.
  void drain();

  consent::preference_centre::LinkBook& links() { return links_; }
  consent::preference_centre::SessionBook& sessions() { return sessions_; }
  consent::preference_centre::CodeBook& codes() { return codes_; }
  CodeAllowance& code_allowance() { return code_allowance_; }
  // May this peer ask for a link, or try one, now? 20 in 10 minutes; 60 attempts to open.
  bool may_ask(std::string_view peer) { return asks_.take(peer); }
  bool may_open(std::string_view peer) { return opens_.take(peer); }

 private:
  void answer(const event::Identifier& typed, const std::string& language);

  consent::preference_centre::LinkBook links_;
  consent::preference_centre::SessionBook sessions_;
  consent::preference_centre::CodeBook codes_;
  CodeAllowance code_allowance_;
  consent::preference_centre::RateLimit asks_, opens_, addresses_;
  ReadAddress read_;
  MailLink mail_;
  std::function<void(const std::string&)> count_;
  MailLane opt_in_lane_, link_lane_, code_lane_;  // last: their jobs work with all the others
};

}  // namespace cdp::app
