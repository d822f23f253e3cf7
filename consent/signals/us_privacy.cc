#include "consent/signals/us_privacy.h"

#include <algorithm>
#include <utility>

#include "consent/signals/bits.h"
#include "consent/signals/signal_json.h"
#include "consent/signals/us_sections.h"

namespace cdp::consent::signals {
namespace {

constexpr unsigned kUsNat = 7;

auto refuse(std::string_view section, std::string what) {
  return fail(ErrorCode::invalid_argument, std::string(section) + " " + std::move(what),
              "send the string as the consent management platform wrote it");
}

const UsLayout* layout_of(unsigned id) {
  const auto all = us_layouts();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [id](const UsLayout& layout) { return layout.id == id; });
  return found == all.end() ? nullptr : &*found;
}

// Version 1 of usnat had 12 categories of sensitive data and 2 of children, where version 2 has 16
// and 3. Told by the length, as the reference does: 60 bits, or 66 with its padding.
Bits widened(const Bits& bits) {
  constexpr std::size_t kSensitiveEnd = 48;
  constexpr std::size_t kChildrenEnd = 52;
  if (bits.size() != 60 && bits.size() != 66) return bits;
  Bits wide;
  wide.append(bits, 0, kSensitiveEnd);
  wide.append_zeros(8);
  wide.append(bits, kSensitiveEnd, kChildrenEnd);
  wide.append_zeros(2);
  wide.append(bits, kChildrenEnd, 60);
  return wide;
}

UsField read_field(BitReader& read, const UsFieldLayout& layout) {
  UsField field{layout.name, layout.is_list, {}};
  for (unsigned i = 0; i < layout.count; ++i) {
    field.values.push_back(static_cast<std::uint8_t>(read.integer(2)));
  }
  return field;
}

// The categories that version 1 of usnat did not have.
void narrow_to_version_1(UsSection* section) {
  for (auto& field : section->fields) {
    if (field.name == "SensitiveDataProcessing") field.values.resize(12);
    if (field.name == "KnownChildSensitiveDataConsents") field.values.resize(2);
  }
}

Result<UsSection> read_core(const UsLayout& layout, std::string_view text) {
  CDP_TRY(auto bits, Bits::from_base64url(text));
  if (layout.id == kUsNat) bits = widened(bits);
  BitReader read(bits);
  UsSection section;
  section.name = layout.name;
  section.version = read.small(6);
  section.version_of_agreement = layout.version_max == 0;
  for (const auto& field : layout.fields) section.fields.push_back(read_field(read, field));
  if (!read.ok()) return refuse(layout.name, "is cut off");
  if (layout.version_max > 0 && (section.version == 0 || section.version > layout.version_max)) {
    return refuse(layout.name, "is of a version that is not known here");
  }
  if (layout.id == kUsNat && section.version == 1) narrow_to_version_1(&section);
  return section;
}

Result<void> read_second(const UsLayout& layout, std::string_view text, UsSection* section) {
  CDP_TRY(const auto bits, Bits::from_base64url(text));
  BitReader read(bits);
  if (layout.second == UsSecondSegment::gpc) {
    section->gpc_segment_type = read.small(2);
    section->gpc = read.flag();
  } else {
    section->fields.push_back(
        read_field(read, {"SensitiveDataProcessing", kSensitiveDataSegmentCount, true}));
  }
  if (!read.ok()) return refuse(layout.name, "has a second segment that is cut off");
  return {};
}

bool is_us_privacy_letter(char letter) { return letter == 'Y' || letter == 'N' || letter == '-'; }

}  // namespace

unsigned UsSection::value(std::string_view field) const {
  for (const auto& one : fields) {
    if (one.name == field && !one.values.empty()) return one.values.front();
  }
  return 0;
}

std::string_view us_section_name(unsigned id) {
  const auto* layout = layout_of(id);
  return layout == nullptr ? std::string_view{} : layout->name;
}

Result<UsSection> decode_us_section(unsigned id, std::string_view text) {
  const auto* layout = layout_of(id);
  if (layout == nullptr) {
    return fail(ErrorCode::not_found, "this is no section of the United States");
  }
  // Of what follows the second segment nothing is known; the reference reads it no more than we do.
  const std::size_t dot = text.find('.');
  CDP_TRY(auto section, read_core(*layout, text.substr(0, dot)));
  if (dot != std::string_view::npos && layout->second != UsSecondSegment::none) {
    const std::string_view rest = text.substr(dot + 1);
    CDP_CHECK(read_second(*layout, rest.substr(0, rest.find('.')), &section));
  }
  return section;
}

std::string to_json(const UsSection& section) {
  SignalJson out;
  out.number(section.version_of_agreement ? "MspaVersion" : "Version", section.version);
  for (const auto& field : section.fields) {
    if (field.is_list) {
      out.numbers(field.name, field.values);
    } else {
      out.number(field.name, field.values.front());
    }
  }
  if (section.gpc_segment_type) out.number("GpcSegmentType", *section.gpc_segment_type);
  if (section.gpc) out.flag("Gpc", *section.gpc);
  return out.done();
}

Result<UsPrivacyString> decode_us_privacy_string(std::string_view text) {
  text = text.substr(0, text.find('.'));
  if (text.size() != 4 || text[0] != '1' || !is_us_privacy_letter(text[1]) ||
      !is_us_privacy_letter(text[2]) || !is_us_privacy_letter(text[3])) {
    return refuse("uspv1", "is not a 1 and three of Y, N and -");
  }
  return UsPrivacyString{text[1], text[2], text[3]};
}

std::string to_json(const UsPrivacyString& usp) {
  const auto letter = [](const char& value) { return std::string_view(&value, 1); };
  return SignalJson()
      .number("Version", 1)
      .text("Notice", letter(usp.notice))
      .text("OptOutSale", letter(usp.opt_out_sale))
      .text("LspaCovered", letter(usp.lspa_covered))
      .done();
}

}  // namespace cdp::consent::signals
