// Guarded<T>: a value that can be reached only while its mutex is held (after clio's Mutex.hpp).
//
//   Guarded<Map> map;
//   map.write([&](Map& m) { m[key] = value; });
//   auto n = map.read([](const Map& m) { return m.size(); });
//
// Thread-safety: safe; readers share. The callable must not call back into the same Guarded.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace cdp {

template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  template <class F>
  decltype(auto) read(F&& f) const {
    const std::shared_lock lock(mutex_);
    return std::forward<F>(f)(std::as_const(value_));
  }
  template <class F>
  decltype(auto) write(F&& f) {
    const std::unique_lock lock(mutex_);
    return std::forward<F>(f)(value_);
  }

 private:
  mutable std::shared_mutex mutex_;
  T value_;
};

}  // namespace cdp
