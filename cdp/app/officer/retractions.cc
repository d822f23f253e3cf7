#include "cdp/app/officer/retractions.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "cdp/app/officer/decisions.h"
#include "cdp/app/officer/reviews.h"
#include "cdp/core/event/json.h"
#include "identity/identifier.h"
#include "identity/resolver.h"

namespace cdp::app {
namespace {

using Kind = LinkDecision::Kind;
using Origin = LinkDecision::Origin;

// What an identifier's value is indexed as: itself first, then what is made from it.
std::vector<Token> made_from(const event::FactIdentifier& identifier, event::Trust trust,
                             const crypto::BlindIndex& link) {
  std::vector<Token> out;
  const auto indexed =
      identity::Normaliser::index({identifier.type, identifier.value}, trust, "", link);
  if (const auto* all = std::get_if<std::vector<event::FactIdentifier>>(&indexed)) {
    for (const auto& one : *all) out.push_back(one.token);
  }
  if (out.empty() || out.front() != identifier.token) out = {identifier.token};
  return out;
}

// A SHA-256 may be of the address as it is, without Gmail's dots or as UID2 hashes it: one value
// under three names.
std::vector<Token> same_digest(const event::FactIdentifier& identifier, event::Trust trust,
                               const crypto::BlindIndex& link) {
  using identity::TypeKind;
  const TypeKind kind = identity::type_kind(identifier.type);
  if (kind != TypeKind::email_sha256 && kind != TypeKind::email_uid2 &&
      kind != TypeKind::email_gmaildot) {
    return {identifier.token};
  }
  std::vector<Token> out{identifier.token};
  for (const char* type : {"email_gmaildot", "email_uid2"}) {
    const auto indexed = identity::Normaliser::index({type, identifier.value}, trust, "", link);
    if (const auto* all = std::get_if<std::vector<event::FactIdentifier>>(&indexed)) {
      for (const auto& one : *all) out.push_back(one.token);
    }
  }
  return out;
}

bool overlap(const std::vector<Token>& one, const std::vector<Token>& other) {
  return std::ranges::any_of(
      one, [&](const Token& token) { return std::ranges::find(other, token) != other.end(); });
}

// Identifiers of one value, and everything that the value is called.
struct OneValue {
  std::vector<const event::FactIdentifier*> carried;
  std::vector<Token> names;

