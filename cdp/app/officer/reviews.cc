#include "cdp/app/officer/reviews.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "cdp/app/config/reader.h"
#include "cdp/app/officer/decisions.h"
#include "cdp/core/event/json.h"
#include "identity/identifier.h"
#include "identity/resolver.h"

namespace cdp::app {
namespace {

using Kind = LinkDecision::Kind;
using Origin = LinkDecision::Origin;

constexpr const char* kMatch = "match";

bool is_decidable(identity::HoldReason reason) {
  switch (reason) {
    case identity::HoldReason::unique:
    case identity::HoldReason::anchored:
    case identity::HoldReason::ambiguous:
      return true;
    case identity::HoldReason::over_cap:
    case identity::HoldReason::many_values:
      return false;
  }
  return false;
}

Review review_of(const identity::Hold& hold, const identity::Rules& rules) {
  Review review;
  review.id = ReviewId(hold.id);
  review.why = identity::to_string(hold.reason);
  review.decidable = is_decidable(hold.reason);
  review.type = rules.name_of(hold.kind);
  review.tier = identity::to_string(hold.tier);
  review.held = identity::hold_in_words(hold, rules);
  review.first = hold.a;
  if (hold.b != hold.a) review.second = hold.b;
  return review;
}

// Two who share an address share its hashes as well: one question, told by the kind that is
// numbered first (those made from others come after it).
std::vector<Review> plainest(const std::vector<identity::Hold>& holds,
                             const identity::Rules& rules) {
  std::map<std::tuple<identity::HoldReason, PersonaOrdinal, PersonaOrdinal>, identity::Hold> found;
  for (const auto& hold : holds) {
    const auto [at, added] = found.try_emplace({hold.reason, hold.a, hold.b}, hold);
    if (!added && std::tie(hold.kind, hold.id) < std::tie(at->second.kind, at->second.id)) {
      at->second = hold;
    }
  }
  std::vector<Review> out;
  out.reserve(found.size());
  for (const auto& [key, hold] : found) out.push_back(review_of(hold, rules));
  return out;
}

}  // namespace

Result<void> check_reason(const std::string& reason) {
  const auto& known = known_reasons();
  if (std::find(known.begin(), known.end(), reason) != known.end()) return {};
  return fail(ErrorCode::invalid_argument, "the decision needs one of the known reasons",
              "known: " + listed(known));
}

std::vector<Review> Reviews::proposals() const {
  std::vector<Review> out;
  for (const auto& row : pipeline_.live().joins()) {
    if (static_cast<Origin>(row.origin) != Origin::proposed) continue;
    const auto record = pipeline_.services().ledger.get(row.record);
    if (!record || !*record) continue;
    const auto decision = LinkDecision::decode((*record)->body);
    if (!decision) continue;
    Review review;
    review.id = ReviewId(pipeline_.keyed().pseudonym.token(
        {"review", as_text(ByteView(row.first)), as_text(ByteView(row.second))}));
    review.why = kMatch;
    review.decidable = true;
    review.first = decision->first;
    review.second = decision->second;
    review.model = decision->model;
    review.millibits = decision->millibits;
    out.push_back(std::move(review));
  }
  return out;
}

Result<std::vector<Review>> Reviews::list(const Token& after, std::size_t limit) const {
  pipeline_.fold().drain();
  std::vector<Review> all = proposals();
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    const auto held = plainest(graph.holds(), graph.rules());
    all.insert(all.end(), held.begin(), held.end());
  });
  std::erase_if(all, [&](const Review& review) { return review.id.bytes() <= after; });
  std::sort(all.begin(), all.end(), [](const Review& a, const Review& b) { return a.id < b.id; });
  if (all.size() > limit) all.resize(limit);
  return all;
}

Result<std::vector<Review>> Reviews::of(const identity::Profile& profile) const {
  std::vector<Review> out;
  const auto concerns = [&](const Review& review) {
    return std::any_of(profile.members.begin(), profile.members.end(), [&](const auto& member) {
      return member.persona == review.first || member.persona == review.second;
    });
  };
  const auto waiting = proposals();
  std::copy_if(waiting.begin(), waiting.end(), std::back_inserter(out), concerns);
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    const auto held = plainest(graph.holds_of(profile.members.front().persona), graph.rules());
    out.insert(out.end(), held.begin(), held.end());
  });
  return out;
}

