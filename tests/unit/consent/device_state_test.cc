// What a device's own browser hears of what holds on it, and what it never hears.
#include "consent/device_state.h"

#include <gtest/gtest.h>

namespace cdp::consent {
namespace {

constexpr Time kNow{1'767'225'600'000'000};
const std::string kTaste = "personalize.content";
const PersonaOrdinal kDevice{1};
const PersonaOrdinal kAccount{2};

class DeviceState : public ::testing::Test {
 protected:
  DeviceState() {
    Purpose& purpose = policy_.purposes[kTaste];
    purpose.key = kTaste;
    purpose.basis = event::Basis::consent;
    for (const auto persona : {kDevice, kAccount}) {
      identity::ProfileMember member;
      member.persona = persona;
      member.proof_group = persona == kDevice ? 1 : 2;
      member.document.anonymous = persona == kDevice;
      profile_.members.push_back(std::move(member));
    }
  }
  void say(PersonaOrdinal persona, event::Choice choice, std::int64_t second) {
    event::Statement statement;
    statement.purpose = kTaste;
    statement.choice = choice;
    statement.grade = event::Grade::recorded;
    statement.method = event::method::kSave;
    statement.anonymous = persona == kDevice;
    statement.occurred_at = statement.received_at = kNow + Duration::seconds(second);
    for (auto& member : profile_.members) {
      if (member.persona == persona) member.document.statements.push_back(statement);
    }
  }
  DevicePurpose heard(PersonaOrdinal device = kDevice) {
    const auto all = device_state(profile_, device, policy_, kNow + Duration::seconds(60));
    EXPECT_EQ(all.size(), 1U);
    return all.front();
  }

  Policy policy_;
  identity::Profile profile_;
};

TEST_F(DeviceState, IsClosedUntilSomethingWasSaid) {
  EXPECT_FALSE(heard().allowed);
  EXPECT_EQ(heard().reason, Reason::no_statement);
  EXPECT_FALSE(heard(PersonaOrdinal{9}).allowed) << "no device of these";
}

TEST_F(DeviceState, IsWhatTheDevicesOwnWordMakesIt) {
  say(kDevice, event::Choice::granted, 1);
  EXPECT_TRUE(heard().allowed);
  say(kDevice, event::Choice::denied, 2);
  EXPECT_FALSE(heard().allowed);
  say(kDevice, event::Choice::granted, 3);
  EXPECT_FALSE(heard().allowed) << "a click does not undo a no";
  EXPECT_EQ(heard().reason, Reason::superseded_by_denial);
}

// Anybody can log a device of his own in under somebody else's name.
TEST_F(DeviceState, TellsNothingOfAPersonThatTheDeviceIsNotProvenToBe) {
  say(kDevice, event::Choice::granted, 1);
  say(kAccount, event::Choice::denied, 2);
  EXPECT_TRUE(heard().allowed);
  for (auto& member : profile_.members) member.proof_group = 1;
  EXPECT_FALSE(heard().allowed) << "proven to be the same person's";
}

}  // namespace
}  // namespace cdp::consent
