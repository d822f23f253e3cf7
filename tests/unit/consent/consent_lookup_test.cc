// What POST /v1/consents/lookup says, held against what the gate does.
#include <gtest/gtest.h>

#include "cdp/core/base/random.h"
#include "consent/consent_state.h"
#include "consent/gate.h"
#include "tests/support/household.h"

namespace cdp::consent {
namespace {

using event::Choice;
using event::Grade;
using event::Trust;
using testing::day;

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kPersonal = "personalize.content";
constexpr const char* kOrders = "essential.service.orders";
constexpr const char* kSold = "marketing.advertising.third_party";

DestinationConfig destination(const std::string& name, DestinationRole role,
                              std::vector<std::string> attributes) {
  DestinationConfig config;
  config.name = name;
  config.role = role;
  config.purposes = {kEmail, kPersonal, kOrders, kSold};
  config.attributes = std::move(attributes);
  return config;
}

Policy make_policy() {
  Policy policy;
  policy.purposes[kEmail] = testing::make_purpose(kEmail, "email");
  policy.purposes[kPersonal] = testing::make_purpose(kPersonal);
  policy.purposes[kOrders] = testing::make_purpose(kOrders, "", event::Basis::contract);
  policy.purposes[kSold] = testing::make_purpose(kSold);
  policy.purposes[kSold].sale_or_share = true;
  for (const auto& rule :
       {testing::make_attribute("email", "user.contact.email"),
        testing::make_attribute("first_name", "user.name.first"),
        testing::make_attribute("size", "user.behavior", {"personalize"}),
        testing::make_attribute("health", "user.health_and_medical", {"personalize"})}) {
    policy.attributes[rule.name] = rule;
  }
  policy.attributes["health"].sensitive = true;
  for (const auto& config :
       {destination("mail", DestinationRole::processor, {"email", "first_name", "size", "health"}),
        destination("ads", DestinationRole::sale_or_share, {"email", "size"}),
        destination("names", DestinationRole::processor, {"first_name"}),
        // The whole data map, and nobody ever speaks of it: what "whoever" means.
        destination("anybody", DestinationRole::processor,
                    {"email", "first_name", "health", "size"})}) {
    policy.destinations[config.name] = config;
  }
  return policy;
}

class ConsentLookup : public ::testing::Test {
 protected:
  ConsentLookup() {
    EXPECT_TRUE(crypto::initialise().has_value());
    house_.member("shop", 1, Trust::vendor_signed);
    house_.member("cdp-preferences", 2);
    house_.identifier(1, "email", "a@shop.example");
  }

  event::Statement& said(const std::string& purpose, Choice choice, int on) {
    auto& s = house_.statement(1, purpose, choice, day(on), "a@shop.example");
    s.grade = Grade::verified;
    return s;
  }
  ConsentRow row(const std::string& purpose, const std::string& vendor = "mail") {
    const auto state =
        consent_lookup(house_.profile(), policy_, pseudonyms_, link_, {true, {}}, day(100));
    for (const auto& row : state.rows) {
      if (row.purpose == purpose && row.vendor == vendor) return row;
    }
    ADD_FAILURE() << "no row of " << purpose << " for " << vendor;
    return {};
  }
  // "no denied (shop: no denied, cdp-preferences: yes granted)"
  std::string told(const std::string& purpose, const std::string& vendor = "mail") {
    const auto in_words = [](const auto& answer) {
      return std::string(answer.allowed ? "yes " : "no ") + std::string(to_string(answer.reason));
    };
    const auto found = row(purpose, vendor);
    std::string parts;
    for (const auto& record : found.records) {
      parts += (parts.empty() ? "" : ", ") + record.source + ": " + in_words(record);
    }
    return in_words(found) + " (" + parts + ")";
  }