  void take(const OneValue& other) {
    carried.insert(carried.end(), other.carried.begin(), other.carried.end());
    names.insert(names.end(), other.names.begin(), other.names.end());
  }
  // The plainest first.
  std::vector<Token> tokens() const {
    auto sorted = carried;
    std::ranges::sort(sorted, {}, [](const event::FactIdentifier* one) {
      return std::tuple(identity::type_kind(one->type), one->token);
    });
    std::vector<Token> out;
    for (const auto* one : sorted) out.push_back(one->token);
    return out;
  }
};

// Hashes of an address that the record itself does not name: which of them are of one address is
// known from `addresses`, those of the person's records, each with what is made from it. Where a
// hash is of two of them (Gmail's dots) it goes with the one of which the record has more.
std::vector<OneValue> by_address(std::vector<OneValue> values,
                                 const std::vector<std::vector<Token>>& addresses) {
  std::vector<std::pair<std::ptrdiff_t, const std::vector<Token>*>> ranked;
  for (const auto& address : addresses) {
    ranked.emplace_back(
        std::ranges::count_if(values,
                              [&](const OneValue& value) { return overlap(value.names, address); }),
        &address);
  }
  std::ranges::stable_sort(ranked, std::greater(), &decltype(ranked)::value_type::first);
  std::vector<OneValue> out;
  for (const auto& [count, address] : ranked) {
    OneValue of_it;
    std::erase_if(values, [&, address = address](const OneValue& value) {
      if (!overlap(value.names, *address)) return false;
      of_it.take(value);
      return true;
    });
    if (!of_it.carried.empty()) out.push_back(std::move(of_it));
  }
  out.insert(out.end(), values.begin(), values.end());
  return out;
}

std::vector<OneValue> by_digest(const std::vector<const event::FactIdentifier*>& identifiers,
                                event::Trust trust, const crypto::BlindIndex& link) {
  std::vector<OneValue> out;
  for (const auto* identifier : identifiers) {
    const OneValue value{{identifier}, same_digest(*identifier, trust, link)};
    const auto known = std::ranges::find_if(
        out, [&](const OneValue& other) { return overlap(other.names, value.names); });
    if (known == out.end()) {
      out.push_back(value);
    } else {
      known->take(value);
    }
  }
  return out;
}

// The identifiers of a record as they stand and fall together: an address with what is made from
// it. What two addresses have in common (Gmail's dots) falls with neither alone.
std::vector<std::vector<Token>> values_of(const identity::PersonaDocument& document,
                                          const crypto::BlindIndex& link,
                                          const std::vector<std::vector<Token>>& addresses) {
  std::map<Token, std::size_t> claims;
  std::vector<std::vector<Token>> made;
  for (const auto& identifier : document.identifiers) {
    made.push_back(made_from(identifier, document.trust, link));
    if (made.back().size() < 2) continue;
    for (const Token& token : made.back()) ++claims[token];
  }
  std::vector<std::vector<Token>> out;
  std::vector<const event::FactIdentifier*> rest;
  for (std::size_t i = 0; i < made.size(); ++i) {
    auto& tokens = made[i];
    const Token plainest = tokens.front();
    if (tokens.size() == 1) {
      // Else made from an address.
      if (!claims.contains(plainest)) rest.push_back(&document.identifiers[i]);
      continue;
    }
    std::erase_if(tokens, [&](const Token& one) { return one != plainest && claims[one] > 1; });
    out.push_back(std::move(tokens));
  }
  auto digests = by_digest(rest, document.trust, link);
  for (auto& own : out) {
    std::erase_if(digests, [&](const OneValue& value) {
      if (!overlap(value.names, own)) return false;
      std::ranges::copy(value.tokens(), std::back_inserter(own));
      return true;
    });
  }
  for (const auto& value : by_address(std::move(digests), addresses)) out.push_back(value.tokens());
  return out;
}

// Every address that a record of the person names or named, with what is made from it.
std::vector<std::vector<Token>> addresses_of(const identity::Profile& profile,
                                             const crypto::BlindIndex& link) {
  std::set<std::vector<Token>> out;
  for (const auto& member : profile.members) {
    for (const auto* carried : {&member.document.identifiers, &member.retracted}) {
      for (const auto& identifier : *carried) {
        if (identity::type_kind(identifier.type) != identity::TypeKind::email) continue;
        out.insert(made_from(identifier, member.document.trust, link));
      }
    }
  }
  return {out.begin(), out.end()};
}

bool is_join(const Assertion& assertion) { return !assertion.other.none(); }

}  // namespace

AssertionId Retractions::id_of(PersonaOrdinal persona, const Token& identifier) const {
  return AssertionId(pipeline_.keyed().pseudonym.token(
      {"assertion", std::to_string(persona.value()), as_text(ByteView(identifier))}));
}

AssertionId Retractions::id_of_join(PersonaOrdinal first, PersonaOrdinal second,
                                    Origin origin) const {
  const auto [low, high] = std::minmax(first, second);
  return AssertionId(pipeline_.keyed().pseudonym.token({"join", std::to_string(low.value()),
                                                        std::to_string(high.value()),
                                                        std::to_string(static_cast<int>(origin))}));
}

std::vector<Assertion> Retractions::carried_by(
    const identity::ProfileMember& member, const std::vector<std::vector<Token>>& addresses) const {
  std::map<Token, identity::Link> links;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    for (const auto& link : graph.links_of(member.persona)) links[link.identifier] = link;
  });
  std::vector<Assertion> out;
  for (auto& tokens : values_of(member.document, pipeline_.keyed().link, addresses)) {
    const auto plainest = links.find(tokens.front());
    if (plainest == links.end()) continue;  // retracted since the profile was read
    std::erase_if(tokens, [&](const Token& token) { return !links.contains(token); });
    out.push_back({id_of(member.persona, tokens.front()),
                   member.persona,
                   {},
                   std::move(tokens),
                   plainest->second.kind,
                   plainest->second.tier,
                   Origin::none});
  }
  return out;
}

Result<std::vector<Assertion>> Retractions::joins_of(const identity::Profile& profile) const {
  std::map<Token, PersonaOrdinal> members;
  for (const auto& member : profile.members) {
    members[member.document.persona_token] = member.persona;
  }
  std::vector<Assertion> out;
  for (const auto& row : pipeline_.live().joins()) {
    const auto origin = static_cast<Origin>(row.origin);
    if (origin != Origin::accepted && origin != Origin::matched) continue;
    const auto first = members.find(row.first);
    const auto second = members.find(row.second);
    if (first == members.end() || second == members.end()) continue;
    out.push_back({id_of_join(first->second, second->second, origin),
                   first->second,
                   second->second,
                   {},
                   0,
                   event::Tier::none,
                   origin});
  }
  return out;
}