Result<Reviews::Question> Reviews::look(const ReviewId& id) const {
  pipeline_.fold().drain();
  std::optional<identity::Hold> hold;
  pipeline_.live().with_graph([&](const identity::Graph& graph) { hold = graph.hold(id.bytes()); });
  if (hold && !is_decidable(hold->reason)) {
    return fail(ErrorCode::unprocessable, "this is a notice: there is nothing to decide",
                "see what it names with: cdp merge explain");
  }
  if (hold) {
    return Question{id, std::string(identity::to_string(hold->reason)), hold->a, hold->b, {}};
  }
  const auto waiting = proposals();
  const auto proposal = std::find_if(waiting.begin(), waiting.end(),
                                     [&](const Review& review) { return review.id == id; });
  if (proposal != waiting.end()) {
    return Question{id, kMatch, proposal->first, proposal->second, {}};
  }
  const tl::unexpected<Error> unknown =
      fail(ErrorCode::not_found, "nothing of that id waits for a decision",
           "see: cdp merge review list");
  CDP_TRY(const auto decided, pipeline_.live().review(id.bytes()));
  if (!decided) return unknown;
  CDP_TRY(const auto record, pipeline_.services().ledger.get(decided->record));
  if (!record) return unknown;
  CDP_TRY(const auto decision, LinkDecision::decode(record->body));
  // A split or a retraction since may have ended it.
  return Question{id, "decided", decision.first, decision.second,
                  pipeline_.live().joined_by_order(decision.first, decision.second)};
}

Result<bool> Reviews::decide(const ReviewId& id, bool accept, const std::string& reason) {
  CDP_CHECK(check_reason(reason));
  CDP_TRY(const auto seen, look(id));
  return decide(seen, accept, reason);
}

Result<bool> Reviews::decide(const Question& seen, bool accept, const std::string& reason) {
  CDP_CHECK(check_reason(reason));
  if (seen.decided == accept) return true;
  bool decided_before = false;
  const auto still_so = [&]() -> Result<void> {
    const auto now = look(seen.id);
    if (now && *now == seen) return {};
    decided_before = now && now->decided == accept;
    return fail(ErrorCode::conflict, "somebody decided this meanwhile",
                "look again: cdp merge review list");
  };
  const auto fill = [&](DecisionWriter& writer) -> Result<void> {
    LinkDecision decision;
    decision.first = seen.first;
    decision.second = seen.second;
    decision.origin = Origin::accepted;
    decision.reason = reason;
    if (seen.decided) {
      decision.kind = accept ? Kind::not_apart : Kind::not_join;
      writer.add(decision);
    }
    decision.kind = accept ? Kind::join : Kind::apart;
    decision.review = seen.id.bytes();
    writer.add(decision);
    audit::Entry entry;
    entry.kind = "review";
    entry.at = writer.now();
    entry.fields["outcome"] = std::string(accept ? "accepted" : "rejected");
    entry.fields["held_for"] = seen.why;
    entry.fields["reason"] = reason;
    return writer.batch().audit(std::move(entry), seen.first);
  };
  const auto committed = commit_decisions(pipeline_, fill, still_so);
  if (decided_before) return true;
  if (!committed) return fail(committed.error());
  return false;
}

// Only what fits under its cap again: anything else would be latched anew, or, worse, link
// strangers when a carrier is erased.
Result<void> Reviews::check_fits(const Latched& latched) const {
  std::size_t carriers = 0;
  std::size_t cap = 0;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    carriers = graph.degree(latched.identifier);
    cap = graph.rules().rule(latched.kind).degree_max;
  });
  if (carriers <= cap) return {};
  return fail(
      ErrorCode::unprocessable,
      std::to_string(carriers) + " records carry it, and its type allows " + std::to_string(cap),
      "raise the cap of the type in cdp.toml and restart, if it is one person's");
}

Result<Reviews::Latched> Reviews::latched_notice(const ReviewId& id) const {
  pipeline_.fold().drain();
  std::optional<Latched> latched;
  bool there = false;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    const auto hold = graph.hold(id.bytes());
    there = hold.has_value();
    if (!hold || hold->reason != identity::HoldReason::over_cap) return;
    if (!graph.latched(hold->identifier)) return;
    latched = {hold->identifier, hold->kind, std::string(graph.rules().name_of(hold->kind))};
  });
  if (!there) {
    return fail(ErrorCode::not_found, "no notice of that id is there",
                "see: cdp merge review list");
  }
  if (!latched) {
    return fail(ErrorCode::unprocessable, "this is no notice of a latched identifier",
                "only over_cap is lifted; see: cdp merge review list");
  }
  CDP_CHECK(check_fits(*latched));
  return *latched;
}

