// Matching by likeness while the server runs: whoever comes is compared at once, who refuses or is
// erased leaves at once, and all of it is what a whole run would have found.
#include "cdp/app/likeness/watch.h"

#include <gmock/gmock.h>

#include <set>
#include <tuple>

#include "cdp/core/crypto/seal.h"
#include "tests/support/likeness_world.h"

namespace cdp {
namespace {

using app::LikenessQueue;
using app::LinkDecision;
using event::Choice;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LikenessWorld;
using ::testing::Not;
using testing::PlatformWorld;
using testing::with_matching;
using Why = LikenessQueue::Why;
using Turn = LikenessQueue::Turn;

class Watch : public LikenessWorld {
 protected:
  explicit Watch(const std::string& lines = "review = 4\n") : LikenessWorld(lines) {}

  app::LikenessWatch& watch() { return world_.platform().likeness_watch(); }
  void start() {
    watch().start();
    watch().drain();
  }
  // Everything that was sent is folded, looked at, decided, and folded in turn.
  void settle() {
    world_.settle();
    watch().drain();
    world_.settle();
  }
  void come(const std::string& name, const Attributes& attributes) {
    send(name, attributes);
    settle();
  }
  double metric(const std::string& series) {
    const std::string text = "\n" + world_.metrics().render();
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + series.size() + 2));
  }
  // A record with every field, whose double is somebody's double without doubt.
  std::size_t full_record() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (records_[i].size() == 6) return i + 1;
    }
    ADD_FAILURE() << "no record has every field";
    return 1;
  }
  void erase(const std::string& name) {
    const auto done = world_.call("POST", "/v1/requests",
                                  R"({"kind":"erasure","identifier":{"type":"till_row","value":")" +
                                      name + R"("},"confirm":true})");
    ASSERT_EQ(done.status, 202) << done.body;
    settle();
  }
  std::size_t proposals() {
    return static_cast<std::size_t>(
        std::ranges::count(decisions(), LinkDecision::Origin::proposed, &LinkDecision::origin));
  }
};

TEST_F(Watch, WhoIsNewIsProposedForReviewAtOnce) {
  invent(80);
  run();
  start();
  const std::size_t before = proposals();
  const auto number = full_record();
  come("newcomer", records_[number - 1]);
  const PersonaOrdinal newcomer = ordinal("newcomer");
  EXPECT_TRUE(watch().holds(newcomer));
  EXPECT_TRUE(is_in_a_pair(newcomer));
  EXPECT_GT(proposals(), before);
  EXPECT_THAT(world_.call("GET", "/v1/reviews").body, HasSubstr("they look alike"));
  EXPECT_GE(metric("cdp_match_pairs_total{outcome=\"proposed\"}"), 1);
  EXPECT_EQ(metric("cdp_match_failures_total"), 0);
  for (const auto& entry : world_.audited("match")) EXPECT_THAT(entry, Not(HasSubstr("newcomer")));
  // Nothing that is compared has changed: nobody is asked again.
  const std::size_t after = proposals();
  come("newcomer", {{"shoe_size", "43"}});
  EXPECT_EQ(proposals(), after);
}

TEST_F(Watch, WhoTellsANameLaterIsComparedThen) {
  invent(80);
  run();
  start();
  const auto number = full_record();
  come("quiet", {{"shoe_size", "43"}});
  EXPECT_FALSE(watch().holds(ordinal("quiet"))) << "there is nothing to compare";
  come("quiet", records_[number - 1]);
  EXPECT_TRUE(watch().holds(ordinal("quiet")));
  EXPECT_TRUE(is_in_a_pair(ordinal("quiet")));
}

TEST_F(Watch, WhoRefusesLeavesAtOnceAndNothingWaitsAboutHim) {
  invent(80);
  run();
  start();
  const auto pair = pairs().front();
  ASSERT_TRUE(watch().holds(pair.first));
  const std::size_t size = watch().size();
  refuse(name_of(pair.first.value()));
  settle();
  EXPECT_FALSE(watch().holds(pair.first));
  EXPECT_TRUE(watch().holds(pair.second));
  EXPECT_EQ(watch().size(), size - 1);
  EXPECT_FALSE(is_in_a_pair(pair.first)) << "what waited for an officer is withdrawn";
  EXPECT_EQ(metric("cdp_match_left_total{why=\"refused\"}"), 1);
  // And whoever comes as his double is not told of him.
  come("double", records_[pair.first.value() - 1]);
  EXPECT_FALSE(is_in_a_pair(pair.first));
  world_.reopen();
  EXPECT_FALSE(is_in_a_pair(pair.first));
}

