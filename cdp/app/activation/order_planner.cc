#include "cdp/app/activation/order_planner.h"

#include <algorithm>

#include "cdp/app/activation/outbox_book.h"

namespace cdp::app {
namespace {

using connectors::OrderBody;

// May this "no" touch what was disclosed for `purpose` to this destination? The same reading as the
// engine's (consent/weighing): GPC reaches whoever is no processor and every sale.
bool concerns(const event::Statement& said, const std::string& purpose,
              const consent::DestinationConfig& destination, const consent::Policy& policy) {
  const consent::Purpose* known = policy.purpose(purpose);
  if (!said.vendor.empty() && said.vendor != destination.name) return false;
  if (!said.channel.empty() && known != nullptr && said.channel != known->channel) return false;
  // What the vendor told us itself it need not hear from us.
  if (!destination.source.empty() && destination.source == said.source) return false;
  if (said.purpose.empty() || said.purpose == consent::kEveryPurpose) return true;
  if (said.purpose == consent::kGpcPurpose) {
    return known == nullptr || known->sale_or_share ||
           destination.role == consent::DestinationRole::sale_or_share;
  }
  return consent::is_data_category(said.purpose) || consent::covers(said.purpose, purpose);
}

// "city,first_name" -> each.
std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    out.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return out;
}

// Which of the disclosed attributes are of the category: when they were shown, or today. Rows from
// before categories were kept have none.
std::vector<std::string> names_of_category(const store::Disclosure& disclosure,
                                           const std::string& category,
                                           const consent::Policy& policy) {
  auto names = split(disclosure.attributes);
  auto then = split(disclosure.categories);
  then.resize(names.size());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto today = policy.attributes.find(names[i]);
    if (consent::covers(category, then[i]) ||
        (today != policy.attributes.end() && consent::covers(category, today->second.category))) {
      out.push_back(std::move(names[i]));
    }
  }
  return out;
}

}  // namespace

// A row that is closed is not tried again: its next_try says when that was.
Time closed_at(const store::OutboxItem& row) { return row.next_try; }

OrderPlanner::OrderPlanner(const store::Ledger& ledger, const crypto::Keyring& keyring,
                           std::string tenant, Clock& clock, Random& random)
    : ledger_(ledger),
      keyring_(keyring),
      tenant_(std::move(tenant)),
      clock_(clock),
      random_(random) {}

// `concerned(destination, disclosure)` answers what the order is about (a purpose or a category,
// empty = nothing) and which of the disclosed attributes.
template <class Concerned>
OrderPlanner::Orders OrderPlanner::held_by_vendors(const consent::Policy& policy,
                                                   const Folded& folded,
                                                   Concerned&& concerned) const {
  Orders orders;
  for (const PersonaOrdinal member : folded.members) {
    const auto disclosures = ledger_.disclosures_of(member);
    if (!disclosures) continue;
    for (const auto& disclosure : *disclosures) {
      const auto* destination = policy.destination(disclosure.destination);
      if (destination == nullptr || destination->url.empty() || disclosure.vendor_id.empty()) {
        continue;
      }
      const auto [about, attributes] = concerned(*destination, disclosure);
      if (about.empty()) continue;
      Held& held = orders
                       .try_emplace({disclosure.destination, disclosure.vendor_id, about},
                                    Held{member, {}, {}})
                       .first->second;
      held.attributes.insert(attributes.begin(), attributes.end());
      held.last_at = std::max(held.last_at, disclosure.last_at);
    }
  }
  return orders;
}

void OrderPlanner::plan_no(const consent::Policy& policy, const Folded& folded,
                           const event::Statement& said, std::vector<PlannedEffect>& out) const {
  using About = std::pair<std::string, std::vector<std::string>>;
  const bool category = consent::is_data_category(said.purpose);
  const auto orders = held_by_vendors(
      policy, folded,
      [&](const consent::DestinationConfig& destination, const store::Disclosure& disclosure) {
        if (!concerns(said, disclosure.purpose, destination, policy)) return About{};
        if (!category) return About{disclosure.purpose, {}};
        auto names = names_of_category(disclosure, said.purpose, policy);
        return names.empty() ? About{} : About{said.purpose, std::move(names)};
      });
  for (const auto& [to, held] : orders) {
    OrderBody body;
    body.choice = said.choice;
    body.decided_at = said.received_at;
    body.about = category ? OrderBody::About::category : OrderBody::About::purpose;
    out.push_back(order(folded, to, held, std::move(body)));
  }
}

void OrderPlanner::plan_corrections(const consent::Policy& policy, const Folded& folded,
                                    std::vector<PlannedEffect>& out) const {
  using About = std::pair<std::string, std::vector<std::string>>;
  if (folded.corrected.empty()) return;
  const bool anybody = std::ranges::any_of(
      policy.destinations, [](const auto& entry) { return !entry.second.url.empty(); });
  if (!anybody) return;
  const auto orders = held_by_vendors(
      policy, folded, [&](const consent::DestinationConfig&, const store::Disclosure& disclosure) {
        auto names = split(disclosure.attributes);
        std::erase_if(names, [&](const auto& name) {
          return !std::ranges::binary_search(folded.corrected, name);
        });
        return names.empty() ? About{} : About{disclosure.purpose, std::move(names)};
      });
  for (const auto& [to, held] : orders) {
    if (is_told(to, held)) continue;
    OrderBody body;
    body.decided_at = clock_.now();
    body.about = OrderBody::About::correction;
    out.push_back(order(folded, to, held, std::move(body)));
  }
}

// One that waits says the same, or the vendor knows that its copy is old and got no newer one.
bool OrderPlanner::is_told(const Addressee& to, const Held& held) const {
  const auto& [destination, vendor_id, purpose] = to;
  const auto rows = ledger_.outbox_of(held.member);
  if (!rows) return true;
  for (const auto& row : *rows) {
    if (row.kind != store::OutboxKind::correction || row.destination != destination ||
        row.purpose != purpose) {
      continue;
    }
    const auto body =
        OrderBody::open(keyring_.request_key(), tenant_, row.cause.value(), row.sealed_order);
    if (!body || body->vendor_id != vendor_id) continue;
    const bool waits =
        is_open(row.status) && std::ranges::includes(body->attributes, held.attributes);
    const bool knows =
        row.status == store::OutboxStatus::delivered && closed_at(row) >= held.last_at;
    if (waits || knows) return true;
  }
  return false;
}

PlannedEffect OrderPlanner::order(const Folded& folded, const Addressee& to, const Held& held,
                                  OrderBody body) const {
  store::OutboxItem item;
  std::tie(item.destination, body.vendor_id, body.purpose) = to;
  body.attributes.assign(held.attributes.begin(), held.attributes.end());
  item.kind = body.about == OrderBody::About::correction ? store::OutboxKind::correction
                                                         : store::OutboxKind::choice;
  item.persona = held.member;
  item.cause = folded.position;
  item.purpose = body.purpose;
  item.sealed_order = body.seal(keyring_.request_key(), tenant_, folded.position.value(), random_);
  item.next_try = clock_.now();
  return {folded.position, Deliver{std::move(item)}};
}

}  // namespace cdp::app
