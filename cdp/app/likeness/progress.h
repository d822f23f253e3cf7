// MatchProgress: how far a training or a run over the store is, for whoever asks beside it (GET
// /admin/match/progress): a word of ours and a part of one, nothing of anybody. One at a time: each
// holds everybody in memory, and keeps a thread of the server for as long as it takes.
//
// Thread-safety: safe. Lifetime: outlives what it gave out.
#pragma once

#include <memory>
#include <string>

#include "cdp/core/base/guarded.h"
#include "cdp/core/base/result.h"
#include "identity/match/training.h"

namespace cdp::app {

class MatchProgress {
 public:
  struct Now {
    bool running = false;
    std::string step;  // "reading", "learning", "refining", "scoring", "deciding"
    double done = 0;   // of the step, 0 to 1
  };
  struct End {
    void operator()(MatchProgress* progress) const;
  };
  // It is under way until this ends.
  using Running = std::unique_ptr<MatchProgress, End>;

  // Errors: conflict while one is under way.
  Result<Running> begin();
  // To hand down; shows what it is told.
  identity::match::Progress teller();
  Now now() const;

 private:
  Guarded<Now> now_;
};

}  // namespace cdp::app
