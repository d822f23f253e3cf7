#include "cdp/app/preferences/desk.h"

namespace cdp::app {
namespace {

constexpr Duration kAskWindow = Duration::seconds(600);
constexpr int kAsksPerPeer = 20;
constexpr int kOpensPerPeer = 60;
constexpr int kLinksPerAddress = 5;

}  // namespace

PreferenceDesk::PreferenceDesk(ByteView pepper, Clock& clock, Random& random, ReadAddress read,
                               MailLink mail, std::function<void(const std::string& result)> count)
    : links_(pepper, clock, random),
      sessions_(clock, random),
      codes_(pepper, clock, random),
      code_allowance_(clock),
      asks_(clock, kAsksPerPeer, kAskWindow, kPeersMax),
      opens_(clock, kOpensPerPeer, kAskWindow, kPeersMax),
      addresses_(clock, kLinksPerAddress, Duration::hours(1), kPeersMax),
      read_(std::move(read)),
      mail_(std::move(mail)),
      count_(std::move(count)),
      opt_in_lane_(clock, kQueueMax),
      link_lane_(clock, kQueueMax),
      code_lane_(clock, kQueueMax) {}

void PreferenceDesk::start(const MailLane::Wait& wait) {
  for (MailLane* lane : {&opt_in_lane_, &link_lane_, &code_lane_}) lane->start(wait);
}

void PreferenceDesk::stop() {
  // All are told before one is waited for.
  for (MailLane* lane : {&opt_in_lane_, &link_lane_, &code_lane_}) lane->end();
  for (MailLane* lane : {&opt_in_lane_, &link_lane_, &code_lane_}) lane->stop();
}

bool PreferenceDesk::ask_for_link(event::Identifier typed, std::string language) {
  return link_lane_.post([this, typed = std::move(typed), language = std::move(language)] {
    answer(typed, language);
  });
}

void PreferenceDesk::answer(const event::Identifier& typed, const std::string& language) {
  const auto holder = read_(typed, language);
  if (!holder) return count_("no_address");
  // Five an hour, so that nobody's mailbox can be flooded through us.
  if (!addresses_.take(as_text(holder->mailbox))) return count_("too_often");
  count_(mail_(*holder));
}

void PreferenceDesk::drain() {
  for (MailLane* lane : {&opt_in_lane_, &link_lane_, &code_lane_}) lane->drain();
}

}  // namespace cdp::app
