// LikenessWatch: matching by likeness while the server runs (DESIGN §7; cdp.toml
// [identity.matching]). Whoever is new or another than before is blocked and scored, his component
// is clustered anew, and what policy makes of it is committed (likeness_pairs.h): the same
// proposals and links as a whole run over the same records with the same model would commit
// (tested).
//
// One thread of its own, behind the fold and off the path of an acknowledgement: the fold tells a
// bounded queue who changed (likeness_queue.h). At start, after a changed policy or model, and when
// more changed than the queue holds, it looks at everybody: first all records are taken in, then
// all pairs are found, then they are decided, as a run does it; no pair is found by a block that is
// full once all are in. Nobody waits for that: a server is ready before.
//
// Who refuses `identity.linking`, is restricted or erased, or has none of the fields any more,
// leaves the matcher and its values are wiped: a refusal when it has been folded and its turn
// comes, an erasure before forget() returns. What waits for an officer about somebody who refuses
// is withdrawn, and what was linked by likeness parts (take_backs.h); that holds while matching is
// off or has no model, too, as long as policy knows the purpose. What waits about a record whose
// values are others now is withdrawn when they support it no more. Whether both may be compared is
// asked once more when a pair is decided.
//
// Memory: at most [identity.matching] records_max records. Who comes above it is left out, counted
// (cdp_match_over_cap_total) and told once in the log; `records_max` and a restart take them in.
//
// Thread-safety: safe; start() and stop() from one thread; forget() not from the fold's. Lifetime:
// the services outlive it; stop() before the pipeline stops. Errors: none to anybody: a look that
// fails takes the record out of the matcher and is counted (cdp_match_failures_total), and the next
// pass looks again. A pass that cannot begin does so with the next change.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "cdp/app/activation/effect_planner.h"
#include "cdp/app/likeness/match_models.h"
#include "cdp/app/likeness/pairs.h"
#include "cdp/app/likeness/queue.h"
#include "cdp/app/likeness/records.h"
#include "cdp/app/server/logger.h"
#include "cdp/app/server/metrics.h"
#include "identity/match/matcher.h"

namespace cdp::app {

class LikenessWatch {
 public:
  struct Services {
    Pipeline& pipeline;
    const MatchModels& models;
    LikenessQueue& queue;
    PolicySource policy;
    const Logger& logger;
    Metrics& metrics;
  };
  explicit LikenessWatch(Services services);
  ~LikenessWatch() { stop(); }

  void start();
  void stop();
  // Policy or model is another: everything is forgotten and taken in again.
  void begin_anew() { services_.queue.ask_anew(); }
  // Erased: out of memory when this returns. `left`: who was one person with them and stays.
  void forget(const std::vector<PersonaOrdinal>& gone, const std::vector<PersonaOrdinal>& left);
  // Until everything that was noted is decided. At once when it was not started.
  void drain() { services_.queue.drain(); }

  bool holds(PersonaOrdinal persona) const;
  std::size_t size() const;

 private:
  enum class Stage : std::uint8_t { resting, taking_in, comparing };
  struct Session {
    identity::match::Matcher matcher;
    std::string model;  // version
    std::size_t records_max = 0;
    bool over_cap_told = false;
  };
  // What a look at one subject found out.
  struct Seen {
    std::set<PersonaOrdinal> refused;     // of the members
    bool changed = false;                 // somebody came or left
    std::vector<PersonaOrdinal> members;  // of the subject, the first first
    std::vector<PersonaOrdinal> gained;   // others who have new pairs by it
    std::set<PersonaOrdinal> rescored;    // records whose values are others, or that left
  };

  void loop();
  void begin_session();
  std::optional<Session> open_session(const consent::Policy& policy);
  void begin_pass();
  bool list_everybody();
  void list_whom_likeness_named();
  void step();
  void end_pass();
  void look_at(const LikenessQueue::Look& look);
  Seen see(PersonaOrdinal persona);
  void take_in(const OpenedRecord& record, Seen* seen);
  void leave(PersonaOrdinal persona, const char* why, Seen* seen);
  void collect(const std::set<PersonaOrdinal>& subjects);
  void decide();
  void take_back(const std::set<PersonaOrdinal>& refused);
  void withdraw_unlike(const std::set<PersonaOrdinal>& records);
  void count(const char* outcome, std::uint64_t pairs);
  void tell_those_apart(const std::vector<PersonaOrdinal>& members);
  void failed(const Error& error);
  void show();

  Services services_;
  Gauge &records_, &waiting_, &ready_;
  mutable std::mutex matcher_mutex_;
  std::optional<Session> session_;  // by the mutex
  // The thread's own.
  Stage stage_ = Stage::resting;
  std::vector<PersonaOrdinal> personas_;  // of the pass
  std::size_t at_ = 0;
  std::set<PersonaOrdinal> refused_;  // found by the pass
  LikePairs pairs_;                   // not yet decided
  std::thread thread_;
};

}  // namespace cdp::app
