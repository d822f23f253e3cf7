#include "consent/signals/signal_json.h"
#include "consent/signals/tcf.h"

namespace cdp::consent::signals {
namespace {

std::string restrictions_json(const std::vector<PublisherRestriction>& restrictions) {
  std::string out = "[";
  for (const auto& restriction : restrictions) {
    if (out.size() > 1) out += ',';
    out += SignalJson()
               .number("purpose", restriction.purpose)
               .number("type", static_cast<std::uint64_t>(restriction.type))
               .ids("vendors", restriction.vendors)
               .done();
  }
  return out + "]";
}

void add_publisher(const PublisherPurposes& publisher, SignalJson* out) {
  out->ids("PublisherConsents", publisher.consents)
      .ids("PublisherLegitimateInterests", publisher.legitimate_interests)
      .number("NumCustomPurposes", publisher.custom_count)
      .ids("PublisherCustomConsents", publisher.custom_consents)
      .ids("PublisherCustomLegitimateInterests", publisher.custom_legitimate_interests);
}

}  // namespace

std::string to_json(const TcString& tc) {
  SignalJson out;
  out.number("Version", tc.version)
      .time("Created", tc.created)
      .time("LastUpdated", tc.last_updated)
      .number("CmpId", tc.cmp_id)
      .number("CmpVersion", tc.cmp_version)
      .number("ConsentScreen", tc.consent_screen)
      .text("ConsentLanguage", tc.consent_language)
      .number("VendorListVersion", tc.vendor_list_version)
      .number("PolicyVersion", tc.policy_version)
      .flag("IsServiceSpecific", tc.service_specific)
      .flag("UseNonStandardStacks", tc.non_standard_texts)
      .ids("SpecialFeatureOptins", tc.special_feature_optins)
      .ids("PurposeConsents", tc.purpose_consents)
      .ids("PurposeLegitimateInterests", tc.purpose_legitimate_interests)
      .flag("PurposeOneTreatment", tc.purpose_one_treatment)
      .text("PublisherCountryCode", tc.publisher_country)
      .ids("VendorConsents", tc.vendor_consents)
      .ids("VendorLegitimateInterests", tc.vendor_legitimate_interests)
      .raw("PublisherRestrictions", restrictions_json(tc.restrictions));
  if (tc.publisher) add_publisher(*tc.publisher, &out);
  if (tc.vendors_allowed) out.ids("VendorsAllowed", *tc.vendors_allowed);
  if (tc.vendors_disclosed) out.ids("VendorsDisclosed", *tc.vendors_disclosed);
  return out.done();
}

}  // namespace cdp::consent::signals