  Policy policy_ = make_policy();
  crypto::BlindIndex link_ = testing::index_for_tests(1);
  crypto::BlindIndex pseudonyms_ = testing::index_for_tests(2);
  testing::Household house_{link_};
};

// The shop knows two addresses: who reads one of them does not speak for the account. The yes was
// said for what the mailbox itself brought in, and the shop's record stays refused.
TEST_F(ConsentLookup, AYesOfOnesMailboxOpensNothingWhereAnotherRecordsNoStands) {
  house_.identifier(0, "email", "a@shop.example");
  house_.identifier(0, "email", "buyer@shop.example");
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.statement(0, kPersonal, Choice::denied, day(2));
  said(kPersonal, Choice::granted, 5);
  EXPECT_EQ(told(kPersonal),
            "no denied (shop: no denied, "
            "cdp-preferences: yes granted)");
  EXPECT_EQ(told(kPersonal, "names"), "no denied (shop: no denied)");
  EXPECT_EQ(row(kPersonal).deciding->statement.choice, Choice::denied);
}

TEST_F(ConsentLookup, ARecordThatNoYesReachesClosesOnlyItself) {
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  said(kPersonal, Choice::granted, 5);
  EXPECT_EQ(told(kPersonal), "yes granted (shop: no unlinked_grant, cdp-preferences: yes granted)");
  EXPECT_EQ(told(kPersonal, "names"), "no unlinked_grant (shop: no unlinked_grant)");
}

TEST_F(ConsentLookup, AYesWithoutAnythingToReleaseOpensNoDestination) {
  house_.statement(0, kPersonal, Choice::granted, day(2));
  EXPECT_EQ(told(kPersonal, "names"),
            "no no_value (shop: no no_value, "
            "cdp-preferences: no unlinked_grant)");
  EXPECT_EQ(row(kPersonal, "names").deciding->statement.choice, Choice::granted);
}

TEST_F(ConsentLookup, ANoIsToldEvenWhereThereIsNothingToRelease) {
  house_.statement(0, kPersonal, Choice::withdrawn, day(2));
  EXPECT_EQ(row(kPersonal, "names").reason, Reason::withdrawn);
}

TEST_F(ConsentLookup, ANoToADataCategoryClosesTheDestinationThatGetsNothingElse) {
  house_.attribute(0, "first_name", R"("Ada")", day(1));
  house_.attribute(0, "size", R"("M")", day(1));
  house_.statement(0, kPersonal, Choice::granted, day(2));
  house_.statement(0, "user.name", Choice::denied, day(3));
  EXPECT_TRUE(row(kPersonal, "mail").allowed);
  EXPECT_EQ(row(kPersonal, "names").reason, Reason::denied);
}

TEST_F(ConsentLookup, WhoeverIsAnsweredByTheStatementsWhereThereIsNothingToRelease) {
  house_.statement(0, kPersonal, Choice::granted, day(2));
  house_.profile().members.pop_back();
  EXPECT_EQ(told(kPersonal, ""), "yes granted (shop: yes granted)");
  EXPECT_EQ(told(kPersonal, "anybody"), "no no_value (shop: no no_value)");
}

TEST_F(ConsentLookup, SomebodyUnknownGetsTheSameRowsAllClosed) {
  const identity::Profile nobody;
  const auto known =
      consent_lookup(house_.profile(), policy_, pseudonyms_, link_, {true, {}}, day(100));
  const auto unknown = consent_lookup(nobody, policy_, pseudonyms_, link_, {true, {}}, day(100));
  ASSERT_EQ(unknown.rows.size(), known.rows.size());
  for (std::size_t i = 0; i < known.rows.size(); ++i) {
    EXPECT_EQ(unknown.rows[i].purpose, known.rows[i].purpose);
    EXPECT_EQ(unknown.rows[i].vendor, known.rows[i].vendor);
    EXPECT_FALSE(unknown.rows[i].allowed);
  }
}

// Households of so few addresses, groups and purposes that everything collides with everything.
class RandomHousehold {
 public:
  RandomHousehold(std::uint64_t seed, const crypto::BlindIndex& link)
      : random_(seed), house_(link) {
    const std::size_t members = 1 + below(4);
    for (std::size_t i = 0; i < members; ++i) add_member(i);
    const std::size_t statements = below(7);
    for (std::size_t i = 0; i < statements; ++i) add_statement(below(members));
  }
  const identity::Profile& profile() const { return house_.profile(); }

 private:
  std::size_t below(std::size_t bound) { return random_.below(bound); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + below(from.size()));
  }
  Time when() { return day(static_cast<int>(below(9))); }
  std::string address() { return pick({"a@shop.example", "b@shop.example"}); }

