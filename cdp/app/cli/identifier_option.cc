#include "cdp/app/cli/identifier_option.h"

namespace cdp::app::cli {

std::vector<Option> with_identifier(std::vector<Option> more) {
  std::vector<Option> options = {
      {"type", Option::Kind::text, "email, phone, user_id, shopify.customer_id, ...", false,
       "email"},
      {"value", Option::Kind::text, "the identifier itself", true, ""}};
  for (auto& option : more) options.push_back(std::move(option));
  return options;
}

std::string identifier_json(const Invocation& call) {
  return JsonObject().text("type", call.text("type")).text("value", call.text("value")).done();
}

}  // namespace cdp::app::cli
