#include "cdp/app/preference_desk.h"

namespace cdp::app {
namespace {

constexpr Duration kAskWindow = Duration::seconds(600);
constexpr int kAsksPerPeer = 20;
constexpr int kOpensPerPeer = 60;
constexpr int kLinksPerAddress = 5;
constexpr int kCodesPerNumber = 3;

}  // namespace

PreferenceDesk::PreferenceDesk(ByteView pepper, Clock& clock, Random& random, ReadAddress read,
                               MailLink mail, std::function<void(const std::string& result)> count)
    : links_(pepper, clock, random),
      sessions_(clock, random),
      codes_(pepper, clock, random),
      asks_(clock, kAsksPerPeer, kAskWindow, kPeersMax),
      opens_(clock, kOpensPerPeer, kAskWindow, kPeersMax),
      addresses_(clock, kLinksPerAddress, Duration::hours(1), kPeersMax),
      numbers_(clock, kCodesPerNumber, Duration::hours(1), kPeersMax),
      read_(std::move(read)),
      mail_(std::move(mail)),
      count_(std::move(count)) {}

void PreferenceDesk::start() {
  thread_ = std::thread([this] { loop(); });
}

void PreferenceDesk::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool PreferenceDesk::ask_for_link(event::Identifier typed, std::string language) {
  return post([this, typed = std::move(typed), language = std::move(language)] {
    answer(typed, language);
  });
}

bool PreferenceDesk::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kQueueMax) return false;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void PreferenceDesk::answer(const event::Identifier& typed, const std::string& language) {
  const auto holder = read_(typed, language);
  if (!holder) return count_("no_address");
  // Five an hour, so that nobody's mailbox can be flooded through us.
  if (!addresses_.take(as_text(holder->token))) return count_("too_often");
  count_(mail_(*holder));
}

void PreferenceDesk::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return stopping_ || (queue_.empty() && !busy_); });
}

void PreferenceDesk::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const auto job = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    job();
    lock.lock();
    busy_ = false;
    idle_.notify_all();
  }
}

}  // namespace cdp::app
