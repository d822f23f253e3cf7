#include "cdp/app/likeness/progress.h"

namespace cdp::app {

Result<MatchProgress::Running> MatchProgress::begin() {
  const bool begun = now_.write([](Now& now) {
    if (now.running) return false;
    now = {true, "reading", 0};
    return true;
  });
  if (begun) return Running(this);
  return fail(ErrorCode::conflict, "matching by likeness is trained, or run, right now",
              "wait until that is done: GET /admin/match/progress");
}

identity::match::Progress MatchProgress::teller() {
  return [this](std::string_view step, double done) {
    now_.write([&](Now& now) {
      now.step = step;
      now.done = done;
    });
  };
}

MatchProgress::Now MatchProgress::now() const {
  return now_.read([](const Now& now) { return now; });
}

void MatchProgress::End::operator()(MatchProgress* progress) const {
  progress->now_.write([](Now& now) { now = {}; });
}

}  // namespace cdp::app