Result<std::vector<Assertion>> Retractions::of(const identity::Profile& profile) const {
  std::vector<Assertion> all;
  std::map<Token, std::set<PersonaOrdinal>> carriers;
  const auto addresses = addresses_of(profile, pipeline_.keyed().link);
  for (const auto& member : profile.members) {
    auto carried = carried_by(member, addresses);
    for (const auto& assertion : carried) {
      for (const Token& token : assertion.identifiers) carriers[token].insert(member.persona);
    }
    std::move(carried.begin(), carried.end(), std::back_inserter(all));
  }
  std::erase_if(all, [&](const Assertion& assertion) {
    return assertion.tier < event::Tier::device ||
           std::none_of(assertion.identifiers.begin(), assertion.identifiers.end(),
                        [&](const Token& token) { return carriers[token].size() > 1; });
  });
  CDP_TRY(auto joins, joins_of(profile));
  std::move(joins.begin(), joins.end(), std::back_inserter(all));
  return all;
}

Result<void> Retractions::write(const std::vector<Assertion>& assertions, bool retracted,
                                const std::string& reason,
                                const std::function<Result<void>()>& still_so) {
  const auto fill = [&](DecisionWriter& writer) -> Result<void> {
    for (const auto& assertion : assertions) {
      audit::Entry entry;
      entry.kind = retracted ? "assertion_retracted" : "assertion_restored";
      entry.at = writer.now();
      entry.fields["reason"] = reason;
      pipeline_.live().with_graph([&](const identity::Graph& graph) {
        entry.fields["type"] =
            is_join(assertion) ? "decision" : std::string(graph.rules().name_of(assertion.kind));
      });
      if (is_join(assertion)) {
        LinkDecision decision;
        decision.kind = retracted ? Kind::retract : Kind::restore;
        decision.first = assertion.persona;
        decision.second = assertion.other;
        decision.origin = assertion.origin;
        decision.reason = reason;
        writer.add(decision);
      } else {
        CDP_CHECK(writer.add(assertion.persona, {retracted, assertion.identifiers, reason}));
      }
      CDP_CHECK(writer.batch().audit(std::move(entry), assertion.persona));
    }
    return {};
  };
  return commit_decisions(pipeline_, fill, still_so);
}

Result<void> Retractions::retract(const identity::Profile& profile,
                                  const std::vector<AssertionId>& ids, const std::string& reason) {
  CDP_CHECK(check_reason(reason));
  if (ids.empty()) {
    return fail(ErrorCode::invalid_argument, "no assertion is named",
                "name asr_... as cdp merge explain does");
  }
  std::vector<Assertion> chosen;
  const auto choose = [&]() -> Result<void> {
    CDP_TRY(const auto known, of(profile));
    for (const auto& id : std::set<AssertionId>(ids.begin(), ids.end())) {
      const auto found = std::find_if(known.begin(), known.end(),
                                      [&](const Assertion& one) { return one.id == id; });
      if (found == known.end()) {
        return fail(ErrorCode::not_found, "that assertion does not join this person's records",
                    "see: cdp merge explain");
      }
      chosen.push_back(*found);
    }
    return {};
  };
  return write(chosen, true, reason, choose);
}

Result<void> Retractions::add_retracted_links(std::vector<RetractedAssertion>& out) const {
  std::map<std::pair<Position, PersonaOrdinal>, std::map<Token, identity::Link>> by_record;
  for (const auto& row : pipeline_.live().retractions()) {
    by_record[{row.record, row.link.persona}][row.link.identifier] = row.link;
  }
  for (const auto& [key, links] : by_record) {
    const auto& [position, persona] = key;
    CDP_TRY(const auto record, pipeline_.services().ledger.get(position));
    if (!record) continue;  // erased since
    const auto item = open_record(*record, pipeline_.persona_keys(), pipeline_.codec());
    if (!item) continue;  // being erased
    CDP_TRY(const auto said, Retraction::decode(std::get<Bytes>(item->content)));
    RetractedAssertion retracted;
    retracted.at = record->received_at;
    retracted.reason = said.reason;
    Assertion& assertion = retracted.assertion;
    // A later retraction may have taken over some of it, the plainest among them.
    const auto plainest = links.find(said.identifiers.front());
    const identity::Link& told = plainest == links.end() ? links.begin()->second : plainest->second;
    assertion = {id_of(persona, told.identifier),
                 persona,
                 {},
                 said.identifiers,
                 told.kind,
                 told.tier,
                 Origin::none};
    std::erase_if(assertion.identifiers,
                  [&held = links](const Token& one) { return !held.contains(one); });
    if (!assertion.identifiers.empty()) out.push_back(std::move(retracted));
  }
  return {};
}

