#include "identity/match/config.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace cdp::identity::match {
namespace {

bool tells_people_apart(Kind kind) {
  switch (kind) {
    case Kind::given_name:
    case Kind::family_name:
    case Kind::date_of_birth:
    case Kind::email:
    case Kind::phone:
    case Kind::identifier:
      return true;
    case Kind::postcode:
    case Kind::street:
    case Kind::street_number:
    case Kind::place:
    case Kind::text:
      return false;
  }
  return false;
}

}  // namespace

Result<void> check(const Config& config) {
  const auto wrong = [](std::string what, std::string hint) {
    return fail(ErrorCode::invalid_argument, std::move(what), std::move(hint));
  };
  if (config.fields.size() < 2 || config.fields.size() > kFieldsMax) {
    return wrong("matching compares 2 to " + std::to_string(kFieldsMax) + " fields",
                 "name the columns that say who somebody is: names, date of birth, e-mail, phone");
  }
  std::set<std::string> names;
  for (const Field& field : config.fields) {
    if (field.name.empty() || !names.insert(field.name).second) {
      return wrong("each field needs a name of its own", "rename or remove one of them");
    }
  }
  if (std::ranges::none_of(config.fields,
                           [](const Field& f) { return tells_people_apart(f.kind); })) {
    return wrong("no field tells people apart",
                 "add a name, date of birth, e-mail address, phone number or identifier");
  }
  for (const double bits : {config.join_bits, config.link_bits, config.review_bits}) {
    if (!(std::abs(bits) <= kThresholdBitsMax)) {  // so said that a NaN is refused, too
      return wrong("a threshold is no weight in range", "-1000 to 1000 bits; 10 is p = .999");
    }
  }
  if (config.link_bits < config.review_bits) {
    return wrong("the threshold to link lies below the one to review", "raise link_bits");
  }
  if (config.block_records_max < 2 || config.block_records_max > 100'000) {
    return wrong("a block holds 2 to 100000 records", "mend block_records_max");
  }
  if (config.random_pairs == 0 || config.training_pairs_max == 0) {
    return wrong("training needs pairs", "leave random_pairs and training_pairs_max out");
  }
  return {};
}

}  // namespace cdp::identity::match
