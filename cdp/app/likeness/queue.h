// LikenessQueue: whom to look at, between the fold, which knows that a person is another than
// before, and the one thread that compares by likeness (likeness_watch.h). A person waits in it
// once, however often changed, and by number: no values.
//
// Bounded: what does not fit is dropped, and a pass over everybody is asked for instead, so that
// nothing is lost. Nobody who ingests ever waits for it; while nobody listens, noting costs one
// look at a flag.
//
// Thread-safety: safe. take() and finish() belong to the thread that looks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "cdp/app/ingest/live_state.h"

namespace cdp::app {

class LikenessQueue {
 public:
  static constexpr std::size_t kLooksMax = 100'000;

  // Why somebody is to be looked at, beside "the record is another"; bits.
  enum Why : std::uint8_t {
    kChanged = 0,
    kRegrouped = 1,  // records joined or parted
    kSpoke = 2,      // said yes or no to something
    kTells = 4,      // what is found out may hold for those held apart from this person, too
  };
  struct Look {
    PersonaOrdinal persona;
    std::uint8_t why = kChanged;
  };
  enum class Turn : std::uint8_t {
    stop,
    anew,  // policy or model is another
    look,
    step,  // nothing of the above, and the caller has work of its own
    pass,  // too many changed: look at everybody
  };

  explicit LikenessQueue(std::size_t looks_max = kLooksMax) : looks_max_(looks_max) {}

  // From the fold's thread, after what it folded is visible to readers.
  void note(const Folded& folded);
  void add(PersonaOrdinal persona, std::uint8_t why);
  void ask_anew();
  // A pass that could not begin is asked for again with the next change, not at once: whatever
  // stopped it may last.
  void owe_pass();

  // Until then, and again with false, note() and add() do nothing; what waits is dropped.
  void listen(bool on);
  void start();
  // The next turn; waits for one unless `at_work`.
  Turn take(bool at_work, Look* look);
  void stop();

  // Until there is nothing to do. At once when nobody takes.
  void drain();
  std::size_t size() const;

 private:
  bool is_idle() const { return waiting_.empty() && !anew_ && !pass_; }

  const std::size_t looks_max_;
  std::atomic<bool> listening_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_, idle_;
  // All by mutex_.
  std::deque<PersonaOrdinal> order_;
  std::unordered_map<PersonaOrdinal, std::uint8_t> waiting_;  // -> why
  bool anew_ = false, pass_ = false, pass_owed_ = false;
  bool running_ = false, stopping_ = false;
  bool resting_ = false;  // the taker waits
};

}  // namespace cdp::app
