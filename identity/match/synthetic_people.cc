#include "identity/match/synthetic_people.h"

#include <algorithm>

#include "cdp/core/base/random.h"
#include "identity/match/synthetic_words.h"

namespace cdp::identity::match {
namespace {

enum Column : std::size_t {
  given,
  family,
  born,
  email,
  phone,
  number,
  street,
  city,
  postcode,
  gender,
  device
};

struct Address {
  std::string number, street, city, postcode, landline;
};

struct Person {
  std::uint64_t id = 0;
  bool woman = false;
  std::string given, family, new_family;
  int year = 0, month = 0, day = 0;
  std::string email, mobile, device;
  Address home, later;
};

char digit_of(std::uint64_t n) { return static_cast<char>('0' + n % 10); }

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

class Maker {
 public:
  explicit Maker(const PeopleOptions& options) : options_(options), random_(options.seed) {
    const auto towns = std::min<std::uint64_t>(400, 20 + options.people / 50);
    for (std::uint64_t i = 0; i < towns; ++i) {
      towns_.push_back({compound(), two(i / 20) + two(i)});
    }
  }

  std::vector<SyntheticRecord> run() {
    std::vector<SyntheticRecord> records;
    while (made_ < options_.people) {
      const Address home = address();
      const std::string name = family_name();
      const bool shared = chance(options_.household_percent);
      const std::uint64_t size = shared ? 2 + random_.below(3) : 1;
      const int base = 1935 + static_cast<int>(random_.below(60));
      for (std::uint64_t i = 0; i < size && made_ < options_.people; ++i) {
        write(member(home, name, base, i), &records);
      }
    }
    for (std::size_t i = records.size(); i > 1; --i) {
      std::swap(records[i - 1], records[random_.below(i)]);
    }
    return records;
  }

 private:
  struct Town {
    std::string name, code;
  };

  bool chance(unsigned percent) { return random_.below(100) < percent; }
  // Low ranks more often: the smaller of two draws, twice over.
  std::size_t rank(std::size_t count) {
    return std::min(random_.below(count), std::min(random_.below(count), random_.below(count)));
  }
  static std::string two(std::uint64_t n) { return {digit_of(n / 10), digit_of(n)}; }

  std::string compound() {
    return std::string(kHeads[random_.below(kHeads.size())]) +
           std::string(kTails[random_.below(kTails.size())]);
  }
  std::string family_name() {
    return chance(35) ? std::string(kFamilies[rank(kFamilies.size())]) : compound();
  }
  std::string digits(std::size_t count) {
    std::string out;
    while (out.size() < count) out.push_back(digit_of(random_.below(10)));
    return out;
  }

  Address address() {
    const Town& town = towns_[rank(towns_.size())];
    const std::string way(kWays[rank(kWays.size())]);
    return {std::to_string(1 + random_.below(180)), compound() + " " + way, town.name,
            town.code + digit_of(random_.below(10)), "+449" + digits(9)};
  }

  Person member(const Address& home, const std::string& name, int base, std::uint64_t place) {
    Person person;
    person.id = made_++;
    person.woman = chance(50);
    const auto& names = person.woman ? kWomen : kMen;
    person.given = names[rank(names.size())];
    person.family = place > 0 && chance(12) ? family_name() : name;
    const bool child = place >= 2;
    person.year = base + (child ? 24 + static_cast<int>(random_.below(12))
                                : static_cast<int>(random_.below(8)));
    person.month = 1 + static_cast<int>(random_.below(12));
    person.day = 1 + static_cast<int>(random_.below(28));
    person.home = home;
    person.later = address();
    if (person.woman && chance(options_.name_change_percent * 2)) person.new_family = family_name();
    person.mobile = "+447" + digits(9);
    person.device = "device-" + digits(12);
    person.email = mailbox(person);
    return person;
  }

  std::string mailbox(const Person& person) {
    const std::string host(kMailHosts[rank(kMailHosts.size())]);
    const std::string first = lower_case(person.given);
    const std::string last = lower_case(person.family);
    switch (random_.below(4)) {
      case 0:
        return first + "." + last + digits(2) + "@" + host;
      case 1:
        return first.substr(0, 1) + last + digits(3) + "@" + host;
      case 2:
        return first + digits(4) + "@" + host;
      default:
        return last + "." + first + "@" + last + digits(3) + ".example";
    }
  }