TEST_F(Watch, WhoIsRestrictedLeavesAtOnce) {
  invent(40);
  train();
  start();
  ASSERT_TRUE(watch().holds(ordinal("row-1")));
  say("row-1", "*", Choice::restricted);
  settle();
  EXPECT_FALSE(watch().holds(ordinal("row-1")));
}

// A newsletter's record that might be either of two accounts says no: it counts for both.
TEST_F(Watch, ANoOfSomebodyHeldApartCountsAtOnce) {
  invent(80);
  train();
  start();
  for (const char* user : {"ann", "bob"}) {
    auto account = row(user, records_[full_record() - 1]);
    PlatformWorld::identify(account, "user_id", user);
    PlatformWorld::identify(account, "email", "family@home.example");
    world_.send("till", std::move(account));
  }
  settle();
  ASSERT_TRUE(watch().holds(ordinal("ann")));
  ASSERT_TRUE(watch().holds(ordinal("bob")));
  ASSERT_EQ(world_.together("till_row", "ann"), 1U) << "two logins";
  auto newsletter = world_.observation("list", "list-1");
  PlatformWorld::identify(newsletter, "email", "family@home.example");
  event::StatementDraft no;
  no.purpose = app::kLinkingPurpose;
  no.choice = Choice::objected;
  newsletter.statements.push_back(no);
  world_.send("till", std::move(newsletter));
  settle();
  EXPECT_FALSE(watch().holds(ordinal("ann")));
  EXPECT_FALSE(watch().holds(ordinal("bob")));
}

TEST_F(Watch, AnotherPolicyTakesEffectWithoutARestart) {
  invent(40);
  train();
  start();
  const std::size_t size = watch().size();
  world_.configure("[source.till]\nkind = \"segment\"\ntrust = \"server\"\n");
  ASSERT_TRUE(world_.platform().reload_policy().has_value());
  watch().drain();
  EXPECT_EQ(watch().size(), 0U) << "off: nobody stays in memory";
  world_.configure(with_matching("review = 4\n"));
  ASSERT_TRUE(world_.platform().reload_policy().has_value());
  watch().drain();
  EXPECT_EQ(watch().size(), size);
}

TEST_F(Watch, WhoIsErasedLeavesBeforeTheErasureIsAnswered) {
  invent(80);
  run();
  start();
  const auto pair = pairs().front();
  ASSERT_TRUE(watch().holds(pair.first));
  erase(name_of(pair.first.value()));
  EXPECT_FALSE(watch().holds(pair.first));
  EXPECT_FALSE(is_in_a_pair(pair.first));
  EXPECT_EQ(metric("cdp_match_left_total{why=\"gone\"}"), 1);
}

class AutoLink : public Watch {
 protected:
  using Decided =
      std::set<std::tuple<LinkDecision::Kind, PersonaOrdinal, PersonaOrdinal, std::int64_t>>;

  AutoLink() : Watch("review = 4\nauto_link = 10\n") {}
  Decided decided() {
    Decided out;
    for (const auto& one : decisions()) {
      out.insert({one.kind, one.first, one.second, one.millibits});
    }
    return out;
  }
};

TEST_F(AutoLink, LinksAtOnceAndMergeUndoHoldsForGood) {
  invent(80);
  train();
  start();
  const auto number = full_record();
  const std::size_t linked = world_.together("till_row", name_of(number));
  come("newcomer", records_[number - 1]);
  EXPECT_EQ(world_.together("till_row", "newcomer"), linked + 1);
  EXPECT_EQ(world_.together("till_row", name_of(number)), linked + 1);
  // The newest number is his: he came last.
  PersonaOrdinal newcomer;
  const auto person = world_.profile("till_row", "newcomer");
  for (const auto& member : person->members) {
    newcomer = std::max(newcomer, member.persona);
  }
  const auto id = world_.platform().pipeline().persona_keys().open(newcomer)->persona;
  const auto undone =
      world_.call("POST", "/admin/merge/undo",
                  R"({"identifier":{"type":"till_row","value":"newcomer"},"persona":")" +
                      id.to_string() + "\"}");
  ASSERT_EQ(undone.status, 200) << undone.body;
  settle();
  EXPECT_EQ(world_.together("till_row", "newcomer"), 1U);
  EXPECT_EQ(world_.together("till_row", name_of(number)), linked);
  world_.reopen();
  start();
  EXPECT_EQ(world_.together("till_row", "newcomer"), 1U);
  EXPECT_TRUE(watch().holds(ordinal("newcomer"))) << "he is compared, and held apart all the same";
}

