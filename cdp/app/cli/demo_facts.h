// Small readings of answers for the demo's acts.
//
// Thread-safety: pure.
#pragma once

#include <string>

#include "cdp/app/cli/demo_shop.h"
#include "cdp/core/event/json.h"

namespace cdp::app::cli {

// Nothing when true; an Error that names the claim otherwise.
Result<void> check(bool holds, std::string_view claim);
std::uint64_t number_in(const json::Value& object, std::string_view key);
std::string text_in(const json::Value& object, std::string_view key);
std::string email_json(const DemoPerson& person);
std::string lower_case(std::string_view text);
// As people and vendors spell it: capitals do not count.
bool same_address(std::string_view a, std::string_view b);
// "withdrawn" -> "the person has withdrawn consent"
std::string reason_in_words(std::string_view reason);
std::size_t people_who_agreed(const DemoShop& shop);
std::size_t records_of(const DemoShop& shop);

}  // namespace cdp::app::cli
