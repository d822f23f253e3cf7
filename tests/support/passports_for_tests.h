// Passports as the gate mints them, for tests of what is cut from them.
#pragma once

#include <gtest/gtest.h>

#include "consent/gate.h"
#include "tests/support/household.h"

namespace cdp::testing {

class PassportOffice {
 public:
  PassportOffice() : pseudonym_(index_for_tests(2)), link_(index_for_tests(1)), house_(link_) {
    policy_.purposes["personalize.content"] = make_purpose("personalize.content");
    policy_.attributes["first_name"] = make_attribute("first_name", "user.name.first");
    policy_.attributes["city"] = make_attribute("city", "user.contact.address.city");
    consent::DestinationConfig hook;
    hook.name = "hook";
    hook.kind = "signed_webhook";
    hook.role = consent::DestinationRole::processor;
    hook.purposes = {"personalize.content"};
    hook.attributes = {"first_name", "city"};
    policy_.destinations["hook"] = hook;
    house_.member("shop", 1);
    house_.statement(0, "personalize.content", event::Choice::granted, day(1));
    house_.attribute(0, "first_name", R"("Ada")", day(1));
  }

  consent::ConsentedView view(Time now = day(100)) {
    auto verdict = gate().admit({"hook", "personalize.content", {}}, &house_.profile(), now);
    EXPECT_TRUE(verdict.has_value());
    return std::move(std::get<consent::ConsentedView>(*verdict));
  }
  consent::ChoiceOrder choice_order(event::Choice choice) {
    auto order = gate().choice_order("hook", "dsb_1", "personalize.content", choice, day(100));
    EXPECT_TRUE(order.has_value());
    return std::move(*order);
  }

  consent::ChoiceOrder category_order() {
    auto order = gate().category_order("hook", "dsb_1", "user.name", {"first_name"},
                                       event::Choice::denied, day(100));
    EXPECT_TRUE(order.has_value());
    return std::move(*order);
  }
  // Of what the vendor holds under a name that the person has no more.
  consent::ChoiceOrder correction() {
    auto order = gate().correction({"hook", "personalize.content", {"first_name"}}, "dsb_before",
                                   house_.profile(), day(100));
    EXPECT_TRUE(order.has_value() && order->has_value());
    return std::move(**order);
  }

 private:
  consent::Gate gate() { return consent::Gate(policy_, pseudonym_, link_); }

  crypto::BlindIndex pseudonym_, link_;
  consent::Policy policy_;
  Household house_;
};

}  // namespace cdp::testing
