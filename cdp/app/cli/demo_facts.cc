#include "cdp/app/cli/demo_facts.h"

#include <algorithm>
#include <array>

#include "cdp/app/cli/verb.h"

namespace cdp::app::cli {

Result<void> check(bool holds, std::string_view claim) {
  if (holds) return {};
  return fail(ErrorCode::internal, "the demo's check failed: " + std::string(claim),
              "this is a bug of cdp: please report it with the output above");
}

std::uint64_t number_in(const json::Value& object, std::string_view key) {
  const auto value = object.get(key);
  return static_cast<std::uint64_t>(value ? value->integer().value_or(0) : 0);
}

std::string text_in(const json::Value& object, std::string_view key) {
  return std::string(object.text(key).value_or(""));
}

std::string email_json(const DemoPerson& person) {
  return JsonObject().text("type", "email").text("value", person.email).done();
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool same_address(std::string_view a, std::string_view b) { return lower_case(a) == lower_case(b); }

std::string reason_in_words(std::string_view reason) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kWords = {{
      {"granted", "agreed to"},
      {"withdrawn", "the person has withdrawn consent"},
      {"no_statement", "nobody has asked the person"},
      {"other_contact_point", "the consent is for another address than this one"},
      {"attribute_not_mapped", "the data map does not allow it for this purpose"},
      {"unlinked_grant", "stands in a record that only an unproven link joins to the consent"},
      {"no_value", "nothing is known"},
      {"weak_evidence", "the evidence of the consent is too weak"},
  }};
  const auto* found = std::find_if(kWords.begin(), kWords.end(),
                                   [&](const auto& row) { return row.first == reason; });
  return std::string(found == kWords.end() ? reason : found->second);
}

std::size_t people_who_agreed(const DemoShop& shop) {
  return static_cast<std::size_t>(std::count_if(
      shop.people.begin(), shop.people.end(),
      [](const DemoPerson& person) { return person.choice == DemoPerson::Choice::granted; }));
}

// One for each source that knows somebody; two for the web, where a device and a login are apart.
std::size_t records_of(const DemoShop& shop) {
  std::size_t records = 0;
  for (const auto& person : shop.people) {
    records += (person.in_shop ? 1U : 0U) + (person.in_newsletter ? 1U : 0U) +
               (person.in_loyalty ? 1U : 0U) + (person.in_web ? 2U : 0U);
  }
  return records;
}

}  // namespace cdp::app::cli
