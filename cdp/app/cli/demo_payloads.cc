// What the shop's tools send, in each vendor's own dialect and with its own signature.
#include "cdp/app/cli/demo_shop.h"
#include "cdp/app/cli/verb.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::app::cli {
namespace {

constexpr std::size_t kBatchCalls = 200;

http::Request post(std::string path, std::string body, std::string type) {
  http::Request request;
  request.method = "POST";
  request.path = std::move(path);
  request.body = std::move(body);
  request.headers.emplace_back("Content-Type", std::move(type));
  return request;
}

http::Request shopify(std::string_view topic, const std::string& id, std::string body,
                      std::string_view secret, Time when) {
  auto request = post("/v1/webhooks/shop", std::move(body), "application/json");
  const auto code = crypto::hmac_sha256(as_bytes(secret), as_bytes(request.body));
  request.headers.emplace_back("X-Shopify-Hmac-Sha256", to_base64(code));
  request.headers.emplace_back("X-Shopify-Topic", topic);
  request.headers.emplace_back("X-Shopify-Webhook-Id", id);
  request.headers.emplace_back("X-Shopify-Shop-Domain", "demo.myshopify.example");
  request.headers.emplace_back("X-Shopify-API-Version", "2025-10");
  request.headers.emplace_back("X-Shopify-Triggered-At", to_rfc3339(when));
  return request;
}

std::string customer_json(const DemoPerson& person, Time now) {
  const std::string address = JsonObject()
                                  .text("address1", person.street)
                                  .text("city", person.city)
                                  .text("country_code", "DE")
                                  .done();
  return JsonObject()
      .raw("id", person.customer_id)
      .text("admin_graphql_api_id", "gid://shopify/Customer/" + person.customer_id)
      .text("email", person.email)
      .text("phone", person.phone)
      .text("first_name", person.first_name)
      .text("last_name", person.last_name)
      .raw("orders_count", std::to_string(person.orders))
      .text("created_at", to_rfc3339(now - Duration::days(400)))
      .raw("default_address", address)
      .done();
}

std::string order_json(const DemoPerson& person, std::size_t number, Time when) {
  return JsonObject()
      .raw("id", std::to_string(820982911946154000 + person.number * 10 + number))
      .text("email", person.email)
      .text("created_at", to_rfc3339(when))
      .text("total_price", std::to_string(19 + person.number % 80) + ".90")
      .text("currency", "EUR")
      .raw("customer", JsonObject()
                           .raw("id", person.customer_id)
                           .text("email", person.email)
                           .text("first_name", person.first_name)
                           .done())
      .done();
}

std::string shopify_consent_json(const DemoPerson& person, Time when) {
  const bool granted = person.choice == DemoPerson::Choice::granted;
  return JsonObject()
      .raw("customer_id", person.customer_id)
      .text("email_address", person.email)
      .raw("email_marketing_consent", JsonObject()
                                          .text("state", granted ? "subscribed" : "unsubscribed")
                                          .text("opt_in_level", "confirmed_opt_in")
                                          .text("consent_updated_at", to_rfc3339(when))
                                          .done())
      .done();
}

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out +=
        (out.empty() ? "" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
  }
  return out;
}

// "2026-11-22 21:35:57"
std::string mailchimp_time(Time when) {
  std::string text = to_rfc3339(when).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string member_form(const DemoPerson& person, Time when) {
  const bool left = person.choice == DemoPerson::Choice::withdrawn;
  const bool joined = person.choice == DemoPerson::Choice::granted;
  std::string shouted = person.email;  // as people type it: not as the shop has it
  shouted[0] = static_cast<char>(shouted[0] - 'a' + 'A');
  std::vector<std::pair<std::string, std::string>> fields = {
      {"type", joined ? "subscribe"
               : left ? "unsubscribe"
                      : "profile"},
      {"fired_at", mailchimp_time(when)},
      {"data[id]", "m" + std::to_string(person.number)},
      {"data[list_id]", "a6b5da1054"},
      {"data[email]", shouted}};
  if (left) {
    fields.emplace_back("data[action]", "unsub");
    fields.emplace_back("data[reason]", "manual");
  } else {
    fields.emplace_back("data[merges][EMAIL]", shouted);
    fields.emplace_back("data[merges][FNAME]", person.first_name);
  }
  return form(fields);
}

std::string call_json(std::string_view type, const DemoPerson& person, bool known,
                      const std::string& more, Time when) {
  JsonObject call;
  call.text("type", type)
      .text("messageId", std::string(type) + "-" + person.anonymous_id + (known ? "-known" : ""))
      .text("timestamp", to_rfc3339(when))
      .text("anonymousId", person.anonymous_id);
  if (known) call.text("userId", person.user_id);
  if (!more.empty()) call.raw(type == "identify" ? "traits" : "properties", more);
  // The shop's pages know whose account is open: the login and the customer are one person by two
  // things that do not depend on each other.
  if (type == "identify" && person.in_shop) {
    call.raw(
        "context",
        R"({"externalIds":[)" +
            JsonObject().text("type", "shopify.customer_id").text("id", person.customer_id).done() +
            "]}");
  }
  if (type == "track") call.text("event", "Product Viewed");
  return call.done();
}

}  // namespace

