// The dedup window: which (source, message id) were seen, exactly, for the last N hours (DESIGN
// §4). One set per hour of receipt; whole hours leave at once. Bounded by keys as well: window =
// min(hours, keys), and oldest_kept() says which.
//
// 20 bytes a key at most 60 % full. Thread-safety: the writer's thread alone.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/time.h"

namespace cdp::app {

class DedupWindow {
 public:
  DedupWindow(std::int64_t hours, std::size_t keys_max) : hours_(hours), keys_max_(keys_max) {}

  bool contains(const Token& key) const;
  // Remembers a key; forgets the hours that have left the window as seen from `received_at`.
  void add(const Token& key, Time received_at);
  std::size_t size() const { return size_; }
  // The first hour that is still remembered, as Time.us / 3.6e9; 0 when empty.
  std::int64_t oldest_hour() const { return hours_kept_.empty() ? 0 : hours_kept_.front().hour; }

 private:
  // Open addressing over the tokens themselves, which are uniformly random; the all-zero token is
  // "free".
  struct Hour {
    std::int64_t hour = 0;
    std::vector<Token> slots;
    std::size_t used = 0;
    bool contains(const Token& key) const;
    bool insert(const Token& key);
    void grow();
  };
  Hour& hour_of(std::int64_t hour);
  void forget(std::int64_t newest_hour);

  std::int64_t hours_;
  std::size_t keys_max_;
  std::size_t size_ = 0;
  std::deque<Hour> hours_kept_;  // ascending by hour
};

}  // namespace cdp::app
