#include "cdp/app/ingest/link_decision.h"

#include <algorithm>

#include "cdp/core/event/cbor.h"

namespace cdp::app {
namespace {

using event::cbor::Reader;
using event::cbor::Writer;

constexpr std::uint64_t kDecisionForm = 2;
constexpr std::size_t kDecisionItems = 11;
constexpr std::size_t kFirstFormItems = 3;
constexpr std::uint64_t kChangeForm = 1;
constexpr std::size_t kChangeItems = 5;
constexpr std::uint64_t kRetractionForm = 1;
constexpr std::size_t kRetractionItems = 4;

tl::unexpected<Error> misshapen() {
  return fail(ErrorCode::corrupt, "a link decision has another shape");
}

void put(Writer& w, const Token& token) {
  w.bytes(token == Token{} ? ByteView() : ByteView(token));
}

Result<Token> token_of(Reader& r) {
  CDP_TRY(const auto bytes, r.bytes());
  Token token{};
  if (bytes.empty()) return token;
  if (bytes.size() != token.size()) return misshapen();
  std::copy(bytes.begin(), bytes.end(), token.begin());
  return token;
}

Result<std::uint8_t> small(Reader& r, std::uint64_t most) {
  CDP_TRY(const auto value, r.uint());
  if (value > most) return misshapen();
  return static_cast<std::uint8_t>(value);
}

// [apart, token, token]
Result<LinkDecision> decode_first_form(Reader& r) {
  LinkDecision decision;
  CDP_TRY(const bool apart, r.boolean());
  decision.kind = apart ? LinkDecision::Kind::apart : LinkDecision::Kind::not_apart;
  decision.tokens.emplace();
  CDP_TRY(decision.tokens->first, token_of(r));
  CDP_TRY(decision.tokens->second, token_of(r));
  if (!r.done()) return misshapen();
  return decision;
}

}  // namespace

Bytes LinkDecision::encode() const {
  Writer w;
  w.array(kDecisionItems);
  w.uint(kDecisionForm);
  w.uint(static_cast<std::uint64_t>(kind));
  w.uint(first.value());
  w.uint(second.value());
  put(w, identifier);
  w.uint(identifier_kind);
  w.uint(static_cast<std::uint64_t>(origin));
  put(w, review);
  w.text(reason);
  w.text(model);
  w.integer(millibits);
  return w.take();
}

Result<LinkDecision> LinkDecision::decode(ByteView bytes) {
  Reader r(bytes);
  CDP_TRY(const auto items, r.array());
  if (items == kFirstFormItems) return decode_first_form(r);
  CDP_TRY(const auto form, r.uint());
  if (items != kDecisionItems || form != kDecisionForm) return misshapen();
  LinkDecision decision;
  CDP_TRY(const auto kind, small(r, static_cast<std::uint64_t>(Kind::restore)));
  if (kind == 0) return misshapen();
  decision.kind = static_cast<Kind>(kind);
  CDP_TRY(const auto first, r.uint());
  CDP_TRY(const auto second, r.uint());
  decision.first = PersonaOrdinal(first);
  decision.second = PersonaOrdinal(second);
  CDP_TRY(decision.identifier, token_of(r));
  CDP_TRY(decision.identifier_kind, small(r, UINT8_MAX));
  CDP_TRY(const auto origin, small(r, static_cast<std::uint64_t>(Origin::proposed)));
  decision.origin = static_cast<Origin>(origin);
  CDP_TRY(decision.review, token_of(r));
  CDP_TRY(const auto reason, r.text());
  CDP_TRY(const auto model, r.text());
  decision.reason = reason;
  decision.model = model;
  CDP_TRY(decision.millibits, r.integer());
  if (!r.done()) return misshapen();
  return decision;
}

Bytes Retraction::encode() const {
  Writer w;
  w.array(kRetractionItems);
  w.uint(kRetractionForm);
  w.boolean(retracted);
  w.text(reason);
  w.array(identifiers.size());
  for (const Token& identifier : identifiers) put(w, identifier);
  return w.take();
}

Result<Retraction> Retraction::decode(ByteView bytes) {
  Reader r(bytes);
  CDP_TRY(const auto items, r.array());
  CDP_TRY(const auto form, r.uint());
  if (items != kRetractionItems || form != kRetractionForm) return misshapen();
  Retraction retraction;
  CDP_TRY(retraction.retracted, r.boolean());
  CDP_TRY(const auto reason, r.text());
  retraction.reason = reason;
  CDP_TRY(const auto identifiers, r.array());
  for (std::size_t i = 0; i < identifiers; ++i) {
    CDP_TRY(const auto identifier, token_of(r));
    retraction.identifiers.push_back(identifier);
  }
  if (!r.done() || retraction.identifiers.empty()) return misshapen();
  return retraction;
}

const std::vector<std::string>& known_reasons() {
  static const std::vector<std::string> reasons = {
      "same_person_confirmed", "different_people_confirmed", "documents_seen", "duplicate_account",
      "shared_contact",        "family_or_household",        "staff_or_test",  "data_error"};
  return reasons;
}

Bytes SubjectChange::encode() const {
  Writer w;
  w.array(kChangeItems);
  w.uint(kChangeForm);
  w.uint(cause.value());
  w.text(rules);
  w.boolean(merged);
  w.array(subjects.size());
  for (const auto& members : subjects) {
    w.array(members.size());
    for (const PersonaOrdinal member : members) w.uint(member.value());
  }
  return w.take();
}

Result<SubjectChange> SubjectChange::decode(ByteView bytes) {
  Reader r(bytes);
  CDP_TRY(const auto items, r.array());
  CDP_TRY(const auto form, r.uint());
  if (items != kChangeItems || form != kChangeForm) return misshapen();
  SubjectChange change;
  CDP_TRY(const auto cause, r.uint());
  change.cause = Position(cause);
  CDP_TRY(const auto rules, r.text());
  change.rules = rules;
  CDP_TRY(change.merged, r.boolean());
  CDP_TRY(const auto subjects, r.array());
  for (std::size_t i = 0; i < subjects; ++i) {
    CDP_TRY(const auto members, r.array());
    auto& subject = change.subjects.emplace_back();
    for (std::size_t k = 0; k < members; ++k) {
      CDP_TRY(const auto member, r.uint());
      subject.emplace_back(member);
    }
  }
  if (!r.done()) return misshapen();
  return change;
}

}  // namespace cdp::app
