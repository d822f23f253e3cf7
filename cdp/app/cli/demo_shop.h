// DemoShop: an invented shop of invented people, the same for the same seed, and what its tools
// would send: the same person under different identifiers in different sources.
//
// Addresses end in .example and phone numbers are of a block that Germany's regulator keeps for
// fiction, so that nobody is meant. Thread-safety: a value; the functions are pure.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/base/random.h"
#include "cdp/core/base/time.h"
#include "cdp/core/http/message.h"

namespace cdp::app::cli {

struct DemoPerson {
  enum class Choice { granted, withdrawn, nothing };  // about marketing by e-mail

  std::size_t number = 0;
  std::string first_name, last_name, email, phone;  // phone: +49...
  std::string city, street, colour;
  std::string customer_id, user_id, anonymous_id, membership;
  std::size_t orders = 0;
  bool in_shop = false, in_newsletter = false, in_loyalty = false, in_web = false;
  Choice choice = Choice::nothing;

  std::string name() const { return first_name + " " + last_name; }
};

struct DemoShop {
  std::vector<DemoPerson> people;
  // The first two are in every source and have agreed: the demo tells their story.
  const DemoPerson& heroine() const { return people[0]; }
  const DemoPerson& leaver() const { return people[1]; }
};
DemoShop make_demo_shop(std::size_t people, Random& random);

// POST /v1/webhooks/shop, each signed with `secret` over its raw bytes.
std::vector<http::Request> shopify_webhooks(const DemoShop& shop, std::string_view secret,
                                            Time now);
// POST /v1/webhooks/newsletter, form-encoded, signed.
std::vector<http::Request> mailchimp_webhooks(const DemoShop& shop, std::string_view secret,
                                              Time now);
// A loyalty programme's file: phone numbers in national form, and e-mail only of those whom the
// shop does not know.
std::string loyalty_csv(const DemoShop& shop);
std::size_t loyalty_rows(const DemoShop& shop);
// POST /v1/batch of Segment's protocol: anonymous pages, identify, track.
std::vector<http::Request> segment_batches(const DemoShop& shop, const std::string& write_key,
                                           Time now);
std::size_t segment_calls(const DemoShop& shop);

}  // namespace cdp::app::cli
