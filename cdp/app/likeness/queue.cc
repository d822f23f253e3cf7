#include "cdp/app/likeness/queue.h"

namespace cdp::app {

void LikenessQueue::note(const Folded& folded) {
  if (!listening_.load(std::memory_order_relaxed)) return;
  const std::uint8_t spoke = folded.statements.empty() ? kTells : kTells | kSpoke;
  for (const auto& subject : folded.formed) {
    if (!subject.empty()) add(subject.front(), kRegrouped | spoke);
  }
  if (folded.document_changed) add(folded.persona, spoke);
}

void LikenessQueue::add(PersonaOrdinal persona, std::uint8_t why) {
  {
    const std::lock_guard lock(mutex_);
    if (!listening_) return;
    if (std::exchange(pass_owed_, false)) pass_ = true;
    const auto found = waiting_.find(persona);
    if (found != waiting_.end()) {
      found->second |= why;
      return;
    }
    if (waiting_.size() >= looks_max_) {
      pass_ = true;
    } else {
      waiting_.emplace(persona, why);
      order_.push_back(persona);
    }
  }
  wake_.notify_one();
}

void LikenessQueue::ask_anew() {
  {
    const std::lock_guard lock(mutex_);
    anew_ = true;
  }
  wake_.notify_one();
}

void LikenessQueue::owe_pass() {
  const std::lock_guard lock(mutex_);
  pass_owed_ = listening_;
}

void LikenessQueue::listen(bool on) {
  const std::lock_guard lock(mutex_);
  listening_ = on;
  order_.clear();
  waiting_.clear();
  pass_ = pass_owed_ = false;
}

void LikenessQueue::start() {
  const std::lock_guard lock(mutex_);
  running_ = true;
  stopping_ = false;
  anew_ = true;
}

LikenessQueue::Turn LikenessQueue::take(bool at_work, Look* look) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_) return Turn::stop;
    if (std::exchange(anew_, false)) return Turn::anew;
    if (!order_.empty()) {
      look->persona = order_.front();
      look->why = waiting_.at(order_.front());
      waiting_.erase(order_.front());
      order_.pop_front();
      return Turn::look;
    }
    if (at_work) return Turn::step;
    if (std::exchange(pass_, false)) return Turn::pass;
    resting_ = true;
    idle_.notify_all();
    wake_.wait(lock, [&] { return stopping_ || !is_idle(); });
    resting_ = false;
  }
}

void LikenessQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    running_ = false;
    listening_ = false;
  }
  wake_.notify_all();
  idle_.notify_all();
}

void LikenessQueue::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return !running_ || (resting_ && is_idle()); });
}

std::size_t LikenessQueue::size() const {
  const std::lock_guard lock(mutex_);
  return order_.size();
}

}  // namespace cdp::app
