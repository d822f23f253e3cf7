#include "cdp/app/cli/demo_shop.h"

#include <array>

#include "cdp/app/cli/demo_facts.h"

namespace cdp::app::cli {
namespace {

constexpr std::array kFirst = {
    "Ada",   "Bruno", "Carla", "Daan",  "Elif",  "Femke", "Giulia",  "Hugo", "Ines",   "Jonas",
    "Katya", "Leo",   "Mila",  "Nils",  "Olga",  "Pablo", "Quentin", "Rosa", "Sven",   "Tilda",
    "Umut",  "Vera",  "Wim",   "Xenia", "Yusuf", "Zoe",   "Anouk",   "Bela", "Chiara", "Dario",
    "Esra",  "Finn",  "Greta", "Hanna", "Ivo",   "Jana",  "Karl",    "Lena", "Marek",  "Nora"};
constexpr std::array kLast = {
    "Lindqvist", "Moreau",  "Rossi",   "Okafor",   "Novak",   "Janssen",  "Fischer", "Silva",
    "Kowalski",  "Haddad",  "Bergman", "Costa",    "Dubois",  "Eriksen",  "Ferrari", "Gruber",
    "Horvath",   "Ivanova", "Jensen",  "Keller",   "Laurent", "Martens",  "Nowak",   "Olsen",
    "Petrov",    "Quist",   "Richter", "Santos",   "Tanaka",  "Ullmann",  "Vermeer", "Weber",
    "Xhaka",     "Yilmaz",  "Zeman",   "Andersen", "Brandt",  "Castillo", "Demir",   "Engel"};
constexpr std::array kCities = {"Berlin", "Lyon", "Porto", "Gdansk", "Ghent", "Turin", "Malmo"};
constexpr std::array kColours = {"green", "blue", "red", "violet", "grey", "yellow"};
static_assert(kFirst.size() == kLast.size());

std::string padded(std::size_t number, std::size_t width) {
  std::string text = std::to_string(number);
  return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
}

template <class List>
std::string pick(const List& list, Random& random) {
  return list[random.below(list.size())];
}

void choose_sources(DemoPerson& person, Random& random) {
  const bool story = person.number < 2;
  person.in_shop = story || random.below(100) < 85;
  person.in_newsletter = story || !person.in_shop || random.below(100) < 55;
  person.in_loyalty = story || random.below(100) < 30;
  person.in_web = story || random.below(100) < 60;
  const std::uint64_t mood = random.below(100);
  person.choice = story || mood < 60 ? DemoPerson::Choice::granted
                  : mood < 72        ? DemoPerson::Choice::withdrawn
                                     : DemoPerson::Choice::nothing;
  person.orders = person.in_shop ? (story ? 2 : random.below(3)) : 0;
}

}  // namespace

DemoShop make_demo_shop(std::size_t people, Random& random) {
  DemoShop shop;
  for (std::size_t i = 0; i < people; ++i) {
    DemoPerson person;
    person.number = i;
    person.first_name = kFirst[i % kFirst.size()];
    // Another last name for each round of first names: no two people are namesakes.
    person.last_name = kLast[(i + 3 * (i / kFirst.size())) % kLast.size()];
    person.email = lower_case(person.first_name + "." + person.last_name) + "@mail.example";
    person.phone = "+493023125" + padded(i, 3);
    person.city = pick(kCities, random);
    person.street = "Example Street " + std::to_string(1 + random.below(99));
    person.colour = pick(kColours, random);
    person.customer_id = std::to_string(7064055000000000000 + i);  // beyond 2^53, as Shopify's are
    person.user_id = "u-" + padded(1000 + i, 4);
    person.anonymous_id = "device-" + padded(i, 4);
    person.membership = "L" + padded(i, 5);
    choose_sources(person, random);
    shop.people.push_back(std::move(person));
  }
  return shop;
}

std::size_t loyalty_rows(const DemoShop& shop) {
  std::size_t rows = 0;
  for (const auto& person : shop.people) rows += person.in_loyalty ? 1 : 0;
  return rows;
}

std::string loyalty_csv(const DemoShop& shop) {
  std::string out = "Membership,Given name,E-mail,Phone,Street,Colour\r\n";
  for (const auto& person : shop.people) {
    if (!person.in_loyalty) continue;
    // +493023125017 -> 030 23125 017
    const std::string national = "030 " + person.phone.substr(5, 5) + " " + person.phone.substr(10);
    out += person.membership + "," + person.first_name + "," +
           (person.in_shop ? "" : person.email) + "," + national + ",\"" + person.street + "\"," +
           person.colour + "\r\n";
  }
  return out;
}

}  // namespace cdp::app::cli
