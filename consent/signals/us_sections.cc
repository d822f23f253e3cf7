#include "consent/signals/us_sections.h"

namespace cdp::consent::signals {
namespace {

// Of every layout without its first field, a version of six bits.

constexpr UsFieldLayout kUsNat[] = {
    {"SharingNotice"},
    {"SaleOptOutNotice"},
    {"SharingOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SensitiveDataProcessingOptOutNotice"},
    {"SensitiveDataLimitUseNotice"},
    {"SaleOptOut"},
    {"SharingOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 16, true},
    {"KnownChildSensitiveDataConsents", 3, true},
    {"PersonalDataConsents"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsCa[] = {
    {"SaleOptOutNotice"},
    {"SharingOptOutNotice"},
    {"SensitiveDataLimitUseNotice"},
    {"SaleOptOut"},
    {"SharingOptOut"},
    {"SensitiveDataProcessing", 9, true},
    {"KnownChildSensitiveDataConsents", 2, true},
    {"PersonalDataConsents"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsVa[] = {
    {"SharingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsCo[] = {
    {"SharingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 7, true},
    {"KnownChildSensitiveDataConsents"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsUt[] = {
    {"SharingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SensitiveDataProcessingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsCt[] = {
    {"SharingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents", 3, true},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsFl[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents", 3, true},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsMt[] = {
    {"SharingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents", 3, true},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsOr[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 11, true},
    {"KnownChildSensitiveDataConsents", 3, true},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsTx[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents"},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsDe[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 9, true},
    {"KnownChildSensitiveDataConsents", 5, true},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsIa[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SensitiveDataOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsNe[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents"},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsNh[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents", 3, true},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsNj[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 10, true},
    {"KnownChildSensitiveDataConsents", 5, true},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsTn[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents"},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsMn[] = {
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"SensitiveDataProcessing", 8, true},
    {"KnownChildSensitiveDataConsents"},
    {"AdditionalDataProcessingConsent"},
    {"MspaCoveredTransaction"},
    {"MspaOptOutOptionMode"},
    {"MspaServiceProviderMode"},
};

constexpr UsFieldLayout kUsMd[] = {
    {"MspaCoveredTransaction"},
    {"MspaMode"},
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"AdditionalDataProcessingConsent"},
};

constexpr UsFieldLayout kUsIn[] = {
    {"MspaCoveredTransaction"},
    {"MspaMode"},
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"KnownChildSensitiveDataConsents"},
    {"AdditionalDataProcessingConsent"},
};

constexpr UsFieldLayout kUsKy[] = {
    {"MspaCoveredTransaction"},
    {"MspaMode"},
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"KnownChildSensitiveDataConsents"},
    {"AdditionalDataProcessingConsent"},
};

constexpr UsFieldLayout kUsRi[] = {
    {"MspaCoveredTransaction"},
    {"MspaMode"},
    {"ProcessingNotice"},
    {"SaleOptOutNotice"},
    {"TargetedAdvertisingOptOutNotice"},
    {"SaleOptOut"},
    {"TargetedAdvertisingOptOut"},
    {"KnownChildSensitiveDataConsents"},
    {"AdditionalDataProcessingConsent"},
};

constexpr UsLayout kLayouts[] = {
    {7, "usnat", 2, UsSecondSegment::gpc, kUsNat},
    {8, "usca", 1, UsSecondSegment::gpc, kUsCa},
    {9, "usva", 1, UsSecondSegment::none, kUsVa},
    {10, "usco", 1, UsSecondSegment::gpc, kUsCo},
    {11, "usut", 1, UsSecondSegment::none, kUsUt},
    {12, "usct", 1, UsSecondSegment::gpc, kUsCt},
    {13, "usfl", 1, UsSecondSegment::none, kUsFl},
    {14, "usmt", 1, UsSecondSegment::gpc, kUsMt},
    {15, "usor", 1, UsSecondSegment::gpc, kUsOr},
    {16, "ustx", 1, UsSecondSegment::gpc, kUsTx},
    {17, "usde", 1, UsSecondSegment::gpc, kUsDe},
    {18, "usia", 1, UsSecondSegment::gpc, kUsIa},
    {19, "usne", 1, UsSecondSegment::gpc, kUsNe},
    {20, "usnh", 1, UsSecondSegment::gpc, kUsNh},
    {21, "usnj", 1, UsSecondSegment::gpc, kUsNj},
    {22, "ustn", 1, UsSecondSegment::gpc, kUsTn},
    {23, "usmn", 1, UsSecondSegment::gpc, kUsMn},
    {24, "usmd", 0, UsSecondSegment::gpc, kUsMd},
    {25, "usin", 0, UsSecondSegment::sensitive_data, kUsIn},
    {26, "usky", 0, UsSecondSegment::sensitive_data, kUsKy},
    {27, "usri", 0, UsSecondSegment::sensitive_data, kUsRi},
};

}  // namespace

std::span<const UsLayout> us_layouts() { return kLayouts; }

}  // namespace cdp::consent::signals
