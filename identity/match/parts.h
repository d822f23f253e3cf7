// Parts: a range of work in parts of one size, dealt to threads, and what each part gives in the
// order of the parts: the same for any number of threads, to the last bit. So whatever is made from
// it depends on the records alone (tests/unit/identity/match/threads_test.cc).
//
//   const auto found = in_parts<Edges>(rows, threads, [&] {
//     return [&, stamps = Stamps()](std::size_t from, std::size_t to) mutable { ... };
//   });
//
// Thread-safety: `make_work` runs once a thread, and gives it a worker of its own; what workers
// share must be safe for it. `progress` (may be empty; 0 to 1) runs on the calling thread, which
// works, too. All is over on return.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace cdp::identity::match {

inline constexpr std::size_t kPartSize = 256;

template <class Found, class MakeWork>
std::vector<Found> in_parts(std::size_t count, std::size_t threads, const MakeWork& make_work,
                            const std::function<void(double)>& progress = {}) {
  const std::size_t parts = (count + kPartSize - 1) / kPartSize;
  std::vector<Found> found(parts);
  std::atomic<std::size_t> next{0};
  const auto take = [&](bool tells) {
    auto work = make_work();
    for (std::size_t part = next++; part < parts; part = next++) {
      if (tells) progress(static_cast<double>(part) / static_cast<double>(parts));
      found[part] = work(part * kPartSize, std::min(count, (part + 1) * kPartSize));
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(threads, parts); ++i) others.emplace_back(take, false);
    take(static_cast<bool>(progress));
  }  // they have ended
  return found;
}

}  // namespace cdp::identity::match
