#include "cdp/app/preferences/vendors.h"

#include <algorithm>
#include <map>
#include <set>

namespace cdp::app {
namespace {

using consent::preference_centre::VendorStatus;
using consent::preference_centre::VendorView;

// What one order says of its vendor; nothing when it is out of the way.
std::optional<VendorStatus> status_of(const store::OutboxItem& item) {
  if (item.kind != store::OutboxKind::choice) return std::nullopt;
  switch (item.status) {
    case store::OutboxStatus::waiting:
      return item.attempts == 0 ? VendorStatus::waiting : VendorStatus::trying;
    case store::OutboxStatus::in_doubt:
      return item.attempts <= 1 ? VendorStatus::waiting : VendorStatus::trying;
    case store::OutboxStatus::refused:
    case store::OutboxStatus::failed:
      return VendorStatus::failed;
    case store::OutboxStatus::delivered:
    case store::OutboxStatus::cancelled:
      return std::nullopt;
  }
  return std::nullopt;
}

struct Held {
  std::set<std::string> purposes;
  VendorStatus status = VendorStatus::told;
};

}  // namespace

Result<std::vector<VendorView>> vendors_of(
    const store::Ledger& ledger, const std::vector<PersonaOrdinal>& members,
    const consent::Policy& policy,
    const std::function<std::string(const std::string& purpose)>& title_of) {
  std::map<std::string, Held> held;
  for (const PersonaOrdinal member : members) {
    CDP_TRY(const auto disclosures, ledger.disclosures_of(member));
    for (const auto& disclosure : disclosures)
      held[disclosure.destination].purposes.insert(disclosure.purpose);
  }
  for (const PersonaOrdinal member : members) {
    CDP_TRY(const auto items, ledger.outbox_of(member));
    for (const auto& item : items) {
      const auto found = held.find(item.destination);
      const auto status = status_of(item);
      // The worst of all orders is what the person should know.
      if (found != held.end() && status)
        found->second.status = std::max(found->second.status, *status);
    }
  }
  std::vector<VendorView> out;
  for (auto& [name, one] : held) {
    VendorView view{name, {}, one.status};
    for (const auto& purpose : one.purposes) view.purposes.push_back(title_of(purpose));
    // A vendor that is configured no more cannot be told by us.
    if (policy.destination(name) == nullptr) view.status = VendorStatus::failed;
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace cdp::app
