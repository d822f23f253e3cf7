// Disclosures: the accounting of what left (DESIGN §9), with the data category that each attribute
// had under the policy of the day. The first of a (subject, destination, purpose, attribute set,
// policy, hour) is durable, with an audit leaf, before the answer;
// identical repeats are counted in memory and written within a second: they are reported as "at
// least".
//
// Thread-safety: safe. Errors given to `then`: unavailable when the row did not become durable:
// nothing may leave (invariant 2).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>

#include "cdp/app/ingest/writer.h"
#include "cdp/core/base/guarded.h"
#include "consent/consented_view.h"

namespace cdp::app {

class Disclosures {
 public:
  Disclosures(Writer& writer, Clock& clock) : writer_(writer), clock_(clock) {}

  // `subject`: the profile's smallest member. Calls `then` at once for a repeat, otherwise from the
  // writer's thread.
  void record(const consent::ConsentedView& view, PersonaOrdinal subject,
              const std::string& policy_version, std::function<void(Result<void>)> then);
  // The same, waiting. Not from the writer's or fold's thread.
  Result<void> record(const consent::ConsentedView& view, PersonaOrdinal subject,
                      const std::string& policy_version);
  // A lookup that released nothing: audited once an hour for the same question, durable before the
  // answer like a disclosure, so that a miss and a hit take the same time.
  void record_miss(const std::string& destination, const std::string& purpose, const Token& asked,
                   std::function<void(Result<void>)> then);
  // Writes the repeats counted so far; called every second and at stop.
  void flush();
  // Erasure: repeats counted for these personas are forgotten.
  void forget(const std::vector<PersonaOrdinal>& personas);

 private:
  using Key = std::tuple<PersonaOrdinal, std::string, std::string, std::string, std::string,
                         std::string, std::int64_t>;
  struct Seen {
    store::Disclosure row;
    std::uint64_t unwritten = 0;
  };
  struct Book {
    std::map<Key, Seen> seen;
    std::map<std::tuple<std::string, std::string, Token>, std::int64_t> missed;  // -> hour
  };

  Writer& writer_;
  Clock& clock_;
  Guarded<Book> book_;
};

}  // namespace cdp::app
