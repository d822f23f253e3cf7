#include "cdp/app/ingest/dedup_window.h"

#include <algorithm>

namespace cdp::app {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;
constexpr std::size_t kFirstSlots = 1'024;

}  // namespace

bool DedupWindow::Hour::contains(const Token& key) const {
  if (slots.empty()) return false;
  const std::size_t mask = slots.size() - 1;
  for (std::size_t i = TokenHash{}(key)&mask; slots[i] != Token{}; i = (i + 1) & mask) {
    if (slots[i] == key) return true;
  }
  return false;
}

bool DedupWindow::Hour::insert(const Token& key) {
  if ((used + 1) * 10 > slots.size() * 6) grow();
  const std::size_t mask = slots.size() - 1;
  std::size_t i = TokenHash{}(key)&mask;
  for (; slots[i] != Token{}; i = (i + 1) & mask) {
    if (slots[i] == key) return false;
  }
  slots[i] = key;
  ++used;
  return true;
}

void DedupWindow::Hour::grow() {
  std::vector<Token> old(slots.empty() ? kFirstSlots : slots.size() * 2);
  old.swap(slots);
  const std::size_t mask = slots.size() - 1;
  for (const Token& key : old) {
    if (key == Token{}) continue;
    std::size_t i = TokenHash{}(key)&mask;
    while (slots[i] != Token{}) i = (i + 1) & mask;
    slots[i] = key;
  }
}

bool DedupWindow::contains(const Token& key) const {
  return std::any_of(hours_kept_.rbegin(), hours_kept_.rend(),
                     [&](const Hour& hour) { return hour.contains(key); });
}

void DedupWindow::add(const Token& key, Time received_at) {
  if (key == Token{}) return;
  const std::int64_t hour = received_at.us / kHourUs;
  if (hour_of(hour).insert(key)) ++size_;
  forget(hours_kept_.back().hour);
}

DedupWindow::Hour& DedupWindow::hour_of(std::int64_t hour) {
  const auto at = std::lower_bound(hours_kept_.begin(), hours_kept_.end(), hour,
                                   [](const Hour& kept, std::int64_t h) { return kept.hour < h; });
  if (at != hours_kept_.end() && at->hour == hour) return *at;
  Hour fresh;
  fresh.hour = hour;
  return *hours_kept_.insert(at, std::move(fresh));
}

void DedupWindow::forget(std::int64_t newest_hour) {
  // An hour leaves when all of it is older than the window; the open hour never does.
  while (hours_kept_.size() > 1 &&
         (hours_kept_.front().hour < newest_hour - hours_ || size_ > keys_max_)) {
    size_ -= hours_kept_.front().used;
    hours_kept_.pop_front();
  }
}

}  // namespace cdp::app
