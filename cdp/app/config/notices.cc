#include "cdp/app/config/notices.h"

#include <algorithm>

#include "cdp/app/config/reader.h"

namespace cdp::app {

namespace {

using consent::Notice;
using consent::NoticeText;
using consent::Policy;

bool digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A date, so that versions sort: "2026-11" or "2026-11-22".
bool is_version(std::string_view text) {
  if (text.size() != 7 && text.size() != 10) return false;
  const bool day = text.size() == 7 || (text[7] == '-' && digits(text.substr(8)));
  return digits(text.substr(0, 4)) && text[4] == '-' && digits(text.substr(5, 2)) && day;
}

bool is_language(std::string_view text) {
  return text.size() == 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

void read_text(const ConfigNode& node, NoticeText text, Notice* notice,
               std::vector<Problem>* problems) {
  if (!is_language(node.key)) {
    problems->push_back({node.line, node.column, "a notice is in no language that is known",
                         "two letters: en, de, fr, es (ISO 639-1)"});
    return;
  }
  text.language = node.key;
  TableReader reader(node, "notice", problems);
  const auto need = [&](std::string_view key, std::string* out) {
    if (reader.text(key, out) && !out->empty()) return;
    reader.refuse(key, "the notice does not say its " + std::string(key),
                  "people are told what is collected, why, who receives it and what they get "
                  "(GDPR Art. 13)");
  };
  need("title", &text.title);
  need("collected", &text.collected);
  need("why", &text.why);
  need("recipients", &text.recipients);
  need("in_return", &text.in_return);
  reader.finish();
  const auto same = [&](const NoticeText& other) {
    return other.purpose == text.purpose && other.language == text.language &&
           other.jurisdiction == text.jurisdiction;
  };
  std::erase_if(notice->texts, same);  // the file refines its pack
  notice->texts.push_back(std::move(text));
}

void read_texts(const ConfigNode& node, const std::string& jurisdiction, Notice* notice,
                std::vector<Problem>* problems) {
  for (const ConfigNode& purpose : node.children) {
    if (purpose.kind != ConfigNode::Kind::table) {
      problems->push_back({purpose.line, purpose.column, "a notice has no languages",
                           "[notice.\"2026-11\".text.\"PURPOSE\"] and below it: en = {...}"});
      continue;
    }
    for (const ConfigNode& language : purpose.children) {
      NoticeText text;
      text.version = notice->version;
      text.purpose = purpose.key;
      text.jurisdiction = jurisdiction;
      read_text(language, std::move(text), notice, problems);
    }
  }
}

void read_notice(const ConfigNode& node, Notice* notice, std::vector<Problem>* problems) {
  TableReader reader(node, "notice", problems);
  std::vector<std::string> material;
  if (reader.texts("material", &material)) notice->material = {material.begin(), material.end()};
  if (const ConfigNode* texts = reader.table("text")) read_texts(*texts, {}, notice, problems);
  if (const ConfigNode* places = reader.table("in")) {
    for (const ConfigNode& place : places->children) {
      if (is_jurisdiction(place.key)) {
        read_texts(place, place.key, notice, problems);
        continue;
      }
      problems->push_back({place.line, place.column,
                           "a notice is for neither a country nor a region of one",
                           "[notice.\"2026-11\".in.US-CA.\"PURPOSE\"]"});
    }
  }
  reader.finish();
}

}  // namespace

bool is_jurisdiction(std::string_view code) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.size() < 2 || !upper(code[0]) || !upper(code[1])) return false;
  // Names of the United Kingdom and Greece that ISO 3166 does not know: a law would pass them by.
  const std::string_view country = code.substr(0, 2);
  if (country == "UK" || country == "EL") return false;
  if (code.size() == 2) return true;
  const std::string_view region = code.size() > 3 ? code.substr(3) : std::string_view();
  return code[2] == '-' && !region.empty() && region.size() <= 3 &&
         std::all_of(region.begin(), region.end(),
                     [&](char c) { return upper(c) || (c >= '0' && c <= '9'); });
}

void read_notices(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  for (const ConfigNode& version : node.children) {
    if (!is_version(version.key)) {
      problems->push_back(
          {version.line, version.column, "the version of a notice is no date",
           "[notice.\"2026-11\"] or [notice.\"2026-11-22\"], so that versions sort"});
      continue;
    }
    Notice& notice = policy->notices[version.key];
    notice.version = version.key;
    read_notice(version, &notice, problems);
  }
}

void read_ages(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  constexpr std::int64_t kAgeMin = 13;  // GDPR Art. 8(1); 16 CFR 312 (COPPA)
  constexpr std::int64_t kAgeMax = 21;
  TableReader reader(node, "age table", problems);
  std::int64_t age = 0;
  if (reader.integer("consent_from", kAgeMin, kAgeMax, &age)) {
    policy->ages.consent_from = static_cast<int>(age);
  }
  if (const auto unknown = reader.choice("unknown", {"adult", "child"})) {
    policy->ages.unknown_is_child = *unknown == 1;
  }
  if (const ConfigNode* places = reader.table("places")) {
    TableReader rows(*places, "age table", problems);
    for (const ConfigNode& place : places->children) {
      if (!is_jurisdiction(place.key)) {
        problems->push_back({place.line, place.column,
                             "an age is for neither a country nor a region of one", "FR = 15"});
      } else if (rows.integer(place.key, kAgeMin, kAgeMax, &age)) {
        policy->ages.by_place[place.key] = static_cast<int>(age);
      }
    }
  }
  reader.finish();
}

}  // namespace cdp::app
