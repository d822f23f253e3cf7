// MailLane: one thread that does, in order and after the page has answered, what may end in a
// message to somebody. Whether it does is nobody's business, and what stands later in the lane must
// not tell: a job that sends nothing occupies the lane for as long as the last one that sent, and
// no job, whether it sends or not, for less than a slot. So the first jobs since a start are alike
// before anything is known of the relay.
//
//   MailLane lane(clock, 1'000);
//   lane.start();
//   lane.post([&] { if (may_write(address)) { lane.sends(); mailer.send(...); } });
//
// What this leaves: the first message since a start by a relay that takes longer than a slot, and a
// relay whose time depends on the recipient, which gives that away itself.
//
// Thread-safety: safe; start() and stop() from one thread, sends() from within a job. Lifetime: the
// clock outlives it. Errors: none; a full lane is an answer of post().
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "cdp/core/base/time.h"

namespace cdp::app {

class MailLane {
 public:
  using Job = std::function<void()>;
  using Wait = std::function<void(Duration)>;

  // What a job takes at least: at most 60 leave a lane in a minute. Longer than most relays and
  // webhooks take, TLS included.
  static constexpr Duration kSlot = Duration::seconds(1);
  // No send lasts longer: the relay's timeout (connectors/transport/smtp_relay.h).
  static constexpr Duration kSendMax = Duration::seconds(20);

  MailLane(Clock& clock, std::size_t jobs_max) : clock_(clock), jobs_max_(jobs_max) {}
  ~MailLane() { stop(); }
  MailLane(const MailLane&) = delete;
  MailLane& operator=(const MailLane&) = delete;

  // `wait`: how the lane waits; empty = on the machine's time, until stop().
  void start(Wait wait = {});
  // Ends the waiting and lets no further job begin; stop() also waits for the job under way. What
  // was not begun stays for another start().
  void end();
  void stop();

  // False when the lane is full.
  bool post(Job job);
  // Says that the job under way hands something over now, whether or not it is taken.
  void sends() { sent_ = true; }
  // Until every job so far is done, and waited for; at once after end().
  void drain();

 private:
  void loop();
  void run(const Job& job);
  void pause(Duration span);

  Clock& clock_;
  std::size_t jobs_max_;
  Wait wait_;
  bool sent_ = false;           // the lane's thread alone
  Duration last_send_ = kSlot;  // the lane's thread alone: of the whole job, a slot at least
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<Job> queue_;  // by mutex
  bool busy_ = false;      // by mutex
  bool stopping_ = false;  // by mutex
  std::thread thread_;
};

}  // namespace cdp::app
