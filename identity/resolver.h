// What stands between facts and the graph: links of a fact, subject ids, and a merge explained in
// words that hold no personal data: types, tiers and counts, never a value or a token.
//
// Thread-safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "identity/graph/graph.h"
#include "identity/identifier.h"

namespace cdp::identity {

// The links that a fact's identifiers put into the graph, in their order. Identifiers that never
// link are among them: they can be looked up.
std::vector<Link> links_of(PersonaOrdinal persona,
                           std::span<const event::FactIdentifier> identifiers,
                           const Rules& rules = Rules::defaults());

// As subject_id(anchor) in profile.h, for a later life: `epoch` counts the erasures of the anchor,
// so that who comes back is not recognised by the id. Epoch 0 is the first life.
SubjectId subject_id(const Token& anchor, std::uint64_t epoch,
                     const crypto::BlindIndex& pseudonym_index);

struct ExplainedMember {
  PersonaOrdinal persona;
  std::string id;      // "per_..."
  std::string source;  // "shopify"
  bool anonymous = false;
};

// Why these personas are one subject. Filled by the caller from Graph::explain and the persona
// documents; `joins` may only name members.
struct MergeExplanation {
  SubjectId subject;
  std::vector<ExplainedMember> members;
  std::vector<Join> joins;
};

// "an e-mail address", "a vendor's customer id", "a loyalty.card", with its article.
std::string kind_in_words(std::uint8_t kind, const Rules& rules);
std::string_view to_string(event::Tier tier);

// One sentence per join, then what the whole rests on:
//   3 records are one person (sub_...):
//     shopify (per_...) and newsletter (per_...) share an e-mail address (declared)
//     shopify (per_...) and till (per_...) were joined by an officer's decision
//   held together by 1 declared link and 1 decision
// Types are named as `rules` name them.
std::string explain_in_words(const MergeExplanation& explanation, const Rules& rules);
// {"subject","members":[{"persona","source","anonymous"}],"joins":[{"a","b","reason","identifier",
// "tier","words"}]}; identifier and tier are empty for a must-link.
std::string explain_as_json(const MergeExplanation& explanation, const Rules& rules);
// Why something shared does not link: "they share an e-mail address (declared), and each has a
// login that the other lacks". Of the two (or one) records that the hold names.
std::string hold_in_words(const Hold& hold, const Rules& rules);

}  // namespace cdp::identity
