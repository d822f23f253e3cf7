// Makes cdp/core/store/body_dictionary_v1.inc: synthetic facts of a shop that does not exist, from
// a fixed seed, handed to ZDICT once. Not part of any build; kept so that the dictionary's origin
// can be checked: no customer's data went in.
//
//   g++ -std=c++20 -O1 -I. tests/support/dictionary/train_body_dictionary.cc \
//       cdp/core/event/{fact,cbor,statement,statement_codec}.cc \
//       cdp/core/base/{bytes,error,random,time}.cc -lzstd -o train && ./train >
//       body_dictionary_v1.inc
#include <zdict.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cdp/core/base/random.h"
#include "cdp/core/event/fact.h"

namespace {

using cdp::event::Attribute;
using cdp::event::Fact;
using cdp::event::FactIdentifier;
using Text = cdp::Pii<std::string>;

class Shop {
 public:
  explicit Shop(std::uint64_t seed) : random_(seed) {}

  Fact fact() {
    Fact fact;
    fact.received_at = cdp::Time{1'790'000'000'000'000 + number(50'000'000) * 1'000'000};
    fact.occurred_at = fact.received_at - cdp::Duration::millis(number(90'000));
    fact.persona_token = random_.next_token();
    switch (number(10)) {
      case 0:
        shopify_order(&fact);
        break;
      case 1:
        shopify_customer(&fact);
        break;
      case 2:
      case 3:
        identify(&fact);
        break;
      default:
        track(&fact);
    }
    return fact;
  }

 private:
  std::int64_t number(std::uint64_t bound) {
    return static_cast<std::int64_t>(random_.below(bound));
  }
  std::string digits(std::uint64_t bound) { return std::to_string(number(bound)); }
  std::string price() { return digits(200) + "." + std::to_string(10 + number(90)); }
  template <std::size_t N>
  std::string one_of(const char* const (&words)[N]) {
    return words[random_.below(N)];
  }
  std::string uuid() {
    const cdp::Token token = random_.next_token();
    std::string hex = cdp::to_hex(token);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, 1, '-');
    return hex;
  }
  std::string product() {
    return R"({"product_id":")" + digits(99'999) + R"(","sku":"SKU-)" + digits(9'999) +
           R"(","name":")" + one_of(kProducts) + R"(","brand":")" + one_of(kBrands) +
           R"(","category":")" + one_of(kCategories) + R"(","variant":")" + one_of(kVariants) +
           R"(","price":)" + price() + R"(,"quantity":)" + digits(4) + R"(,"currency":"EUR")" +
           R"(,"url":"https://www.example.com/products/)" + digits(9'999) +
           R"(","image_url":"https://cdn.example.com/images/)" + digits(9'999) + R"(.jpg"})";
  }
  std::string products() {
    std::string list = "[" + product();
    for (std::int64_t n = number(3); n > 0; --n) list += "," + product();
    return list + "]";
  }
  void link(Fact* fact, const char* type, std::string value, cdp::event::Tier tier) {
    fact->identifiers.push_back(
        FactIdentifier{type, Text(std::move(value)), random_.next_token(), tier});
  }
  std::string address() {
    return one_of(kFirst) + "." + one_of(kLast) + digits(999) + "@example.com";
  }
  void attribute(Fact* fact, const char* name, std::string json) {
    fact->attributes.push_back(Attribute{name, Text(std::move(json))});
  }
  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  void web(Fact* fact) {
    fact->source = "web";
    fact->trust = cdp::event::Trust::public_key;
    fact->message_id = (number(2) != 0 ? "ajs-next-" : "node-next-") + uuid();
    fact->anonymous = number(3) != 0;
    const std::string device = uuid();
    fact->persona_key = Text(fact->anonymous ? "anon:" + device : "user:" + digits(999'999));
    link(fact, "anonymous_id", device, cdp::event::Tier::device);
    if (!fact->anonymous) {
      link(fact, "user_id", digits(999'999), cdp::event::Tier::declared);
    }
  }
  void track(Fact* fact) {
    web(fact);
    const std::string name = one_of(kEvents);
    std::string body = product();
    if (name == "Order Completed" || name == "Checkout Started") {
      body = R"({"order_id":")" + digits(999'999) + R"(","checkout_id":")" + digits(999'999) +
             R"(","affiliation":"Online Store","total":)" + price() + R"(,"subtotal":)" + price() +
             R"(,"revenue":)" + price() + R"(,"shipping":4.90,"tax":)" + price() +
             R"(,"discount":0,"coupon":"","currency":"EUR","products":)" + products() + "}";
    } else if (name == "page") {
      body = R"({"path":"/collections/)" + one_of(kCategories) +
             R"(","referrer":"https://www.google.com/","search":"?utm_source=newsletter)" +
             R"(&utm_medium=email&utm_campaign=)" + one_of(kCategories) + R"(","title":")" +
             one_of(kProducts) + R"( | Example Shop","url":"https://www.example.com/)" + R"("})";
    }
    fact->event = cdp::event::Event{name, Text(body)};
  }
  void identify(Fact* fact) {
    web(fact);
    const std::string email = address();
    link(fact, "email", email, cdp::event::Tier::declared);
    attribute(fact, "email", quoted(email));
    attribute(fact, "first_name", quoted(one_of(kFirst)));
    attribute(fact, "last_name", quoted(one_of(kLast)));
    attribute(fact, "phone", quoted("+49151" + digits(9'999'999)));
    attribute(fact, "created_at", quoted("2026-0" + digits(9) + "-1" + digits(9) + "T08:30:00Z"));
    attribute(fact, "plan", quoted("basic"));
    attribute(fact, "address",
              R"({"street":"Hauptstr. )" + digits(99) + R"(","city":")" + one_of(kCities) +
                  R"(","state":"","postal_code":")" + digits(99'999) + R"(","country":"DE"})");
  }
  void shopify(Fact* fact, const std::string& email) {
    fact->source = "shop";
    fact->trust = cdp::event::Trust::vendor_signed;
    fact->message_id = uuid();
    const std::string id = "7" + digits(999'999'999'999);
    fact->persona_key = Text(id);
    link(fact, "shopify.customer_id", id, cdp::event::Tier::authenticated);
    link(fact, "email", email, cdp::event::Tier::authenticated);
    attribute(fact, "email", quoted(email));
    attribute(fact, "first_name", quoted(one_of(kFirst)));
    attribute(fact, "last_name", quoted(one_of(kLast)));
  }
  void shopify_order(Fact* fact) {
    shopify(fact, address());
    fact->event = cdp::event::Event{
        "Order Completed",
        Text(R"({"order_id":"gid://shopify/Order/)" + digits(999'999'999) + R"(","order_number":)" +
             digits(99'999) + R"(,"financial_status":"paid",)" +
             R"("fulfillment_status":null,"currency":"EUR","total_price":")" + price() +
             R"(","subtotal_price":")" + price() + R"(","total_tax":")" + price() +
             R"(","total_discounts":"0.00","line_items":[{"product_id":)" + digits(999'999'999) +
             R"(,"variant_id":)" + digits(999'999'999) + R"(,"title":")" + one_of(kProducts) +
             R"(","quantity":1,"price":")" + price() + R"(","sku":"SKU-)" + digits(9'999) +
             R"("}],"created_at":"2026-10-0)" + digits(9) + R"(T10:15:00+02:00"})")};
  }
  void shopify_customer(Fact* fact) {
    const std::string email = address();
    shopify(fact, email);
    attribute(fact, "orders_count", digits(20));
    attribute(fact, "total_spent", quoted(price()));
    attribute(fact, "tags", R"("newsletter, vip")");
    attribute(fact, "verified_email", "true");
    cdp::event::Statement statement;
    statement.source = fact->source;
    statement.received_at = fact->received_at;
    statement.occurred_at = fact->occurred_at;
    statement.purpose = "marketing.communications.email";
    statement.channel = "email";
    statement.contact_type = "email";
    statement.contact_point = random_.next_token();
    statement.choice = number(2) != 0 ? cdp::event::Choice::granted : cdp::event::Choice::withdrawn;
    statement.grade = cdp::event::Grade::recorded;
    statement.method = "single_opt_in";
    statement.is_state = true;
    fact->statements.push_back(statement);
  }

  static constexpr const char* kProducts[] = {
      "Linen Shirt", "Canvas Bag",    "Wool Socks", "Rain Jacket",  "Running Shoes", "Coffee Mug",
      "Desk Lamp",   "Garden Gloves", "Tea Towel",  "Cotton Dress", "Leather Belt",  "Sun Hat"};
  static constexpr const char* kBrands[] = {"Nordlicht", "Ahorn", "Kiesel", "Morgen"};
  static constexpr const char* kCategories[] = {"women",       "men",  "shoes",
                                                "accessories", "home", "sale"};
  static constexpr const char* kVariants[] = {"S", "M", "L", "XL", "blue", "black", "red"};
  static constexpr const char* kEvents[] = {"Product Viewed",
                                            "Product Viewed",
                                            "Product Added",
                                            "page",
                                            "page",
                                            "Product List Viewed",
                                            "Order Completed",
                                            "Checkout Started",
                                            "Product Searched",
                                            "Cart Viewed"};
  static constexpr const char* kFirst[] = {"Anna",  "Ben",   "Clara", "David", "Emma",
                                           "Felix", "Greta", "Hugo",  "Ida",   "Jonas"};
  static constexpr const char* kLast[] = {"Muster", "Beispiel", "Probe", "Sample", "Example"};
  static constexpr const char* kCities[] = {"Berlin", "Hamburg", "Wien", "Bern", "Utrecht"};

  cdp::SeededRandom random_;
};

}  // namespace

int main() {
  Shop shop(20'261'122);
  std::string samples;
  std::vector<std::size_t> sizes;
  for (int n = 0; n < 6'000; ++n) {
    const cdp::Bytes encoded = cdp::event::FactCodec::encode(shop.fact());
    samples.append(cdp::as_text(encoded));
    sizes.push_back(encoded.size());
  }
  std::vector<unsigned char> dictionary(8 * 1024);
  const std::size_t size =
      ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), samples.data(), sizes.data(),
                            static_cast<unsigned>(sizes.size()));
  if (ZDICT_isError(size) != 0U) return 1;
  std::printf(
      "// Made once by tests/support/dictionary/train_body_dictionary.cc: ZDICT over facts of\n"
      "// a shop that does not exist. Never edit: stored bodies need these very bytes.\n");
  for (std::size_t i = 0; i < size; ++i) {
    std::printf("%d,%s", dictionary[i], i % 24 == 23 || i + 1 == size ? "\n" : "");
  }
  return 0;
}
