#include "consent/notice.h"

#include <algorithm>

#include "cdp/core/event/json.h"
#include "consent/policy.h"

namespace cdp::consent {

namespace {

// "de-AT" -> "de"
std::string_view primary(std::string_view language) {
  return language.substr(0, language.find_first_of("-_"));
}

// How well a text for `jurisdiction` suits somebody in `places`: 0 not at all, more is better.
int suits(const std::string& jurisdiction, std::span<const std::string> places) {
  if (jurisdiction.empty()) return 1;
  int best = 0;
  for (const std::string& place : places) {
    if (place == jurisdiction) best = 3;
    if (place.starts_with(jurisdiction + "-")) best = std::max(best, 2);
  }
  return best;
}

const NoticeText* best_text(const Notice& notice, std::string_view purpose,
                            std::string_view language, std::span<const std::string> places) {
  const NoticeText* best = nullptr;
  int best_fit = 0;
  for (const NoticeText& text : notice.texts) {
    if (text.purpose != purpose || (!language.empty() && text.language != language)) continue;
    const int fit = suits(text.jurisdiction, places);
    if (fit > best_fit) {
      best = &text;
      best_fit = fit;
    }
  }
  return best;
}

bool describes(const Notice& notice, const std::string& purpose) {
  return std::any_of(notice.texts.begin(), notice.texts.end(),
                     [&](const NoticeText& text) { return text.purpose == purpose; });
}

void settle_purpose(const Notices& notices, Purpose* purpose) {
  const std::string& current = purpose->notice_version;
  // The last version that changed something, and the first that told of the purpose at all.
  std::string floor = purpose->material ? current : std::string();
  for (const auto& [version, notice] : notices) {
    if (version > current) break;
    if (notice.material.contains(purpose->key)) floor = std::max(floor, version);
  }
  for (const auto& [version, notice] : notices) {
    if (version > current || !describes(notice, purpose->key)) continue;
    if (version != notices.begin()->first) floor = std::max(floor, version);
    break;
  }
  purpose->notices_that_hold.clear();
  purpose->notice_bound = !floor.empty();
  if (!purpose->notice_bound) return;
  for (const auto& [version, notice] : notices) {
    if (version >= floor && version < current) purpose->notices_that_hold.push_back(version);
  }
}

}  // namespace

std::string canonical_text(const NoticeText& text) {
  const auto field = [](std::string_view key, const std::string& value) {
    return json::quote(key) + ":" + json::quote(value);
  };
  return "{" + field("collected", text.collected) + "," + field("in_return", text.in_return) + "," +
         field("jurisdiction", text.jurisdiction) + "," + field("language", text.language) + "," +
         field("purpose", text.purpose) + "," + field("recipients", text.recipients) + "," +
         field("title", text.title) + "," + field("version", text.version) + "," +
         field("why", text.why) + "}";
}

crypto::Digest hash_of(const NoticeText& text) {
  return crypto::sha256(as_bytes(canonical_text(text)));
}

const NoticeText* notice_text(const Policy& policy, std::string_view purpose,
                              std::span<const std::string> languages,
                              std::span<const std::string> places, std::string_view version) {
  const Purpose* known = policy.purpose(std::string(purpose));
  if (known == nullptr) return nullptr;
  const auto notice =
      policy.notices.find(version.empty() ? known->notice_version : std::string(version));
  if (notice == policy.notices.end()) return nullptr;
  for (const std::string& language : languages) {
    const auto* text = best_text(notice->second, purpose, primary(language), places);
    if (text != nullptr) return text;
  }
  if (const auto* english = best_text(notice->second, purpose, "en", places)) return english;
  return best_text(notice->second, purpose, {}, places);
}

const NoticeText* notice_by_hash(const Policy& policy, const crypto::Digest& hash) {
  for (const auto& [version, notice] : policy.notices) {
    for (const NoticeText& text : notice.texts) {
      if (text.hash == hash) return &text;
    }
  }
  return nullptr;
}

std::vector<std::string> notice_languages(const Policy& policy) {
  std::set<std::string> languages;
  for (const auto& [version, notice] : policy.notices) {
    for (const NoticeText& text : notice.texts) languages.insert(text.language);
  }
  std::vector<std::string> complete;
  for (const std::string& language : languages) {
    const bool all =
        std::all_of(policy.purposes.begin(), policy.purposes.end(), [&](const auto& entry) {
          if (entry.second.basis != event::Basis::consent) return true;
          const auto notice = policy.notices.find(entry.second.notice_version);
          return notice != policy.notices.end() &&
                 best_text(notice->second, entry.first, language, {}) != nullptr;
        });
    if (all) complete.push_back(language);
  }
  return complete;
}

void settle_notices(Policy* policy) {
  for (auto& [version, notice] : policy->notices) {
    for (NoticeText& text : notice.texts) text.hash = hash_of(text);
  }
  for (auto& [key, purpose] : policy->purposes) settle_purpose(policy->notices, &purpose);
}

}  // namespace cdp::consent
