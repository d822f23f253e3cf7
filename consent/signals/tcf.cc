#include "consent/signals/tcf.h"

#include <map>
#include <utility>

namespace cdp::consent::signals {
namespace {

constexpr unsigned kSegmentTypeBits = 3;
constexpr unsigned kIdBits = 16;
constexpr unsigned kPurposes = 24;
constexpr unsigned kSpecialFeatures = 12;

auto refuse(std::string what) {
  return fail(ErrorCode::invalid_argument, "the TC string " + std::move(what),
              "send the string as the consent management platform wrote it");
}

// The type of a segment that is not the core: its first three bits. A core segment starts with its
// version, whose first three bits are 0.
std::optional<unsigned> segment_type(std::string_view segment) {
  const auto bits = Bits::from_base64url(segment.substr(0, 1));
  if (!bits) return std::nullopt;
  return BitReader(*bits).small(kSegmentTypeBits);
}

Time read_time(BitReader& read) {
  constexpr std::int64_t kMicrosPerTenth = 100'000;
  return {static_cast<std::int64_t>(read.integer(36)) * kMicrosPerTenth};
}

// A reader that meets a vendor 0 or a range that runs backwards says so by failing, or takes it as
// it stands: the reference does one for vendors, the other for restrictions.
struct RangeRules {
  bool zero_allowed = false;
  bool backwards_is_empty = false;
};

IdSet read_ranges(BitReader& read, RangeRules rules) {
  std::vector<IdRange> ranges;
  const unsigned entries = read.small(12);
  for (unsigned i = 0; i < entries && read.ok(); ++i) {
    const bool is_range = read.flag();
    const std::uint32_t first = read.small(kIdBits);
    const std::uint32_t last = is_range ? read.small(kIdBits) : first;
    if (last < first && !rules.backwards_is_empty) read.fail();
    if (last >= first && first == 0 && !rules.zero_allowed) read.fail();
    ranges.push_back({first, last});
  }
  return IdSet(std::move(ranges));
}

IdSet read_vendors(BitReader& read) {
  const unsigned max_id = read.small(kIdBits);
  if (read.flag()) return read_ranges(read, {.zero_allowed = false, .backwards_is_empty = true});
  return read_bit_field(read, max_id);
}

std::vector<PublisherRestriction> read_restrictions(BitReader& read) {
  constexpr unsigned kTypeUndefined = 3;
  // Sets are made once, at the end: 4,095 restrictions of one kind may each name many vendors.
  std::map<std::pair<unsigned, unsigned>, std::vector<IdRange>> merged;
  const unsigned count = read.small(12);
  for (unsigned i = 0; i < count && read.ok(); ++i) {
    const unsigned purpose = read.small(6);
    const unsigned type = read.small(2);
    const IdSet vendors = read_ranges(read, {.zero_allowed = true, .backwards_is_empty = false});
    if (vendors.empty()) continue;
    if (purpose == 0 || type == kTypeUndefined) read.fail();
    auto& ranges = merged[{purpose, type}];
    ranges.insert(ranges.end(), vendors.ranges().begin(), vendors.ranges().end());
  }
  std::vector<PublisherRestriction> restrictions;
  for (auto& [key, vendors] : merged) {
    restrictions.push_back(
        {key.first, static_cast<RestrictionType>(key.second), IdSet(std::move(vendors))});
  }
  return restrictions;
}

// The reference takes what its pattern [A-z] lets through, and writes it in capitals.
Result<std::string> country_of(std::string letters) {
  for (char& letter : letters) {
    if (letter < 'A' || letter > 'z') return refuse("names a country that is none");
    if (letter >= 'a') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return letters;
}

Result<TcString> read_core(std::string_view segment) {
  CDP_TRY(const auto bits, Bits::from_base64url(segment));
  BitReader read(bits);
  TcString tc;
  tc.version = read.small(6);
  if (tc.version != 2) return refuse("is not of version 2");
  tc.created = read_time(read);
  tc.last_updated = read_time(read);
  tc.cmp_id = read.small(12);
  tc.cmp_version = read.small(12);
  tc.consent_screen = read.small(6);
  tc.consent_language = read.letters(2);
  tc.vendor_list_version = read.small(12);
  tc.policy_version = read.small(6);
  tc.service_specific = read.flag();
  tc.non_standard_texts = read.flag();
  tc.special_feature_optins = read_bit_field(read, kSpecialFeatures);
  tc.purpose_consents = read_bit_field(read, kPurposes);
  tc.purpose_legitimate_interests = read_bit_field(read, kPurposes);
  tc.purpose_one_treatment = read.flag();
  std::string country = read.letters(2);
  tc.vendor_consents = read_vendors(read);
  tc.vendor_legitimate_interests = read_vendors(read);
  tc.restrictions = read_restrictions(read);
  if (!read.ok()) return refuse("has a core segment that is cut off or no valid one");
  // Ids 0 and 1 were never given to a platform.
  if (tc.cmp_id < 2) return refuse("was written by no registered platform");
  CDP_TRY(tc.publisher_country, country_of(std::move(country)));
  return tc;
}

Result<IdSet> read_vendor_segment(std::string_view segment) {
  CDP_TRY(const auto bits, Bits::from_base64url(segment));
  BitReader read(bits);
  read.integer(kSegmentTypeBits);
  IdSet vendors = read_vendors(read);
  if (!read.ok()) return refuse("has a vendors segment that is cut off or no valid one");
  return vendors;
}

Result<PublisherPurposes> read_publisher(std::string_view segment) {
  CDP_TRY(const auto bits, Bits::from_base64url(segment));
  BitReader read(bits);
  read.integer(kSegmentTypeBits);
  PublisherPurposes publisher;
  publisher.consents = read_bit_field(read, kPurposes);
  publisher.legitimate_interests = read_bit_field(read, kPurposes);
  publisher.custom_count = read.small(6);
  publisher.custom_consents = read_bit_field(read, publisher.custom_count);
  publisher.custom_legitimate_interests = read_bit_field(read, publisher.custom_count);
  if (!read.ok()) return refuse("has a publisher segment that is cut off");
  return publisher;
}

}  // namespace

Result<TcSegments> split_tc_segments(std::string_view text) {
  if (text.size() > kSignalBytesMax) return refuse("is longer than 64 KiB");
  TcSegments segments;
  std::string_view* const places[] = {&segments.core, &segments.vendors_disclosed,
                                      &segments.vendors_allowed, &segments.publisher};
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t dot = std::min(text.find('.', from), text.size());
    const std::string_view segment = text.substr(from, dot - from);
    const auto type = segment_type(segment);
    if (!type || *type >= std::size(places)) return refuse("has a segment of no known type");
    if ((*type == 0) != (from == 0)) return refuse("does not start with its core segment");
    if (!places[*type]->empty()) return refuse("has a segment twice");
    *places[*type] = segment;
    from = dot + 1;
  }
  return segments;
}

Result<TcString> decode_tc_string(std::string_view text) {
  CDP_TRY(const auto segments, split_tc_segments(text));
  CDP_TRY(auto tc, read_core(segments.core));
  if (!segments.vendors_disclosed.empty()) {
    CDP_TRY(tc.vendors_disclosed, read_vendor_segment(segments.vendors_disclosed));
  }
  if (!segments.vendors_allowed.empty()) {
    CDP_TRY(tc.vendors_allowed, read_vendor_segment(segments.vendors_allowed));
  }
  if (!segments.publisher.empty()) {
    CDP_TRY(tc.publisher, read_publisher(segments.publisher));
  }
  return tc;
}

}  // namespace cdp::consent::signals
