#include "consent/signals/gpp.h"

#include <algorithm>
#include <utility>

#include "consent/signals/signal_json.h"

namespace cdp::consent::signals {
namespace {

constexpr unsigned kTcfEurope = 2;
constexpr unsigned kTcfCanada = 5;
constexpr unsigned kUsPrivacy = 6;

auto refuse(std::string what) {
  return fail(ErrorCode::invalid_argument, "the GPP string " + std::move(what),
              "send the string as the consent management platform wrote it");
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(at, from), text.size());
    parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

// Never more ids than there are sections: a range in a header may be as wide as it likes.
Result<std::vector<unsigned>> read_section_ids(std::string_view header, std::size_t sections) {
  CDP_TRY(const auto bits, Bits::from_base64url(header));
  BitReader read(bits);
  read.integer(6);  // the type, 3, and
  read.integer(6);  // the version, 1: the "DB" at the start
  std::vector<unsigned> ids;
  std::uint64_t last = 0;
  const unsigned groups = read.small(12);
  for (unsigned i = 0; i < groups && read.ok(); ++i) {
    const bool is_range = read.flag();
    const std::uint64_t first = last + read.fibonacci();
    last = is_range ? first + read.fibonacci() : first;
    if (last - first >= sections) return refuse("has another number of sections than its header");
    for (std::uint64_t id = first; id <= last; ++id) ids.push_back(static_cast<unsigned>(id));
    if (ids.size() > sections) return refuse("has another number of sections than its header");
  }
  if (!read.ok()) return refuse("has a header that is cut off");
  if (ids.size() != sections) return refuse("has another number of sections than its header");
  return ids;
}

template <class T>
void store(Result<T> decoded, GppSection* section) {
  if (decoded) {
    section->content = std::move(*decoded);
  } else {
    section->content = Unreadable{decoded.error().what};
  }
}

// False: no section that is known here.
bool read_section(unsigned id, std::string_view text, GppSection* section) {
  section->id = id;
  if (id == kTcfEurope) {
    section->name = "tcfeuv2";
    store(decode_tc_string(text), section);
  } else if (id == kTcfCanada) {
    section->name = "tcfcav1";
    store(decode_tcf_canada(text), section);
  } else if (id == kUsPrivacy) {
    section->name = "uspv1";
    store(decode_us_privacy_string(text), section);
  } else if (!us_section_name(id).empty()) {
    section->name = us_section_name(id);
    store(decode_us_section(id, text), section);
  } else {
    return false;
  }
  return true;
}

std::string content_json(const GppSection& section) {
  return std::visit(
      [](const auto& content) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(content)>, Unreadable>) {
          return "null";
        } else {
          return to_json(content);
        }
      },
      section.content);
}

}  // namespace

const GppSection* Gpp::section(std::string_view name) const {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const GppSection& one) { return one.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

Result<Gpp> decode_gpp(std::string_view text) {
  if (text.size() > kSignalBytesMax) return refuse("is longer than 64 KiB");
  if (!text.starts_with("DB")) return refuse("does not start with a header of version 1");
  const auto parts = split(text, '~');
  // What follows a dot in the header is not read; the reference does not either.
  const std::string_view header = parts[0].substr(0, parts[0].find('.'));
  Gpp gpp;
  CDP_TRY(gpp.section_ids, read_section_ids(header, parts.size() - 1));
  for (std::size_t i = 0; i < gpp.section_ids.size(); ++i) {
    const std::string_view part = parts[i + 1];
    if (part.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos) {
      return refuse("has a blank section");
    }
    GppSection section;
    if (read_section(gpp.section_ids[i], part, &section)) {
      gpp.sections.push_back(std::move(section));
    }
  }
  return gpp;
}

std::string to_json(const Gpp& gpp) {
  std::string ids = "[";
  for (const unsigned id : gpp.section_ids) {
    if (ids.size() > 1) ids += ',';
    ids += std::to_string(id);
  }
  SignalJson out;
  out.raw("SectionIds", ids + "]");
  for (const auto& section : gpp.sections) out.raw(section.name, content_json(section));
  return out.done();
}

}  // namespace cdp::consent::signals