TEST_F(Watch, ARestartTakesEverybodyInAgain) {
  invent(80);
  train();
  start();
  const std::size_t size = watch().size();
  const auto found = pairs();
  EXPECT_GT(size, 80U);
  EXPECT_THAT(found, Not(IsEmpty())) << "who is there at the start is compared, too";
  world_.reopen();
  EXPECT_EQ(watch().size(), 0U) << "nothing of it is stored";
  start();
  EXPECT_EQ(watch().size(), size);
  EXPECT_EQ(pairs(), found);
  EXPECT_EQ(metric("cdp_match_ready"), 1);
  EXPECT_EQ(metric("cdp_match_records"), static_cast<double>(size));
  come("newcomer", records_[full_record() - 1]);
  EXPECT_TRUE(is_in_a_pair(ordinal("newcomer")));
}

TEST_F(Watch, WaitsForAModelAndBeginsWhenARunTrainsOne) {
  invent(80);
  start();
  EXPECT_EQ(watch().size(), 0U);
  EXPECT_THAT(run(), HasSubstr(R"("trained":true)"));
  watch().drain();
  EXPECT_GT(watch().size(), 80U);
  EXPECT_THAT(run(), HasSubstr(R"("trained":false)"));
  EXPECT_EQ(world_.audited("match_train").size(), 1U);
}

