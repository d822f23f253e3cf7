// Gate: the only place that decides "may this leave, for this purpose, to this destination" (DESIGN
// §1).
//
//   CDP_TRY(auto verdict, gate.admit(request, &profile, now));
//   if (auto* view = std::get_if<ConsentedView>(&verdict)) ...
//
// An Error means it could not judge, and then nothing leaves. A Refusal is a value: the caller of a
// destination route must answer an unknown, an erased and a refused person alike (200, same shape):
// see refused_view().
//
// Rules inside: purpose and attribute must be configured for the destination and mapped in the data
// map; each attribute is released only when decide() allows it for the member it comes from; the
// newest permitted value wins; a channel purpose releases contact attributes only for the granted
// address, and one view speaks of one address: the newest that is permitted; a view needs at least
// one released attribute, otherwise it is a Refusal. `list_unsubscribe` is minted, not kept, and
// goes only with another attribute (consent/unsubscribe.h).
//
// Thread-safety: const and safe. Lifetime: policy and index must outlive the gate.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "consent/attribute_judge.h"
#include "consent/choice_order.h"
#include "consent/consented_view.h"
#include "consent/effective.h"
#include "consent/unsubscribe.h"

namespace cdp::consent {

struct Refusal {
  Reason reason = Reason::no_statement;
};

struct GateRequest {
  std::string destination;
  std::string purpose;
  // Only these of the destination's attributes; empty = all configured.
  std::vector<std::string> attributes;
};

using Verdict = std::variant<ConsentedView, Refusal>;

// Attribute by attribute, with the real reason and the source: for the subject and the officer
// only.
struct Explanation {
  struct Row {
    std::string attribute;
    bool released = false;
    Reason reason = Reason::no_statement;
    std::string source;
  };
  std::vector<Row> rows;
  Reason overall = Reason::granted;
};

class Gate {
 public:
  Gate(const Policy& policy, const crypto::BlindIndex& pseudonym_index,
       const crypto::BlindIndex& link_index);

  // `profile` null = nobody known by that identifier.
  // Errors: not_found for an unknown destination or purpose, permission_denied for a purpose or
  // attribute not configured for the destination.
  // `withheld` of a view lists every attribute configured for the destination that is not released,
  // asked for or not.
  Result<Verdict> admit(const GateRequest& request, const identity::Profile* profile,
                        Time now) const;
  Result<Explanation> explain(const GateRequest& request, const identity::Profile* profile,
                              Time now) const;

  // What a destination is shown when nothing may be released: every configured attribute withheld,
  // a subject pseudonym that is keyed from the asked identifier's token so that unknown, erased and
  // refused look alike.
  Result<ConsentedView> refused_view(const GateRequest& request, const Token& asked,
                                     Time now) const;

  // A "no" for a vendor that holds the person under `vendor_id` and was shown the person for
  // `purpose`, whether or not it is configured for that today: which vendors those are is for the
  // caller, who keeps the disclosures. Errors: not_found for an unknown destination; unprocessable
  // when the choice is a grant.
  Result<ChoiceOrder> choice_order(const std::string& destination, const std::string& vendor_id,
                                   const std::string& purpose, event::Choice choice,
                                   Time decided_at) const;

  // A "no" to a category of data, for a vendor that was given `attributes` of it. Errors: not_found
  // for an unknown destination; unprocessable for a grant, for what is no category, and without
  // attributes.
  Result<ChoiceOrder> category_order(const std::string& destination, const std::string& vendor_id,
                                     const std::string& category,
                                     std::vector<std::string> attributes, event::Choice choice,
                                     Time decided_at) const;
  // A vendor was given `corrected.attributes` under `vendor_id`, and they have changed. Empty: a
  // view of today shows the vendor all of them, under that very name; it needs no order. Errors:
  // not_found for an unknown destination; invalid_argument without attributes; what admit()
  // answers when it cannot judge.
  Result<std::optional<ChoiceOrder>> correction(const GateRequest& corrected,
                                                const std::string& vendor_id,
                                                const identity::Profile& profile, Time now) const;

  // Of the links that views carry.
  const UnsubscribeLinks& unsubscribe_links() const { return unsubscribe_; }

  // The name of a subject for one destination: "dsb_..." keyed by (destination, subject).
  std::string pseudonym(const std::string& destination, const SubjectId& subject) const;

 private:
  struct Scope {  // what a request may speak of, checked
    const DestinationConfig* destination = nullptr;
    const Purpose* purpose = nullptr;
    const std::vector<std::string>* attributes = nullptr;  // asked for
  };
  Result<Scope> scope(const GateRequest& request) const;
  Result<bool> shows_all(const GateRequest& request, const std::string& vendor_id,
                         const identity::Profile& profile, Time now) const;
  // The value of `list_unsubscribe` (consent/unsubscribe.h), for a view that speaks of `address`.
  std::optional<std::string> unsubscribe_headers(
      const Scope& scope, const std::optional<AttributeJudge::Address>& address) const;
  ConsentedView blank_view(const GateRequest& request, std::string subject, Time now) const;

  const Policy& policy_;
  const crypto::BlindIndex& pseudonym_index_;
  const crypto::BlindIndex& link_index_;
  const UnsubscribeLinks unsubscribe_;
};

}  // namespace cdp::consent
