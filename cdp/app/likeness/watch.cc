#include "cdp/app/likeness/watch.h"

#include <algorithm>

#include "cdp/app/likeness/take_backs.h"

namespace cdp::app {
namespace {

namespace match = identity::match;
using Why = LikenessQueue::Why;

constexpr std::size_t kBlockingKeyBytes = 32;

match::RecordKey key_of(PersonaOrdinal persona) { return persona.value(); }

}  // namespace

LikenessWatch::LikenessWatch(Services services)
    : services_(std::move(services)),
      records_(services_.metrics.gauge("cdp_match_records",
                                       "Records held in memory to be compared by likeness")),
      waiting_(services_.metrics.gauge("cdp_match_waiting",
                                       "People who changed and wait to be compared by likeness")),
      ready_(services_.metrics.gauge("cdp_match_ready",
                                     "1 when everybody has been compared and changes are")) {}

void LikenessWatch::start() {
  if (thread_.joinable()) return;
  services_.queue.start();
  thread_ = std::thread([this] { loop(); });
}

void LikenessWatch::stop() {
  services_.queue.stop();
  if (thread_.joinable()) thread_.join();
}

void LikenessWatch::loop() {
  for (;;) {
    LikenessQueue::Look look;
    switch (services_.queue.take(stage_ != Stage::resting, &look)) {
      case LikenessQueue::Turn::stop:
        return;
      case LikenessQueue::Turn::anew:
        begin_session();
        break;
      case LikenessQueue::Turn::look:
        look_at(look);
        break;
      case LikenessQueue::Turn::step:
        step();
        break;
      case LikenessQueue::Turn::pass:
        begin_pass();
        break;
    }
    show();
  }
}

void LikenessWatch::begin_session() {
  stage_ = Stage::resting;
  ready_.set(0);
  services_.queue.listen(false);
  const auto policy = services_.policy();
  auto session = open_session(*policy);
  {
    const std::lock_guard lock(matcher_mutex_);
    session_ = std::move(session);
  }
  // Who refuses is heard also while nothing is compared.
  if (policy->purpose(kLinkingPurpose) == nullptr) return;
  // First: whoever changes from here on is noted, whoever changed before is seen by the pass.
  services_.queue.listen(true);
  begin_pass();
}

std::optional<LikenessWatch::Session> LikenessWatch::open_session(const consent::Policy& policy) {
  if (!policy.matching.enabled || policy.purpose(kLinkingPurpose) == nullptr) return std::nullopt;
  auto stored = services_.models.load(policy.matching);
  if (!stored) {
    services_.logger.error("match_model_refused",
                           {{"error", LogWord::label(to_string(stored.error().code))}});
    return std::nullopt;
  }
  if (!*stored) {
    services_.logger.info("match_waits_for_model");
    return std::nullopt;
  }
  auto matcher = match::Matcher::open(
      std::move((*stored)->model),
      crypto::Secret::random(services_.pipeline.services().random, kBlockingKeyBytes));
  if (!matcher) {
    failed(matcher.error());
    return std::nullopt;
  }
  return Session{std::move(*matcher), std::move((*stored)->version),
                 static_cast<std::size_t>(policy.matching.records_max), false};
}

void LikenessWatch::begin_pass() {
  personas_.clear();
  refused_.clear();
  pairs_ = {};
  at_ = 0;
  if (!session_) {
    list_whom_likeness_named();
  } else if (!list_everybody()) {
    return services_.queue.owe_pass();
  }
  stage_ = Stage::taking_in;
}

bool LikenessWatch::list_everybody() {
  const auto read = services_.pipeline.services().keys.each([&](const store::KeyRow& row) {
    personas_.push_back(row.ordinal);
    return true;
  });
  if (!read) {
    failed(read.error());
    return false;
  }
  services_.metrics.counter("cdp_match_passes_total", "Times everybody was looked at").add();
  return true;
}

// Whoever a join or a proposal is about: nobody else has anything to lose by a refusal.
void LikenessWatch::list_whom_likeness_named() {
  const auto joins = services_.pipeline.live().joins();
  std::set<PersonaOrdinal> named;
  services_.pipeline.live().with_graph([&](const identity::Graph& graph) {
    for (const auto& row : joins) {
      for (const Token& token : {row.first, row.second}) {
        const auto persona = graph.persona(token);
        if (persona) named.insert(graph.members(*persona).front().persona);
      }
    }
  });
  personas_.assign(named.begin(), named.end());
}

void LikenessWatch::step() {
  if (at_ == personas_.size()) return end_pass();
  const PersonaOrdinal persona = personas_[at_++];
  // Others are looked at with the first of their subject.
  if (subject_of(services_.pipeline, persona) != persona) return;
  if (stage_ == Stage::taking_in) {
    look_at({persona, Why::kChanged});
  } else {
    collect({persona});
  }
}

void LikenessWatch::end_pass() {
  if (stage_ == Stage::taking_in) {
    take_back(std::exchange(refused_, {}));
    if (session_) {
      stage_ = Stage::comparing;
      at_ = 0;
      return;
    }
  }
  stage_ = Stage::resting;
  personas_ = {};
  if (!session_) return;
  const auto stale =
      withdraw_all_stale(services_.pipeline, *services_.policy(), session_->matcher.model());
  if (!stale) failed(stale.error());
  count("withdrawn", stale.value_or(0));
  decide();
  ready_.set(1);
  services_.logger.info("match_ready", {{"records", size()}});
}

void LikenessWatch::look_at(const LikenessQueue::Look& look) {
  const bool spoke = (look.why & Why::kSpoke) != 0, regrouped = (look.why & Why::kRegrouped) != 0;
  if (!session_ && stage_ == Stage::resting && !spoke && !regrouped) return;  // other values
  Seen seen;
  {
    const std::lock_guard lock(matcher_mutex_);
    seen = see(look.persona);
  }
  if ((look.why & Why::kTells) != 0 && (seen.changed || spoke)) tell_those_apart(seen.members);
  const bool taking_in = stage_ == Stage::taking_in;
  if (spoke || regrouped || (seen.changed && !taking_in)) take_back(seen.refused);
  if (taking_in) {
    refused_.merge(seen.refused);
    return;
  }
  withdraw_unlike(seen.rescored);
  std::set<PersonaOrdinal> subjects;
  if (!seen.members.empty() && (seen.changed || regrouped)) {
    subjects.insert(seen.members.front());
  }
  for (const PersonaOrdinal other : seen.gained) {
    subjects.insert(subject_of(services_.pipeline, other));
  }
  collect(subjects);
  if (stage_ == Stage::resting) decide();
}

// The profile is read and its records are taken in under one lock: an erasure that ends in between
// waits, and takes out what came in.
LikenessWatch::Seen LikenessWatch::see(PersonaOrdinal persona) {
  Seen seen;
  const auto profile = services_.pipeline.live().profile_of(persona);
  if (!profile || !*profile) {
    if (!profile) failed(profile.error());
    if (session_) leave(persona, "gone", &seen);
    return seen;
  }
  for (const auto& member : (*profile)->members) seen.members.push_back(member.persona);
  const auto policy = services_.policy();
  Pipeline& pipeline = services_.pipeline;
  const auto allowed = may_be_matched(**profile, *policy, pipeline.services().clock.now());
  for (const PersonaOrdinal member : seen.members) {
    if (!allowed.contains(member)) seen.refused.insert(member);
  }
  if (!session_) return seen;
  const auto records = open_records(**profile, allowed, *policy, pipeline.keyed().link,
                                    session_->matcher.model().fields());
  std::set<PersonaOrdinal> stay;
  for (const OpenedRecord& record : records) stay.insert(record.persona);
  for (const PersonaOrdinal member : seen.members) {
    if (!stay.contains(member))
      leave(member, seen.refused.contains(member) ? "refused" : "gone", &seen);
  }
  for (const OpenedRecord& record : records) take_in(record, &seen);
  return seen;
}

void LikenessWatch::take_in(const OpenedRecord& record, Seen* seen) {
  auto& matcher = session_->matcher;
  const auto key = key_of(record.persona);
  if (matcher.is_current(key, record.values)) return;
  if (const auto gained = matcher.remove(key)) {
    for (const auto other : *gained) seen->gained.emplace_back(other);
  } else if (matcher.size() >= session_->records_max) {
    services_.metrics
        .counter("cdp_match_over_cap_total",
                 "Records left out of matching, for more than records_max would be in memory")
        .add();
    if (std::exchange(session_->over_cap_told, true)) return;
    services_.logger.warn("match_records_over_cap", {{"records_max", session_->records_max}});
    return;
  }
  seen->changed = true;
  seen->rescored.insert(record.persona);
  if (const auto added = matcher.add(key, record.values); !added) failed(added.error());
}

void LikenessWatch::leave(PersonaOrdinal persona, const char* why, Seen* seen) {
  const auto gained = session_->matcher.remove(key_of(persona));
  if (!gained) return;
  for (const auto other : *gained) seen->gained.emplace_back(other);
  seen->changed = true;
  seen->rescored.insert(persona);
  services_.metrics
      .counter("cdp_match_left_total", "Records that left matching, by why", {{"why", why}})
      .add();
}

void LikenessWatch::forget(const std::vector<PersonaOrdinal>& gone,
                           const std::vector<PersonaOrdinal>& left) {
  Seen seen;
  {
    const std::lock_guard lock(matcher_mutex_);
    if (!session_) return;
    for (const PersonaOrdinal persona : gone) leave(persona, "gone", &seen);
  }
  for (const PersonaOrdinal other : seen.gained) services_.queue.add(other, Why::kRegrouped);
  for (const PersonaOrdinal persona : left) services_.queue.add(persona, Why::kRegrouped);
}

void LikenessWatch::collect(const std::set<PersonaOrdinal>& subjects) {
  const std::lock_guard lock(matcher_mutex_);
  if (!session_) return;
  for (const PersonaOrdinal subject : subjects) {
    std::vector<identity::Member> members;
    services_.pipeline.live().with_graph(
        [&](const identity::Graph& graph) { members = graph.members(subject); });
    for (const auto& member : members) {
      const auto found = session_->matcher.proposals_of(key_of(member.persona));
      if (!found) continue;  // it is not compared
      for (const auto& proposal : *found) {
        const PersonaOrdinal other(proposal.other);
        const PersonaOrdinal theirs = subject_of(services_.pipeline, other);
        if (theirs.none()) continue;
        pairs_.add(
            members.front().persona, theirs,
            {member.persona, other, match::weight_of(proposal.weight_bits), proposal.same_cluster});
      }
    }
  }
}

// Without the lock: a commit may wait.
void LikenessWatch::decide() {
  std::string model;
  {
    const std::lock_guard lock(matcher_mutex_);
    if (!session_) return;
    model = session_->model;
  }
  const auto decided = decide_pairs(services_.pipeline, *services_.policy(), model, pairs_.take());
  if (!decided) return failed(decided.error());
  count("linked", decided->linked);
  count("proposed", decided->proposed);
}

void LikenessWatch::count(const char* outcome, std::uint64_t pairs) {
  if (pairs == 0) return;
  services_.metrics
      .counter("cdp_match_pairs_total", "Pairs of people found by likeness, by what became",
               {{"outcome", outcome}})
      .add(pairs);
}

void LikenessWatch::take_back(const std::set<PersonaOrdinal>& refused) {
  if (refused.empty()) return;
  const auto taken = take_back_refused(services_.pipeline, *services_.policy(), refused);
  if (!taken) return failed(taken.error());
  count("withdrawn", taken->withdrawn);
  count("unlinked", taken->unlinked);
}

// Before what else they look like is proposed: of two people one pair of records waits at a time.
void LikenessWatch::withdraw_unlike(const std::set<PersonaOrdinal>& records) {
  if (records.empty() || !session_) return;
  const auto stale =
      withdraw_stale(services_.pipeline, *services_.policy(), session_->matcher.model(), records);
  if (!stale) return failed(stale.error());
  count("withdrawn", *stale);
}

// A no of one record may count for one that is held apart from it (LiveState::profile_of).
void LikenessWatch::tell_those_apart(const std::vector<PersonaOrdinal>& members) {
  std::set<PersonaOrdinal> apart;
  services_.pipeline.live().with_graph([&](const identity::Graph& graph) {
    for (const PersonaOrdinal member : members) {
      for (const PersonaOrdinal other : graph.apart_from(member)) apart.insert(other);
    }
  });
  for (const PersonaOrdinal other : apart) services_.queue.add(other, Why::kSpoke);
}

void LikenessWatch::failed(const Error& error) {
  services_.metrics
      .counter("cdp_match_failures_total", "Looks at somebody, or decisions, that failed",
               {{"error", to_string(error.code)}})
      .add();
}

bool LikenessWatch::holds(PersonaOrdinal persona) const {
  const std::lock_guard lock(matcher_mutex_);
  return session_ && session_->matcher.contains(key_of(persona));
}

std::size_t LikenessWatch::size() const {
  const std::lock_guard lock(matcher_mutex_);
  return session_ ? session_->matcher.size() : 0;
}

void LikenessWatch::show() {
  records_.set(static_cast<double>(size()));
  waiting_.set(static_cast<double>(services_.queue.size()));
}

}  // namespace cdp::app
