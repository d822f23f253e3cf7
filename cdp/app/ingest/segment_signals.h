// The consent signals of one Segment event, added to its draft. Used by segment_event.cc; what
// comes where stands in docs/guide/signals.md, what it means in consent/signals/signal_reading.h.
//
// Read of the event's `context` (else the batch's):
//   consent.categoryPreferences       Segment, {"Advertising": false}; also as groups
//   consent.tcString, eventStatus     IAB TCF, as __tcfapi names them
//   consent.gppString, uspString      IAB GPP and US Privacy, as __gpp and __uspapi name them
//   consent.OnetrustActiveGroups      ",C0001,C0002,", with OptanonAlertBoxClosed, the date
//   consent.consentMode               Google Consent Mode v2, {"ad_storage": "denied"}
//   consent.globalPrivacyControl      true, as navigator names it; or the header Sec-GPC: 1
//   consentManagement                 RudderStack, allowedConsentIds and deniedConsentIds
//
// Before the person has chosen nothing is said: an eventStatus of "cmpuishown" and an
// OptanonAlertBoxClosed that is there and empty silence their signals. A sender that does not tell
// is taken to send after the choice.
//
// Thread-safety: pure. Errors: none; what cannot be read is a warning of the observation.
#pragma once

#include <optional>

#include "cdp/app/ingest/segment_event.h"
#include "connectors/draft.h"

namespace cdp::app {

struct SignalPlace {
  std::optional<json::Value> consent;             // context.consent
  std::optional<json::Value> consent_management;  // context.consentManagement
  bool chosen_just_now = false;  // "Segment Consent Preference Updated": no state, an act
};

void add_signals(const SignalPlace& place, const SegmentScope& scope, connectors::Draft* draft);

}  // namespace cdp::app
