// Reviews: what the rules hold apart although something is shared, and what the matcher proposes,
// for an officer to accept or reject (DESIGN §7). Named by persona and subject ids; no personal
// data.
//
// Accepted = the two are one person (a must-link in the ledger); rejected = they are two (a
// cannot-link). Deciding the same again changes nothing; deciding otherwise takes the earlier
// decision back. Of two who decide at the same moment the second is told (conflict) and looks
// again.
//
// Thread-safety: safe; not from the writer's or the fold's thread. Errors of decide(): not_found
// for an id that is neither waiting nor decided; unprocessable for a notice, about which there is
// nothing to decide; invalid_argument for a reason that is none of known_reasons(); conflict when
// it is not as it was looked at.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cdp/app/ingest/pipeline.h"

namespace cdp::app {

struct ReviewTag {
  static constexpr std::string_view kPrefix = "rev";
};
using ReviewId = Id<ReviewTag>;

struct Review {
  ReviewId id;
  std::string why;         // "unique", "anchored", "ambiguous", "over_cap", "many_values", "match"
  bool decidable = false;  // false: a notice
  std::string type;        // of the identifier: "email"; empty for a match
  std::string tier;
  std::string held;  // why it does not link, in words; empty for a match
  PersonaOrdinal first;
  PersonaOrdinal second;  // none for a notice about one record or one identifier
  std::string model;      // of a match
  std::int64_t millibits = 0;
};

class Reviews {
 public:
  explicit Reviews(Pipeline& pipeline) : pipeline_(pipeline) {}

  // Waiting ones, by id, after `after`.
  Result<std::vector<Review>> list(const Token& after, std::size_t limit) const;
  // Those that concern the person.
  Result<std::vector<Review>> of(const identity::Profile& profile) const;
  // What an officer looks at before deciding.
  struct Question {
    ReviewId id;
    std::string why;
    PersonaOrdinal first, second;
    std::optional<bool> decided;  // how, and in force
    friend bool operator==(const Question&, const Question&) = default;
  };
  Result<Question> look(const ReviewId& id) const;
  // True when it had been decided so before.
  Result<bool> decide(const Question& seen, bool accept, const std::string& reason);
  Result<bool> decide(const ReviewId& id, bool accept, const std::string& reason);

  // The identifier of a notice links again: it was latched, and no more carry it now than may.
  // Errors: not_found for an id that does not wait; unprocessable for one that is no latch, or that
  // too many still carry; invalid_argument as above.
  Result<void> lift(const ReviewId& id, const std::string& reason);

  // The same for whoever has the value at hand: it, and what is made from it, as far as it is
  // latched; also when nobody carries it any more and no notice is left. Answers the types that
  // link again. Errors: not_found when none of it is latched; unprocessable as above, and nothing
  // is lifted then.
  Result<std::vector<std::string>> lift(const event::Identifier& value, const std::string& reason);

  // {"id","why","decidable","type","tier","personas":[...],"subjects":[...],"words"}
  Result<std::string> to_json(const Review& review) const;
  static std::string words(const Review& review);

 private:
  std::vector<Review> proposals() const;
  struct Latched {
    Token identifier{};
    std::uint8_t kind = 0;
    std::string type;
  };
  Result<Latched> latched_notice(const ReviewId& id) const;
  // And what else was latched of the address that it was made from, as a carrier knows it.
  Result<std::vector<Latched>> with_its_forms(const Latched& named) const;
  Result<std::vector<Latched>> latched_of(const event::Identifier& value) const;
  Result<void> check_fits(const Latched& latched) const;
  Result<void> lift(const std::function<Result<std::vector<Latched>>()>& chosen,
                    const std::string& reason);

  Pipeline& pipeline_;
};

// Errors: invalid_argument, with the words that are known.
Result<void> check_reason(const std::string& reason);

}  // namespace cdp::app
