#include "cdp/app/cli/demo_story.h"

#include <fstream>
#include <map>
#include <set>

#include "cdp/app/cli/demo_facts.h"

namespace cdp::app::cli {
namespace {

constexpr Duration kDeliveryDeadline = Duration::seconds(20);

std::map<int, std::size_t> by_status(const std::vector<http::Response>& responses) {
  std::map<int, std::size_t> counts;
  for (const auto& response : responses) ++counts[response.status];
  return counts;
}

bool all_taken(const std::vector<http::Response>& responses) {
  const auto counts = by_status(responses);
  return counts.size() == 1 && counts.begin()->first == 200;
}

}  // namespace

void DemoStory::act(std::string_view title) {
  screen_.line("");
  screen_.line(screen_.bold(std::to_string(++acts_) + "  " + std::string(title)));
}

void DemoStory::say(std::string_view text) { screen_.line("   " + std::string(text)); }

Result<void> DemoStory::tell() {
  CDP_CHECK(feed());
  CDP_CHECK(merge());
  CDP_CHECK(look());
  CDP_CHECK(deliver());
  CDP_CHECK(withdraw());
  CDP_CHECK(forget());
  CDP_CHECK(stay_forgotten());
  CDP_CHECK(prove());
  return own_page();
}

Result<void> DemoStory::feed() {
  act("Four sources speak, each in its own dialect");
  const Duration start = clock_.elapsed();
  CDP_CHECK(feed_webhooks());
  CDP_CHECK(feed_file_and_stream());
  CDP_CHECK(refuse_forgery());
  const auto ms = (clock_.elapsed().us - start.us) / 1'000;
  say("All of it over HTTP, encrypted and on disk before it was acknowledged: " +
      std::to_string(ms) + " ms.");
  return {};
}

Result<void> DemoStory::feed_webhooks() {
  const Time now = clock_.now();
  shopify_ = shopify_webhooks(shop_, stage_.shop_secret(), now);
  mailchimp_ = mailchimp_webhooks(shop_, stage_.newsletter_secret(), now);
  CDP_TRY(const auto shop, stage_.send_all(shopify_));
  CDP_CHECK(check(all_taken(shop), "every signed Shopify webhook is taken"));
  say("Shopify    " + grouped(shopify_.size()) + " webhooks, signed: customers, orders, consent");
  CDP_TRY(const auto newsletter, stage_.send_all(mailchimp_));
  CDP_CHECK(check(all_taken(newsletter), "every signed Mailchimp webhook is taken"));
  say("Mailchimp  " + grouped(mailchimp_.size()) + " form webhooks, signed: who joined, who left");
  return {};
}

Result<void> DemoStory::feed_file_and_stream() {
  const auto file = stage_.directory() / "loyalty.csv";
  std::ofstream(file, std::ios::binary) << loyalty_csv(shop_);
  CDP_TRY(const auto rows,
          stage_.admin("POST", "/admin/import",
                       JsonObject().text("source", "loyalty").text("path", file.string()).done()));
  std::error_code ignored;
  std::filesystem::remove(file, ignored);  // it is in clear
  CDP_CHECK(check(number_in(rows.root(), "accepted") == loyalty_rows(shop_),
                  "every row of the file is taken"));
  say("CSV        " + grouped(loyalty_rows(shop_)) + " rows of a loyalty programme");
  CDP_TRY(const auto web, stage_.send_all(segment_batches(shop_, stage_.web_key(), clock_.now())));
  CDP_CHECK(check(all_taken(web), "every Segment batch is taken"));
  say("Segment    " + grouped(segment_calls(shop_)) + " calls in " + std::to_string(web.size()) +
      " batches: visits, logins");
  return {};
}

Result<void> DemoStory::refuse_forgery() {
  auto forged = shopify_.front();
  forged.body.back() = ' ';  // a byte that the signature does not cover
  CDP_TRY(const auto answers, stage_.send_all({forged}));
  CDP_CHECK(check(answers.front().status == 401, "a webhook with a changed byte is refused"));
  CDP_TRY(const auto before, stage_.admin("GET", "/admin/statistics"));
  CDP_TRY(const auto again, stage_.send_all(shopify_));
  CDP_TRY(const auto after, stage_.admin("GET", "/admin/statistics"));
  // What was taken, not what the ledger holds: who is whom is still being written down beside it.
  CDP_CHECK(check(all_taken(again) &&
                      number_in(before.root(), "accepted") == number_in(after.root(), "accepted"),
                  "webhooks that Shopify repeats change nothing"));
  say("One more with a byte changed: refused (401). All of Shopify's once again: nothing changes.");
  return {};
}

Result<void> DemoStory::merge() {
  act("Records become people");
  CDP_TRY(const auto statistics, stage_.admin("GET", "/admin/statistics"));
  const auto records = number_in(statistics.root(), "personas");
  const auto people = number_in(statistics.root(), "subjects");
  CDP_CHECK(
      check(records == records_of(shop_), "each source keeps a record of each of its people"));
  CDP_CHECK(check(people == shop_.people.size(), "every person is found, and nobody twice"));
  say(screen_.good(grouped(records) + " records are " + grouped(people) + " people") + ", from " +
      grouped(number_in(statistics.root(), "observations")) + " messages.");
  say("Nothing was moved or copied: a merge is a set of records, and can be undone. For example");
  say(shop_.heroine().name() + ":");
  CDP_TRY(const auto why,
          stage_.admin("POST", "/admin/merge/explain",
                       JsonObject().raw("identifier", email_json(shop_.heroine())).done()));
  const auto members = why.root().at("/merge/members");
  CDP_CHECK(check(members && members->size() == 5,
                  "the five records of " + shop_.heroine().name() + " are one person"));
  std::istringstream lines(text_in(why.root(), "text"));
  for (std::string line; std::getline(lines, line);) say("  " + screen_.dim(line));
  return {};
}

Result<json::Document> DemoStory::lookup(const DemoPerson& person) {
  return stage_.post(
      "/v1/profiles/lookup", stage_.destination_token(),
      JsonObject().raw("identifier", email_json(person)).text("purpose", kDemoPurpose).done());
}

Result<void> DemoStory::look() {
  act("What one tool may see of one person, for one purpose");
  CDP_TRY(const auto view, lookup(shop_.heroine()));
  const auto attributes = view.root().get("attributes");
  const auto email = attributes ? attributes->text("email") : std::nullopt;
  CDP_CHECK(check(email && same_address(*email, shop_.heroine().email),
                  "the mailer sees the address that was agreed to"));
  say("POST /v1/profiles/lookup with the mailer's token, for " + std::string(kDemoPurpose) + ":");
  attributes->each_member([&](std::string_view name, json::Value value) {
    say("  sees      " + std::string(name) + " = " + value.minified());
    return true;
  });
  std::string withheld;
  if (const auto names = view.root().get("withheld")) {
    names->each([&](json::Value row) {
      withheld += (withheld.empty() ? "" : ", ") + text_in(row, "attribute");
      return true;
    });
  }
  CDP_CHECK(check(withheld.find("phone") != std::string::npos, "the phone number is withheld"));
  say("  withheld  " + withheld + ": \"not permitted\", and no more");
  return look_as_officer();
}

Result<void> DemoStory::look_as_officer() {
  say("It must not learn why, nor whether there is anything. The privacy officer does:");
  CDP_TRY(const auto view, stage_.admin("POST", "/admin/lookup",
                                        JsonObject()
                                            .raw("identifier", email_json(shop_.heroine()))
                                            .text("destination", kDemoDestination)
                                            .text("purpose", kDemoPurpose)
                                            .done()));
  const auto rows = view.root().at("/explanation/attributes");
  std::map<std::string, std::string> reasons;
  if (rows) {
    rows->each([&](json::Value row) {
      const auto released = row.get("released");
      if (released && released->boolean().value_or(false)) return true;
      reasons[text_in(row, "attribute")] = text_in(row, "reason");
      return true;
    });
  }
  const std::map<std::string, std::string> expected = {{"birthday", "no_value"},
                                                       {"favourite_colour", "unlinked_grant"},
                                                       {"last_name", "unlinked_grant"},
                                                       {"phone", "unlinked_grant"}};
  CDP_CHECK(check(reasons == expected, "the officer sees the real reasons"));
  for (const auto& [attribute, reason] : reasons) {
    std::string name = attribute;
    name.resize(std::max<std::size_t>(name.size(), 16), ' ');
    say("  " + name + "  " + reason_in_words(reason));
  }
  return {};
}

Result<void> DemoStory::check_delivery(const DemoReceived& delivery, std::size_t* attributes) {
  static const std::set<std::string> kConfigured = {
      "email", "first_name", "last_name", "favourite_colour", "phone", "birthday"};
  CDP_TRY(const auto body, json::Document::parse(delivery.body));
  if (text_in(body.root(), "type") != "profile.updated") return {};
  const auto shown = body.root().get("attributes");
  CDP_CHECK(check(shown.has_value(), "a delivery says what it shows"));
  bool fits = true;
  shown->each_member([&](std::string_view name, json::Value) {
    fits = fits && kConfigured.contains(std::string(name));
    ++*attributes;
    return true;
  });
  CDP_CHECK(check(fits, "a delivery shows configured attributes only"));
  const auto email = shown->text("email");
  const bool agreed =
      email && std::any_of(shop_.people.begin(), shop_.people.end(), [&](const DemoPerson& person) {
        return same_address(*email, person.email) && person.choice == DemoPerson::Choice::granted;
      });
  return check(agreed, "a delivery speaks of somebody who has agreed");
}

Result<void> DemoStory::deliver() {
  act("What was sent to the mailer by itself");
  const std::size_t agreed = people_who_agreed(shop_);
  // By address: who is found to be one person with others may change names on the way.
  const auto distinct = [](const std::vector<DemoReceived>& all) {
    std::set<std::string> addresses;
    for (const auto& one : all) {
      const auto body = json::Document::parse(one.body);
      if (!body) continue;
      if (const auto email = body->root().at("/attributes/email"))
        addresses.insert(lower_case(email->string().value_or("")));
    }
    return addresses.size();
  };
  const bool enough = stage_.receiver().wait(
      [&](const auto& all) { return all.size() >= agreed && distinct(all) >= agreed; },
      kDeliveryDeadline);
  const auto received = stage_.receiver().received();
  CDP_CHECK(check(enough && distinct(received) == agreed,
                  "everybody who agreed, and nobody else, reached the mailer"));
  std::size_t attributes = 0;
  for (const auto& delivery : received) CDP_CHECK(check_delivery(delivery, &attributes));
  CDP_CHECK(check(stage_.receiver().forged() == 0, "every delivery was signed"));
  say(grouped(received.size()) + " webhooks with " + grouped(attributes) + " values about " +
      screen_.good(grouped(agreed) + " people, each of whom had agreed") + "; nobody else of " +
      grouped(shop_.people.size()) + ".");
  say("Each signed (Standard Webhooks), each asked of the gate again before its first byte.");
  return {};
}

}  // namespace cdp::app::cli
