#include "consent/signals/tcf_canada.h"

#include <utility>

#include "consent/signals/optimized_range.h"
#include "consent/signals/signal_json.h"
#include "consent/signals/tcf.h"

namespace cdp::consent::signals {
namespace {

constexpr unsigned kSegmentTypeBits = 3;
constexpr unsigned kPurposes = 24;

auto refuse(std::string what) {
  return fail(ErrorCode::invalid_argument, "tcfcav1 " + std::move(what),
              "send the string as the consent management platform wrote it");
}

// One reading of a segment: what it says, and whether an encoder would have written these bits.
template <class T>
struct Reading {
  T value;
  bool read = false;
  bool canonical = true;
};

// Two characters, a blank as 63, blanks at the ends cut off.
std::string read_language(BitReader& read, bool* canonical) {
  constexpr unsigned kBlank = 63;
  const unsigned first = read.small(6);
  const unsigned second = read.small(6);
  std::string text;
  if (first != kBlank) text += static_cast<char>('A' + first);
  if (first == kBlank && second != kBlank) *canonical = false;
  if (second != kBlank) text += static_cast<char>('A' + second);
  return text;
}

Time read_time(BitReader& read) {
  constexpr std::int64_t kMicrosPerTenth = 100'000;
  return {static_cast<std::int64_t>(read.integer(36)) * kMicrosPerTenth};
}

// Restrictions are the last field and newer than the section: what is missing or cut off is none.
std::vector<TcfCanada::Restriction> read_restrictions(BitReader& read, RangeCoding coding,
                                                      bool* canonical) {
  std::vector<TcfCanada::Restriction> restrictions;
  const unsigned count = read.small(12);
  for (unsigned i = 0; i < count && read.ok(); ++i) {
    TcfCanada::Restriction restriction;
    restriction.purpose = read.small(6);
    restriction.type = read.small(2);
    auto vendors =
        coding == RangeCoding::fixed ? read_fixed_ranges(read) : read_optimized_range(read, coding);
    *canonical = *canonical && vendors.canonical;
    restriction.vendors = std::move(vendors.ids);
    restrictions.push_back(std::move(restriction));
  }
  if (read.ok()) return restrictions;
  *canonical = false;
  return {};
}

Reading<TcfCanada> read_core_as(const Bits& bits, RangeCoding coding) {
  BitReader read(bits);
  Reading<TcfCanada> core;
  TcfCanada& tcf = core.value;
  tcf.version = read.small(6);
  tcf.created = read_time(read);
  tcf.last_updated = read_time(read);
  tcf.cmp_id = read.small(12);
  tcf.cmp_version = read.small(12);
  tcf.consent_screen = read.small(6);
  tcf.consent_language = read_language(read, &core.canonical);
  tcf.vendor_list_version = read.small(12);
  tcf.policy_version = read.small(6);
  tcf.non_standard_stacks = read.flag();
  tcf.special_features_express = read_bit_field(read, 12);
  tcf.purposes_express = read_bit_field(read, kPurposes);
  tcf.purposes_implied = read_bit_field(read, kPurposes);
  auto express = read_optimized_range(read, coding);
  auto implied = read_optimized_range(read, coding);
  core.read = read.ok();
  core.canonical = core.canonical && express.canonical && implied.canonical;
  tcf.vendors_express = std::move(express.ids);
  tcf.vendors_implied = std::move(implied.ids);
  if (core.read) tcf.restrictions = read_restrictions(read, coding, &core.canonical);
  return core;
}

Reading<IdSet> read_disclosed_as(const Bits& bits, RangeCoding coding) {
  BitReader read(bits);
  read.integer(kSegmentTypeBits);
  auto vendors = read_optimized_range(read, coding);
  return {std::move(vendors.ids), read.ok(), vendors.canonical};
}

// The Fibonacci reading if it reproduces the bits, else the older one if that does, else the
// Fibonacci reading as far as it goes.
template <class T>
Reading<T> likelier(Reading<T> (*read_as)(const Bits&, RangeCoding), const Bits& bits) {
  auto fibonacci = read_as(bits, RangeCoding::fibonacci);
  if (fibonacci.read && fibonacci.canonical) return fibonacci;
  auto fixed = read_as(bits, RangeCoding::fixed);
  return fixed.read && fixed.canonical ? std::move(fixed) : std::move(fibonacci);
}

Result<TcfCanada::Publisher> read_publisher(std::string_view segment) {
  CDP_TRY(const auto bits, Bits::from_base64url(segment));
  BitReader read(bits);
  read.integer(kSegmentTypeBits);
  TcfCanada::Publisher publisher;
  publisher.express = read_bit_field(read, kPurposes);
  publisher.implied = read_bit_field(read, kPurposes);
  publisher.custom_count = read.small(6);
  publisher.custom_express = read_bit_field(read, publisher.custom_count);
  publisher.custom_implied = read_bit_field(read, publisher.custom_count);
  if (!read.ok()) return refuse("has a publisher segment that is cut off");
  return publisher;
}

std::string restrictions_json(const std::vector<TcfCanada::Restriction>& restrictions) {
  std::string out = "[";
  for (const auto& restriction : restrictions) {
    if (out.size() > 1) out += ',';
    out += SignalJson()
               .number("purpose", restriction.purpose)
               .number("type", restriction.type)
               .ids("vendors", restriction.vendors)
               .done();
  }
  return out + "]";
}

}  // namespace

Result<TcfCanada> decode_tcf_canada(std::string_view text) {
  CDP_TRY(const auto segments, split_tc_segments(text));
  if (!segments.vendors_allowed.empty()) return refuse("has a segment of no known type");
  CDP_TRY(const auto bits, Bits::from_base64url(segments.core));
  auto core = likelier(read_core_as, bits);
  if (!core.read) return refuse("has a core segment that is cut off or no valid one");
  TcfCanada tcf = std::move(core.value);
  if (tcf.version != 1) return refuse("is of a version that is not known here");
  if (!segments.publisher.empty()) {
    CDP_TRY(tcf.publisher, read_publisher(segments.publisher));
  }
  if (!segments.vendors_disclosed.empty()) {
    CDP_TRY(const auto disclosed_bits, Bits::from_base64url(segments.vendors_disclosed));
    auto disclosed = likelier(read_disclosed_as, disclosed_bits);
    if (!disclosed.read) return refuse("has a vendors segment that is cut off or no valid one");
    tcf.disclosed_vendors = std::move(disclosed.value);
  }
  return tcf;
}

std::string to_json(const TcfCanada& tcf) {
  SignalJson out;
  out.number("Version", tcf.version)
      .time("Created", tcf.created)
      .time("LastUpdated", tcf.last_updated)
      .number("CmpId", tcf.cmp_id)
      .number("CmpVersion", tcf.cmp_version)
      .number("ConsentScreen", tcf.consent_screen)
      .text("ConsentLanguage", tcf.consent_language)
      .number("VendorListVersion", tcf.vendor_list_version)
      .number("TcfPolicyVersion", tcf.policy_version)
      .flag("UseNonStandardStacks", tcf.non_standard_stacks)
      .ids("SpecialFeatureExpressConsent", tcf.special_features_express)
      .ids("PurposesExpressConsent", tcf.purposes_express)
      .ids("PurposesImpliedConsent", tcf.purposes_implied)
      .ids("VendorExpressConsent", tcf.vendors_express)
      .ids("VendorImpliedConsent", tcf.vendors_implied)
      .raw("PubRestrictions", restrictions_json(tcf.restrictions));
  if (tcf.publisher) {
    out.ids("PubPurposesExpressConsent", tcf.publisher->express)
        .ids("PubPurposesImpliedConsent", tcf.publisher->implied)
        .number("NumCustomPurposes", tcf.publisher->custom_count)
        .ids("CustomPurposesExpressConsent", tcf.publisher->custom_express)
        .ids("CustomPurposesImpliedConsent", tcf.publisher->custom_implied);
  }
  if (tcf.disclosed_vendors) out.ids("DisclosedVendors", *tcf.disclosed_vendors);
  return out.done();
}

}  // namespace cdp::consent::signals
