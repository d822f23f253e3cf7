#include "consent/sales.h"

#include <algorithm>

namespace cdp::consent {

std::vector<event::StatementDraft> sales_in(const event::Observation& observation,
                                            const SourceConfig& source, const Policy& policy) {
  std::vector<event::StatementDraft> sales;
  if (!observation.event || observation.anonymous || source.trust == event::Trust::public_key) {
    return sales;
  }
  const std::string& name = observation.event->name;
  if (name != "Order Completed" && name != "Order Paid") return sales;
  for (const auto& [key, purpose] : policy.purposes) {
    if (purpose.basis != event::Basis::soft_opt_in) continue;
    const auto type = contact_type_of(purpose.channel);
    const auto& known = observation.identifiers;
    const auto address = std::find_if(known.begin(), known.end(),
                                      [&](const auto& item) { return item.type == type; });
    if (address == known.end()) continue;
    event::StatementDraft& sale = sales.emplace_back();
    sale.purpose = key;
    sale.channel = purpose.channel;
    sale.contact_point = *address;
    sale.choice = event::Choice::granted;
    sale.basis = event::Basis::soft_opt_in;
    sale.grade = event::Grade::recorded;
    sale.method = event::method::kSale;
    sale.actor = event::Actor::vendor;
    sale.place = purpose.opt_out_offered;
    sale.occurred_at =
        observation.occurred_at.known() ? observation.occurred_at : observation.received_at;
  }
  return sales;
}

}  // namespace cdp::consent