  std::string date(const Person& person) {
    int month = person.month;
    int day = person.day;
    if (chance(options_.dirt.date_turned) && day <= 12) std::swap(month, day);
    const auto of = [](int n) { return two(static_cast<std::uint64_t>(n)); };
    return std::to_string(person.year) + "-" + of(month) + "-" + of(day);
  }

  std::string short_form(const std::string& name) {
    struct Pair {
      std::string_view full, brief;
    };
    constexpr std::array<Pair, 16> kPairs{{{"Robert", "Bob"},
                                           {"William", "Bill"},
                                           {"Elizabeth", "Liz"},
                                           {"Margaret", "Peggy"},
                                           {"Katherine", "Kate"},
                                           {"Thomas", "Tom"},
                                           {"James", "Jim"},
                                           {"Richard", "Dick"},
                                           {"Edward", "Ted"},
                                           {"Michael", "Mike"},
                                           {"Susan", "Sue"},
                                           {"Jennifer", "Jenny"},
                                           {"Rebecca", "Becky"},
                                           {"Victoria", "Vicky"},
                                           {"Charles", "Charlie"},
                                           {"Daniel", "Dan"}}};
    for (const Pair& pair : kPairs) {
      if (name == pair.full) return std::string(pair.brief);
    }
    return chance(50) ? name.substr(0, 1) : name;
  }

  void mistype(std::string* text) {
    if (text->size() < 2) return;
    const auto at = random_.below(text->size());
    const bool numeric = (*text)[at] >= '0' && (*text)[at] <= '9';
    const char other =
        numeric ? digit_of(random_.below(10)) : static_cast<char>('a' + random_.below(26));
    switch (random_.below(4)) {
      case 0:
        text->erase(at, 1);
        return;
      case 1:
        text->insert(at, 1, other);
        return;
      case 2:
        (*text)[at] = other;
        return;
      default:
        if (at + 1 < text->size()) std::swap((*text)[at], (*text)[at + 1]);
    }
  }

  SyntheticRecord written(const Person& person, bool first) {
    SyntheticRecord record;
    record.person = person.id;
    auto& v = record.values;
    const bool moved = !first && chance(options_.move_percent);
    const Address& at = moved ? person.later : person.home;
    v[given] = chance(options_.dirt.short_form) ? short_form(person.given) : person.given;
    const bool renamed = !first && !person.new_family.empty() && chance(50);
    v[family] = renamed ? person.new_family : person.family;
    v[born] = date(person);
    v[email] = person.email;
    v[phone] = chance(25) ? at.landline : person.mobile;
    v[number] = at.number;
    v[street] = at.street;
    v[city] = at.city;
    v[postcode] = at.postcode;
    v[gender] = person.woman ? "f" : "m";
    v[device] = person.device;
    if (chance(options_.dirt.swapped)) std::swap(v[given], v[family]);
    for (std::size_t i = 0; i < kSyntheticColumns; ++i) {
      if (i == device || i == gender) continue;
      if (chance(options_.dirt.missing)) v[i].clear();
      if (chance(options_.dirt.typo)) {
        mistype(&v[i]);
        if (chance(options_.dirt.twice)) mistype(&v[i]);
      }
    }
    return record;
  }

  void write(const Person& person, std::vector<SyntheticRecord>* records) {
    const auto most = std::max(1U, options_.records_max);
    const auto count = 1 + std::min(random_.below(most), random_.below(most));
    for (std::uint64_t i = 0; i < count; ++i) records->push_back(written(person, i == 0));
  }

  PeopleOptions options_;
  SeededRandom random_;
  std::uint64_t made_ = 0;
  std::vector<Town> towns_;
};

}  // namespace

const std::array<std::string_view, kSyntheticColumns>& synthetic_columns() {
  static constexpr std::array<std::string_view, kSyntheticColumns> kColumns{
      "given_name", "family_name", "date_of_birth", "email",  "phone", "street_number",
      "street",     "city",        "postcode",      "gender", "device"};
  return kColumns;
}

std::vector<SyntheticRecord> synthetic_people(const PeopleOptions& options) {
  return Maker(options).run();
}

}  // namespace cdp::identity::match