  void add_member(std::size_t i) {
    auto& member =
        house_.member("source" + std::to_string(i), static_cast<std::uint32_t>(1 + below(3)),
                      one_in(3) ? Trust::public_key : Trust::server);
    member.document.anonymous = one_in(5);
    member.withheld = one_in(10);
    const std::size_t addresses = below(3);
    for (std::size_t n = 0; n < addresses; ++n) house_.identifier(i, "email", address());
    if (one_in(3)) house_.attribute(i, "email", "\"" + address() + "\"", when());
    if (one_in(8)) house_.attribute(i, "email", "null", when());
    for (const char* name : {"first_name", "size", "health"}) {
      if (one_in(2)) house_.attribute(i, name, R"("x")", when());
    }
  }

  void add_statement(std::size_t i) {
    const auto choice =
        one_in(2) ? Choice::granted
                  : pick({Choice::denied, Choice::withdrawn, Choice::objected, Choice::restricted});
    const std::string purpose =
        choice == Choice::granted
            ? pick({kEmail, kPersonal, kPersonal, kSold})
            : pick({kEmail, kPersonal, "marketing", "gpc", "*", "user.name", kOrders});
    auto& s = house_.statement(i, purpose, choice, when(), one_in(4) ? std::string() : address());
    s.grade = pick({Grade::recorded, Grade::double_opt_in, Grade::verified});
    if (one_in(5)) s.vendor = pick({"mail", "ads", "names"});
    if (one_in(8)) s.channel = "email";
  }

  SeededRandom random_;
  testing::Household house_;
};

bool is_a_no(Reason reason) {
  static const std::set<std::string_view> kNo = {"denied", "withdrawn", "superseded_by_denial",
                                                 "objected", "restricted"};
  return kNo.contains(to_string(reason));
}

TEST(ConsentLookupProperty, SaysWhatTheGateDoesInAnyHousehold) {
  ASSERT_TRUE(crypto::initialise());
  const Policy policy = make_policy();
  const auto link = testing::index_for_tests(1);
  const auto pseudonyms = testing::index_for_tests(2);
  const Gate gate(policy, pseudonyms, link);
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 1; seed <= 6'000; ++seed) {
    const RandomHousehold house(seed, link);
    const auto state =
        consent_lookup(house.profile(), policy, pseudonyms, link, {true, {}}, day(20));
    std::map<std::string, bool> whoever;
    for (const ConsentRow& row : state.rows) {
      const std::string where =
          "seed " + std::to_string(seed) + " " + row.purpose + " to " + row.vendor;
      const bool open = std::any_of(row.records.begin(), row.records.end(),
                                    [](const auto& record) { return record.allowed; });
      const bool closed = std::any_of(row.records.begin(), row.records.end(),
                                      [](const auto& r) { return is_a_no(r.reason); });
      // The whole is open when a part is and no part is closed by a no.
      ASSERT_EQ(row.allowed, open && !closed) << where;
      if (row.vendor.empty()) {
        whoever[row.purpose] = row.allowed;
        continue;
      }
      const auto verdict = gate.admit({row.vendor, row.purpose, {}}, &house.profile(), day(20));
      ASSERT_TRUE(verdict) << where;
      const bool released = std::holds_alternative<ConsentedView>(*verdict);
      // A part is open exactly when a view is cut; so a granted whole is never more than the gate.
      ASSERT_EQ(open, released) << where << " " << to_string(row.reason);
      if (!released && !row.records.empty() && !is_a_no(row.reason)) ++seen["unreached"];
      if (row.vendor == "anybody" && whoever[row.purpose] && !released) {
        // Nothing of theirs could be released to anybody: then the statements alone were told.
        ASSERT_EQ(row.reason, Reason::no_value) << where;
        ++seen["statements alone"];
      }
      ++seen[row.allowed ? "yes" : released ? "a no closes the whole" : "no"];
    }
  }
  for (const char* what : {"yes", "no", "a no closes the whole", "unreached", "statements alone"}) {
    EXPECT_GE(seen[what], 100) << what;
  }
}

}  // namespace
}  // namespace cdp::consent