Result<void> Retractions::add_retracted_joins(std::vector<RetractedAssertion>& out) const {
  for (const auto& row : pipeline_.live().joins()) {
    if (static_cast<Origin>(row.origin) != Origin::retracted) continue;
    CDP_TRY(const auto record, pipeline_.services().ledger.get(row.record));
    if (!record) continue;
    CDP_TRY(const auto decision, LinkDecision::decode(record->body));
    out.push_back({{id_of_join(decision.first, decision.second, decision.origin),
                    decision.first,
                    decision.second,
                    {},
                    0,
                    event::Tier::none,
                    decision.origin},
                   record->received_at,
                   decision.reason});
  }
  return {};
}

Result<std::vector<RetractedAssertion>> Retractions::list() const {
  pipeline_.fold().drain();
  std::vector<RetractedAssertion> out;
  CDP_CHECK(add_retracted_links(out));
  CDP_CHECK(add_retracted_joins(out));
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.assertion.id < b.assertion.id; });
  return out;
}

// What two addresses of a record make fell with the last of them; it comes back with the first.
Result<void> Retractions::add_what_it_makes(Assertion& assertion) const {
  if (is_join(assertion)) return {};
  CDP_TRY(const auto profile, pipeline_.live().profile_of(assertion.persona));
  if (!profile) return {};
  std::set<Token> retracted;
  for (const auto& row : pipeline_.live().retractions()) {
    if (row.link.persona == assertion.persona) retracted.insert(row.link.identifier);
  }
  auto& tokens = assertion.identifiers;
  for (const auto& member : profile->members) {
    if (member.persona != assertion.persona) continue;
    for (const auto& identifier : member.retracted) {
      if (std::ranges::find(tokens, identifier.token) == tokens.end()) continue;
      for (const Token& made :
           made_from(identifier, member.document.trust, pipeline_.keyed().link)) {
        const bool missing = std::ranges::find(tokens, made) == tokens.end();
        if (missing && retracted.contains(made)) tokens.push_back(made);
      }
    }
  }
  return {};
}

Result<void> Retractions::restore(const AssertionId& id, const std::string& reason) {
  CDP_CHECK(check_reason(reason));
  std::vector<Assertion> chosen;
  const auto choose = [&]() -> Result<void> {
    CDP_TRY(const auto retracted, list());
    for (const auto& one : retracted) {
      if (one.assertion.id == id) chosen.push_back(one.assertion);
    }
    for (auto& assertion : chosen) CDP_CHECK(add_what_it_makes(assertion));
    if (!chosen.empty()) return {};
    return fail(ErrorCode::not_found, "no assertion of that id is retracted",
                "see: cdp merge retracted");
  };
  return write(chosen, false, reason, choose);
}

std::string Retractions::words(const Assertion& assertion) const {
  if (assertion.origin == Origin::matched) return "a match by likeness";
  if (is_join(assertion)) return "an officer's decision";
  std::string out;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    out = identity::kind_in_words(assertion.kind, graph.rules());
  });
  if (assertion.identifiers.size() > 1) out += " with other forms of the same address";
  return out + " (" + std::string(identity::to_string(assertion.tier)) + ")";
}

Result<std::string> Retractions::to_json(const Assertion& assertion) const {
  const auto id_of_record = [&](PersonaOrdinal persona) -> Result<std::string> {
    if (persona.none()) return std::string();
    CDP_TRY(const auto key, pipeline_.persona_keys().open(persona));
    return key.persona.to_string();
  };
  CDP_TRY(const auto persona, id_of_record(assertion.persona));
  CDP_TRY(const auto other, id_of_record(assertion.other));
  std::string type;
  pipeline_.live().with_graph([&](const identity::Graph& graph) {
    if (!is_join(assertion)) type = graph.rules().name_of(assertion.kind);
  });
  return R"({"id":)" + json::quote(assertion.id.to_string()) + R"(,"persona":)" +
         json::quote(persona) + R"(,"other":)" + json::quote(other) + R"(,"type":)" +
         json::quote(type) + R"(,"tier":)" +
         json::quote(is_join(assertion) ? std::string_view()
                                        : identity::to_string(assertion.tier)) +
         R"(,"words":)" + json::quote(words(assertion)) + "}";
}

}  // namespace cdp::app