TEST_F(Watch, AModelOfAnotherVersionIsRefused) {
  invent(40);
  train();
  crypto::SealContext context;
  context.tenant = "default";
  context.kind = "match_model";
  auto& keyring = world_.platform().keyring();
  const auto& ledger = world_.platform().stores().ledger();
  const auto plain =
      crypto::open(keyring.request_key(), context, ledger.meta("match_model").value()).value();
  std::string document(as_text(plain));
  const std::string now = "\"version\":" + std::to_string(identity::match::kModelVersion);
  const auto at = document.find(now);
  ASSERT_NE(at, std::string::npos);
  document.replace(at, now.size(), "\"version\":99");
  const Bytes sealed = crypto::seal(keyring.request_key(), context, as_bytes(document),
                                    world_.platform().world().random);
  ASSERT_TRUE(world_.platform()
                  .pipeline()
                  .writer()
                  .run([&](app::BatchBuilder& builder) -> Result<void> {
                    builder.batch().meta.emplace_back("match_model", sealed);
                    return {};
                  })
                  .has_value());
  const auto answer = world_.call("POST", "/admin/match/run", "{}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("of another version"));
  EXPECT_THAT(answer.body, HasSubstr("cdp match train"));
  start();
  EXPECT_EQ(watch().size(), 0U);
  train();
  watch().drain();
  EXPECT_GT(watch().size(), 40U);
}

TEST_F(Watch, AModelOfOtherFieldsIsRefused) {
  invent(40);
  train();
  auto lines = with_matching("review = 4\n");
  lines.replace(lines.find("city ="), 6, "town =");
  world_.configure(lines);
  world_.reopen();
  const auto answer = world_.call("POST", "/admin/match/run", "{}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("other fields"));
}

class SmallMemory : public Watch {
 protected:
  SmallMemory() : Watch("review = 4\nrecords_max = 1000\n") {}
};

TEST_F(SmallMemory, LeavesOutWhoeverComesAboveTheCapAndCounts) {
  invent(80);
  train();
  world_.configure(with_matching("review = 4\nrecords_max = 10\n"));
  world_.reopen();
  start();
  EXPECT_EQ(watch().size(), 10U);
  EXPECT_EQ(metric("cdp_match_over_cap_total"), static_cast<double>(records_.size() - 10));
  const auto answer = world_.call("POST", "/admin/match/run", "{}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("records_max"));
}

class Off : public Watch {};

TEST_F(Off, NobodyIsOpened) {
  world_.configure("[source.till]\nkind = \"segment\"\ntrust = \"server\"\n");
  world_.reopen();
  start();
  invent(20);
  settle();
  EXPECT_EQ(watch().size(), 0U);
  EXPECT_EQ(metric("cdp_match_passes_total"), 0);
}

// A world of its own, beside the fixture's.
class Opened : public Watch {
 public:
  using Names = std::set<std::pair<std::string, std::string>>;

  void TestBody() override {}
  identity::match::Model learn() {
    invent(150);
    train();
    const auto active = world_.platform().policy().active();
    return world_.platform().match_models().load(active->policy.matching).value()->model;
  }
  explicit Opened(const identity::match::Model& model) {
    EXPECT_TRUE(world_.platform().match_models().save(model).has_value());
  }
  Opened() = default;
  void send_as(const std::string& name, const Attributes& attributes) {
    send(name, attributes);
    names_.push_back(name);
  }
  Names named_pairs() {
    Names names;
    for (const auto& [a, b] : pairs()) {
      const auto& first = names_.at(a.value() - 1);
      const auto& second = names_.at(b.value() - 1);
      names.insert({std::min(first, second), std::max(first, second)});
    }
    return names;
  }
  using Watch::erase;
  using Watch::refuse;
  using Watch::run;
  using Watch::settle;
  using Watch::start;

 private:
  std::vector<std::string> names_;  // by persona
};

class Worlds : public Watch {};

class Beside : public AutoLink {
 public:
  void TestBody() override {}
  Decided run_over(std::size_t people) {
    invent(people);
    run();
    return decided();
  }
};

// With links, too: what the first look at everybody decides is what a run decides.
TEST_F(AutoLink, TheFirstLookAtEverybodyDecidesAsARunDoes) {
  invent(120);
  train();
  start();
  EXPECT_GT(std::ranges::count(decisions(), LinkDecision::Kind::join, &LinkDecision::kind), 10);
  EXPECT_GT(proposals(), 0U);
  EXPECT_EQ(decided(), Beside().run_over(120));
}

// One model, two worlds: in the one everybody comes one by one in a random order, and some refuse
// or are erased on the way; in the other whoever is left was there before, and one run looks at
// all.
TEST_F(Worlds, OneByOneProposesWhatARunOverWhoIsLeftProposes) {
  const auto model = Opened().learn();
  imagine(40);
  for (const std::uint64_t seed : {1U, 2U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < records_.size(); ++i) order.push_back(i);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    Opened arriving(model), standing(model);
    arriving.start();
    std::set<std::size_t> here, refused;
    for (const std::size_t i : order) {
      arriving.send_as(name_of(i + 1), records_[i]);
      here.insert(i);
      if (random.below(2) == 0) arriving.settle();
      if (random.below(5) != 0) continue;
      const auto leaves =
          *std::next(here.begin(), static_cast<std::ptrdiff_t>(random.below(here.size())));
      here.erase(leaves);
      if (random.below(2) == 0) {
        arriving.refuse(name_of(leaves + 1));
        refused.insert(leaves);
      } else {
        arriving.erase(name_of(leaves + 1));
      }
    }
    arriving.settle();
    for (const std::size_t i : order) {
      if (!here.contains(i) && !refused.contains(i)) continue;
      standing.send_as(name_of(i + 1), records_[i]);
      if (refused.contains(i)) standing.refuse(name_of(i + 1));
    }
    standing.run();
    const auto expected = standing.named_pairs();
    EXPECT_GT(expected.size(), 5U);
    EXPECT_EQ(arriving.named_pairs(), expected);
  }
}

// The queue alone: whoever changes often waits once, and what does not fit is a pass over
// everybody.
TEST(LikenessQueue, APersonWaitsOnceAndWhatDoesNotFitAsksForAPass) {
  LikenessQueue queue(2);
  LikenessQueue::Look look;
  queue.add(PersonaOrdinal(1), Why::kChanged);
  EXPECT_EQ(queue.size(), 0U) << "nobody listens";
  queue.start();
  EXPECT_EQ(queue.take(false, &look), Turn::anew);
  queue.listen(true);
  queue.add(PersonaOrdinal(1), Why::kChanged);
  queue.add(PersonaOrdinal(2), Why::kChanged);
  queue.add(PersonaOrdinal(1), Why::kSpoke);
  queue.add(PersonaOrdinal(3), Why::kChanged);
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.take(false, &look), Turn::look);
  EXPECT_EQ(look.persona, PersonaOrdinal(1));
  EXPECT_EQ(look.why, Why::kSpoke);
  EXPECT_EQ(queue.take(true, &look), Turn::look);
  EXPECT_EQ(queue.take(true, &look), Turn::step) << "what is at work is finished first";
  EXPECT_EQ(queue.take(false, &look), Turn::pass);
  EXPECT_EQ(queue.take(true, &look), Turn::step);
  queue.stop();
  queue.drain();
  EXPECT_EQ(queue.take(false, &look), Turn::stop);
}

TEST(LikenessQueue, APassThatCouldNotBeginIsAskedForAgainWithTheNextChange) {
  LikenessQueue queue(2);
  LikenessQueue::Look look;
  queue.start();
  EXPECT_EQ(queue.take(false, &look), Turn::anew);
  queue.listen(true);
  queue.owe_pass();
  EXPECT_EQ(queue.take(true, &look), Turn::step) << "what stopped it may last";
  queue.add(PersonaOrdinal(1), Why::kChanged);
  EXPECT_EQ(queue.take(false, &look), Turn::look);
  EXPECT_EQ(queue.take(false, &look), Turn::pass);
  queue.add(PersonaOrdinal(2), Why::kChanged);
  EXPECT_EQ(queue.take(false, &look), Turn::look);
  EXPECT_EQ(queue.take(true, &look), Turn::step) << "it was asked for once";
}

}  // namespace
}  // namespace cdp
