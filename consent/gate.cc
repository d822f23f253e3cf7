#include "consent/gate.h"

#include <algorithm>

#include "cdp/core/event/json.h"
#include "consent/attribute_judge.h"

namespace cdp::consent {

namespace {

bool holds(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

tl::unexpected<Error> no_such_destination() {
  return fail(ErrorCode::not_found, "no destination of that name is configured",
              "see [destination] in cdp.toml");
}

ChoiceOrder::Kind kind_of(event::Choice choice) {
  return choice == event::Choice::restricted ? ChoiceOrder::Kind::restrict
                                             : ChoiceOrder::Kind::deny;
}

std::string_view text_of(const Token& token) { return as_text(ByteView(token)); }

}  // namespace

Gate::Gate(const Policy& policy, const crypto::BlindIndex& pseudonym_index,
           const crypto::BlindIndex& link_index)
    : policy_(policy),
      pseudonym_index_(pseudonym_index),
      link_index_(link_index),
      unsubscribe_(pseudonym_index) {}

Result<Gate::Scope> Gate::scope(const GateRequest& request) const {
  const DestinationConfig* destination = policy_.destination(request.destination);
  if (destination == nullptr) return no_such_destination();
  const Purpose* purpose = policy_.purpose(request.purpose);
  if (purpose == nullptr) {
    return fail(ErrorCode::not_found, "no purpose of that name is configured",
                "see [purpose] in cdp.toml and its pack");
  }
  if (!holds(destination->purposes, request.purpose)) {
    return fail(ErrorCode::permission_denied, "the destination is not configured for that purpose",
                "add it to the destination's purposes in cdp.toml");
  }
  for (const std::string& attribute : request.attributes) {
    if (!holds(destination->attributes, attribute)) {
      return fail(ErrorCode::permission_denied,
                  "the destination is not configured for one of the attributes",
                  "add it to the destination's attributes in cdp.toml");
    }
  }
  return Scope{destination, purpose,
               request.attributes.empty() ? &destination->attributes : &request.attributes};
}

ConsentedView Gate::blank_view(const GateRequest& request, std::string subject, Time now) const {
  ConsentedView view;
  view.destination_ = request.destination;
  view.purpose_ = request.purpose;
  view.subject_ = std::move(subject);
  view.minted_at_ = now;
  return view;
}

Result<Verdict> Gate::admit(const GateRequest& request, const identity::Profile* profile,
                            Time now) const {
  CDP_TRY(const Scope scope, this->scope(request));
  if (profile == nullptr) return Verdict(Refusal{Reason::no_statement});
  AttributeJudge judge(policy_, *scope.destination, *scope.purpose, *profile, link_index_, now);
  ConsentedView view = blank_view(request, {}, now);
  const PiiAccess access;
  Reason why = Reason::no_value;
  bool wants_unsubscribe = false;
  for (const std::string& name : scope.destination->attributes) {
    if (scope.attributes != &scope.destination->attributes && !holds(*scope.attributes, name)) {
      view.withheld_.push_back(name);
      continue;
    }
    if (name == kListUnsubscribe) {
      wants_unsubscribe = true;  // no value of the person's: minted for what is released
      continue;
    }
    const JudgedAttribute judged = judge.judge(name);
    if (!judged.decision.allowed) {
      view.withheld_.push_back(name);
      if (informative(judged.decision.reason) > informative(why)) why = judged.decision.reason;
      continue;
    }
    view.attributes_.push_back({name,
                                judged.json != nullptr
                                    ? judged.json->open(access)
                                    : json::quote(judged.identifier->value.open(access)),
                                policy_.attributes.at(name).category});
  }
  if (view.attributes_.empty()) return Verdict(Refusal{why});
  if (wants_unsubscribe) {
    const std::string name(kListUnsubscribe);
    if (auto headers = unsubscribe_headers(scope, judge.address())) {
      view.attributes_.push_back({name, *std::move(headers), policy_.attributes.at(name).category});
    } else {
      view.withheld_.push_back(name);
    }
  }
  view.subject_ = pseudonym(request.destination, profile->subject);
  view.position_ = profile->position;
  return Verdict(std::move(view));
}

std::optional<std::string> Gate::unsubscribe_headers(
    const Scope& scope, const std::optional<AttributeJudge::Address>& address) const {
  const std::string& base_url = policy_.preference_centre.base_url;
  // RFC 8058 is for mail, and a link that leads nowhere is worse than none.
  if (!address || scope.purpose->channel != "email" || base_url.empty()) return std::nullopt;
  if (!policy_.attributes.contains(std::string(kListUnsubscribe))) return std::nullopt;
  return list_unsubscribe_json(
      base_url, unsubscribe_.mint({address->member->document.persona_token, address->contact_point,
                                   scope.purpose->key, scope.destination->name}));
}

Result<Explanation> Gate::explain(const GateRequest& request, const identity::Profile* profile,
                                  Time now) const {
  CDP_TRY(const Scope scope, this->scope(request));
  Explanation explanation;
  explanation.overall = profile == nullptr ? Reason::no_statement : Reason::no_value;
  if (profile == nullptr) {
    for (const std::string& name : *scope.attributes) {
      explanation.rows.push_back({name, false, Reason::no_statement, {}});
    }
    return explanation;
  }
  AttributeJudge judge(policy_, *scope.destination, *scope.purpose, *profile, link_index_, now);
  for (const std::string& name : *scope.attributes) {
    if (name == kListUnsubscribe) {
      const bool minted = unsubscribe_headers(scope, judge.address()).has_value();
      explanation.rows.push_back({name, minted, minted ? Reason::granted : Reason::no_value, {}});
      continue;
    }
    const JudgedAttribute judged = judge.judge(name);
    Explanation::Row row{name, judged.decision.allowed, judged.decision.reason, {}};
    if (judged.member != nullptr) {
      row.source = judged.member->document.source;
    } else if (judged.decision.deciding != nullptr) {
      row.source = judged.decision.deciding->source;
    }
    if (informative(row.reason) > informative(explanation.overall)) {
      explanation.overall = row.reason;
    }
    explanation.rows.push_back(std::move(row));
  }
  return explanation;
}

Result<ConsentedView> Gate::refused_view(const GateRequest& request, const Token& asked,
                                         Time now) const {
  CDP_TRY(const Scope scope, this->scope(request));
  const Token token =
      pseudonym_index_.token({"destination subject", request.destination, text_of(asked)});
  ConsentedView view = blank_view(request, "dsb_" + to_crockford(token), now);
  view.withheld_ = scope.destination->attributes;
  return view;
}

// What the vendor was given it was given: that the data map or the destination speaks of it no more
// is no reason not to tell it.
Result<ChoiceOrder> Gate::choice_order(const std::string& destination, const std::string& vendor_id,
                                       const std::string& purpose, event::Choice choice,
                                       Time decided_at) const {
  if (policy_.destination(destination) == nullptr) return no_such_destination();
  if (choice == event::Choice::granted) {
    return fail(ErrorCode::unprocessable, "a choice order carries a no, never a grant");
  }
  ChoiceOrder order;
  order.destination_ = destination;
  order.vendor_id_ = vendor_id;
  order.purpose_ = purpose;
  order.kind_ = kind_of(choice);
  order.choice_ = choice;
  order.decided_at_ = decided_at;
  return order;
}

Result<ChoiceOrder> Gate::category_order(const std::string& destination,
                                         const std::string& vendor_id, const std::string& category,
                                         std::vector<std::string> attributes, event::Choice choice,
                                         Time decided_at) const {
  if (policy_.destination(destination) == nullptr) return no_such_destination();
  if (choice == event::Choice::granted) {
    return fail(ErrorCode::unprocessable, "a choice order carries a no, never a grant");
  }
  if (!is_data_category(category) || attributes.empty()) {
    return fail(ErrorCode::unprocessable, "the choice touches no data of the destination");
  }
  ChoiceOrder order;
  order.destination_ = destination;
  order.vendor_id_ = vendor_id;
  order.category_ = category;
  order.attributes_ = std::move(attributes);
  order.kind_ = kind_of(choice);
  order.choice_ = choice;
  order.decided_at_ = decided_at;
  return order;
}

Result<bool> Gate::shows_all(const GateRequest& request, const std::string& vendor_id,
                             const identity::Profile& profile, Time now) const {
  // Under an older name (before a merge) nobody hears of a view any more.
  if (vendor_id != pseudonym(request.destination, profile.subject)) return false;
  auto verdict = admit(request, &profile, now);
  if (!verdict) {
    const auto code = verdict.error().code;
    const bool unconfigured = code == ErrorCode::not_found || code == ErrorCode::permission_denied;
    if (unconfigured) return false;
    return fail(verdict.error());
  }
  const auto* view = std::get_if<ConsentedView>(&*verdict);
  return view != nullptr && view->attributes().size() == request.attributes.size();
}

Result<std::optional<ChoiceOrder>> Gate::correction(const GateRequest& corrected,
                                                    const std::string& vendor_id,
                                                    const identity::Profile& profile,
                                                    Time now) const {
  if (policy_.destination(corrected.destination) == nullptr) return no_such_destination();
  if (corrected.attributes.empty()) {
    return fail(ErrorCode::invalid_argument, "a correction names no attribute");
  }
  CDP_TRY(const bool shown, shows_all(corrected, vendor_id, profile, now));
  if (shown) return std::nullopt;
  ChoiceOrder order;
  order.kind_ = ChoiceOrder::Kind::correct;
  order.destination_ = corrected.destination;
  order.vendor_id_ = vendor_id;
  order.purpose_ = corrected.purpose;
  order.decided_at_ = now;
  return order;
}

std::string Gate::pseudonym(const std::string& destination, const SubjectId& subject) const {
  return "dsb_" + to_crockford(pseudonym_index_.token(
                      {"destination subject", destination, text_of(subject.bytes())}));
}

}  // namespace cdp::consent
