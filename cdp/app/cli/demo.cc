// cdp demo: the whole job on an invented shop, told in plain words, every claim checked.

#include <stdlib.h>

#include "cdp/app/cli/demo_story.h"
#include "cdp/app/cli/new_directory.h"
#include "cdp/app/cli/stop_signals.h"
#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPeople = 500;
constexpr std::uint64_t kSeed = 20'261'122;

// DIR of the person's choice, or one that goes away with the demo.
class DemoPlace {
 public:
  static Result<std::unique_ptr<DemoPlace>> choose(const Invocation& call) {
    if (call.has("dir")) {
      CDP_CHECK(refuse_used_directory(call.directory()));
      return std::unique_ptr<DemoPlace>(new DemoPlace(call.directory(), {}));
    }
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "cdp-demo-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr)
      return fail(ErrorCode::unavailable, "no temporary directory can be made", "give --dir DIR");
    return std::unique_ptr<DemoPlace>(new DemoPlace(fs::path(name) / "data", name));
  }
  ~DemoPlace() {
    std::error_code ignored;
    if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
  }
  DemoPlace(const DemoPlace&) = delete;
  DemoPlace& operator=(const DemoPlace&) = delete;
  const fs::path& directory() const { return directory_; }

 private:
  DemoPlace(fs::path directory, fs::path temporary)
      : directory_(std::move(directory)), temporary_(std::move(temporary)) {}
  fs::path directory_;
  fs::path temporary_;
};

Result<void> run(Invocation& call) {
  Screen& screen = call.screen();
  Clock& clock = call.world().clock;
  const Duration start = clock.elapsed();
  const StopSignals signals;
  CDP_TRY(const auto place, DemoPlace::choose(call));
  SeededRandom random(kSeed);
  const DemoShop shop = make_demo_shop(kPeople, random);
  screen.line("A shop of " + grouped(shop.people.size()) +
              " invented people, a new encrypted data directory, the real server:");
  screen.line(place->directory().string());
  CDP_TRY(const auto stage, DemoStage::build(place->directory(), call));
  DemoStory story(*stage, screen, clock, shop);
  CDP_CHECK(story.tell());
  screen.line("");
  const auto tenths = (clock.elapsed().us - start.us) / 100'000;
  screen.line("Every sentence above was checked by the program before it was written. " +
              std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s in all.");
  if (call.has("once")) return {};
  story.tell_what_next(call.world().program);
  screen.line("");
  screen.line("Ctrl-C ends the server" +
              std::string(call.has("dir") ? "." : " and removes the directory."));
  while (signals.wait() != StopSignals::Wish::stop) {
  }
  return {};
}

}  // namespace

Verb demo_verb() {
  using K = Option::Kind;
  return {"demo",
          "the whole job on an invented shop of 500 people, every claim checked",
          {{"once", K::flag, "end after the story instead of serving on", false, ""},
           {"dir", K::text, "keep the data directory here (default: a temporary one)", false, ""}},
          run,
          false};
}

}  // namespace cdp::app::cli