std::vector<http::Request> shopify_webhooks(const DemoShop& shop, std::string_view secret,
                                            Time now) {
  std::vector<http::Request> out;
  for (const auto& person : shop.people) {
    if (!person.in_shop) continue;
    const std::string id = std::to_string(person.number);
    const Time then = now - Duration::hours(48 + static_cast<std::int64_t>(person.number));
    out.push_back(shopify("customers/create", "c-" + id, customer_json(person, now), secret, then));
    for (std::size_t n = 0; n < person.orders; ++n) {
      out.push_back(shopify("orders/create", "o-" + id + "-" + std::to_string(n),
                            order_json(person, n, then), secret, then));
    }
    if (!person.in_newsletter && person.choice != DemoPerson::Choice::nothing) {
      out.push_back(shopify("customers_email_marketing_consent/update", "e-" + id,
                            shopify_consent_json(person, then), secret, then));
    }
  }
  return out;
}

std::vector<http::Request> mailchimp_webhooks(const DemoShop& shop, std::string_view secret,
                                              Time now) {
  std::vector<http::Request> out;
  const std::string stamp = std::to_string(now.us / 1'000'000);
  for (const auto& person : shop.people) {
    if (!person.in_newsletter) continue;
    const Time then = now - Duration::hours(24 + static_cast<std::int64_t>(person.number));
    auto request = post("/v1/webhooks/newsletter", member_form(person, then),
                        "application/x-www-form-urlencoded");
    const std::string content = stamp + "." + request.body;
    request.headers.emplace_back(
        "X-Mailchimp-Signature",
        "t=" + stamp + ",v1=" + to_hex(crypto::hmac_sha256(as_bytes(secret), as_bytes(content))));
    out.push_back(std::move(request));
  }
  return out;
}

std::size_t segment_calls(const DemoShop& shop) {
  std::size_t calls = 0;
  for (const auto& person : shop.people) calls += person.in_web ? 3 : 0;
  return calls;
}

std::vector<http::Request> segment_batches(const DemoShop& shop, const std::string& write_key,
                                           Time now) {
  std::vector<std::string> calls;
  for (const auto& person : shop.people) {
    if (!person.in_web) continue;
    const Time then = now - Duration::hours(2 + static_cast<std::int64_t>(person.number));
    calls.push_back(call_json("page", person, false, R"({"path":"/"})", then));
    calls.push_back(call_json("identify", person, true,
                              JsonObject().text("email", person.email).done(),
                              then + Duration::seconds(60)));
    calls.push_back(
        call_json("track", person, true, R"({"sku":"tea-12"})", then + Duration::seconds(90)));
  }
  std::vector<http::Request> out;
  for (std::size_t from = 0; from < calls.size(); from += kBatchCalls) {
    std::string list;
    for (std::size_t i = from; i < std::min(calls.size(), from + kBatchCalls); ++i)
      list += (list.empty() ? "" : ",") + calls[i];
    auto request = post("/v1/batch", R"({"batch":[)" + list + "]}", "application/json");
    request.headers.emplace_back("Authorization", "Basic " + to_base64(as_bytes(write_key + ":")));
    out.push_back(std::move(request));
  }
  return out;
}

}  // namespace cdp::app::cli
