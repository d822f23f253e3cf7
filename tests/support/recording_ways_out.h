// Ways out that keep what they were given and answer what they were told to; and a person whom a
// message can be minted for.
#pragma once

#include <string>
#include <vector>

#include "connectors/transport/outbound_request.h"
#include "connectors/transport/smtp_relay.h"
#include "consent/message_desk.h"
#include "identity/profile.h"

namespace cdp::testing {

struct RecordingHook final : connectors::transport::Transport {
  connectors::transport::Answer send(connectors::transport::OutboundRequest request) override {
    sent.push_back(request.parts());
    return answer;
  }
  std::vector<connectors::transport::OutboundRequest::Parts> sent;
  connectors::transport::Answer answer{connectors::transport::Answer::Kind::answered, 204, {}};
};

struct RecordingRelay final : connectors::transport::LetterCarrier {
  connectors::transport::Answer send(connectors::transport::OutboundLetter letter) override {
    sent.push_back(letter.parts());
    return answer;
  }
  std::vector<connectors::transport::OutboundLetter::Parts> sent;
  connectors::transport::Answer answer{connectors::transport::Answer::Kind::answered, 250, {}};
};

// To somebody whose only identifier is this one, with Token{1}.
inline consent::SubjectMessage message_to(const std::string& type, const std::string& value,
                                          consent::MessageDesk::Wish wish) {
  event::FactIdentifier identifier;
  identifier.type = type;
  identifier.value = Pii<std::string>(value);
  identifier.token = Token{1};
  identity::ProfileMember member;
  member.document.trust = event::Trust::server;
  member.document.identifiers.push_back(identifier);
  identity::Profile profile;
  profile.members.push_back(member);
  return std::move(*consent::MessageDesk::mint(&profile, std::move(wish)));
}

}  // namespace cdp::testing