Result<std::vector<Reviews::Latched>> Reviews::with_its_forms(const Latched& named) const {
  constexpr std::size_t kCarriersAsked = 10;  // most know the address, and not its hash alone
  auto carriers = pipeline_.live().holders(named.identifier);
  if (carriers.size() > kCarriersAsked) carriers.resize(kCarriersAsked);
  for (const PersonaOrdinal carrier : carriers) {
    CDP_TRY(const auto profile, pipeline_.live().profile_of(carrier));
    if (!profile) continue;
    for (const auto& member : profile->members) {
      for (const auto& known : member.document.identifiers) {
        if (member.persona != carrier || known.type != "email") continue;
        const event::Identifier address{known.type, known.value};
        const auto forms =
            identity::Normaliser::index(address, event::Trust::server, "", pipeline_.keyed().link);
        const auto* all = std::get_if<std::vector<event::FactIdentifier>>(&forms);
        if (all != nullptr && std::ranges::find(*all, named.identifier,
                                                &event::FactIdentifier::token) != all->end()) {
          return latched_of(address);
        }
      }
    }
  }
  return std::vector{named};
}

Result<std::vector<Reviews::Latched>> Reviews::latched_of(const event::Identifier& value) const {
  pipeline_.fold().drain();
  const auto indexed =
      identity::Normaliser::index(value, event::Trust::server, "", pipeline_.keyed().link);
  std::vector<Latched> out;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    const auto* named = std::get_if<std::vector<event::FactIdentifier>>(&indexed);
    if (named == nullptr) return;
    for (const auto& one : *named) {
      const std::uint8_t kind = graph.rules().kind_of(one.type);
      if (!graph.latched(one.token)) continue;
      out.push_back({one.token, kind, std::string(graph.rules().name_of(kind))});
    }
  });
  if (out.empty()) {
    return fail(ErrorCode::not_found, "nothing of that value was latched over its cap",
                "see: cdp merge review list");
  }
  for (const auto& latched : out) CDP_CHECK(check_fits(latched));
  return out;
}

Result<void> Reviews::lift(const std::function<Result<std::vector<Latched>>()>& chosen,
                           const std::string& reason) {
  CDP_CHECK(check_reason(reason));
  std::vector<Latched> lifted;
  const auto fill = [&](DecisionWriter& writer) -> Result<void> {
    for (const auto& latched : lifted) {
      LinkDecision decision;
      decision.kind = Kind::lift;
      decision.identifier = latched.identifier;
      decision.identifier_kind = latched.kind;
      decision.reason = reason;
      writer.add(decision);
      audit::Entry entry;
      entry.kind = "latch_lifted";
      entry.at = writer.now();
      entry.fields["type"] = latched.type;
      entry.fields["reason"] = reason;
      CDP_CHECK(writer.batch().audit(entry));
    }
    return {};
  };
  return commit_decisions(pipeline_, fill, [&]() -> Result<void> {
    CDP_TRY(lifted, chosen());
    return {};
  });
}

Result<void> Reviews::lift(const ReviewId& id, const std::string& reason) {
  const auto chosen = [&]() -> Result<std::vector<Latched>> {
    CDP_TRY(const auto named, latched_notice(id));
    return with_its_forms(named);
  };
  return lift(chosen, reason);
}

Result<std::vector<std::string>> Reviews::lift(const event::Identifier& value,
                                               const std::string& reason) {
  std::vector<std::string> types;
  const auto chosen = [&]() -> Result<std::vector<Latched>> {
    CDP_TRY(auto latched, latched_of(value));
    for (const auto& one : latched) types.push_back(one.type);
    return latched;
  };
  CDP_CHECK(lift(chosen, reason));
  return types;
}

std::string Reviews::words(const Review& review) {
  if (!review.held.empty()) return review.held;
  return "they look alike: weight " + std::to_string(review.millibits / 1000) + "." +
         std::to_string(std::abs(review.millibits % 1000) / 100) + " bits (" + review.model + ")";
}

Result<std::string> Reviews::to_json(const Review& review) const {
  std::string personas, subjects;
  for (const PersonaOrdinal persona : {review.first, review.second}) {
    if (persona.none()) continue;
    CDP_TRY(const auto key, pipeline_.persona_keys().open(persona));
    CDP_TRY(const auto subject, pipeline_.live().subject_of(persona));
    if (!subject) continue;
    personas += (personas.empty() ? "" : ",") + json::quote(key.persona.to_string());
    subjects += (subjects.empty() ? "" : ",") + json::quote(subject->to_string());
  }
  return R"({"id":)" + json::quote(review.id.to_string()) + R"(,"why":)" + json::quote(review.why) +
         R"(,"decidable":)" + (review.decidable ? "true" : "false") + R"(,"type":)" +
         json::quote(review.type) + R"(,"tier":)" + json::quote(review.tier) + R"(,"personas":[)" +
         personas + R"(],"subjects":[)" + subjects + R"(],"words":)" + json::quote(words(review)) +
         "}";
}

}  // namespace cdp::app
