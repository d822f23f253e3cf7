// Builds profiles for consent tests, person by person, without ingest: documents, identifiers and
// statements as the fold would leave them.
#pragma once

#include <string>
#include <utility>

#include "cdp/core/crypto/blind_index.h"
#include "cdp/core/crypto/secret.h"
#include "consent/policy.h"
#include "identity/profile.h"

namespace cdp::testing {

inline crypto::BlindIndex index_for_tests(std::uint8_t fill) {
  return crypto::BlindIndex(crypto::Secret::copy_of(Bytes(32, fill)), "test", 1);
}

inline Time day(int n) { return Time{} + Duration::days(20'000 + n); }  // day(0) = 2024-10-04

inline consent::Purpose make_purpose(const std::string& key, const std::string& channel = {},
                                     event::Basis basis = event::Basis::consent) {
  consent::Purpose purpose;
  purpose.key = key;
  purpose.channel = channel;
  purpose.basis = basis;
  return purpose;
}

inline consent::AttributeRule make_attribute(const std::string& name, const std::string& category,
                                             std::vector<std::string> purposes = {}) {
  consent::AttributeRule rule;
  rule.name = name;
  rule.category = category;
  rule.purposes = std::move(purposes);
  return rule;
}

class Household {
 public:
  explicit Household(const crypto::BlindIndex& link_index) : link_index_(link_index) {
    profile_.subject = SubjectId(Token{7, 7, 7});
    profile_.position = Position(99);
  }

  identity::ProfileMember& member(const std::string& source, std::uint32_t proof_group,
                                  event::Trust trust = event::Trust::server) {
    identity::ProfileMember member;
    member.persona = PersonaOrdinal(profile_.members.size() + 1);
    member.proof_group = proof_group;
    member.document.source = source;
    member.document.trust = trust;
    profile_.members.push_back(std::move(member));
    return profile_.members.back();
  }

  Token token(const std::string& type, const std::string& value) const {
    return link_index_.token({type, value});
  }

  void identifier(std::size_t i, const std::string& type, const std::string& value) {
    profile_.members.at(i).document.identifiers.push_back(
        {type, Pii<std::string>(value), token(type, value), event::Tier::declared});
  }

  void attribute(std::size_t i, const std::string& name, const std::string& json, Time at) {
    profile_.members.at(i).document.attributes[name] = {Pii<std::string>(json), at,
                                                        Position(next_++)};
  }

  event::Statement& statement(std::size_t i, const std::string& purpose, event::Choice choice,
                              Time at, const std::string& email = {}) {
    event::Statement s;
    s.position = Position(next_++);
    s.source = profile_.members.at(i).document.source;
    s.purpose = purpose;
    s.choice = choice;
    s.grade = event::Grade::recorded;
    s.occurred_at = at;
    s.received_at = at;
    s.anonymous = profile_.members.at(i).document.anonymous;
    if (!email.empty()) {
      s.contact_type = "email";
      s.contact_point = token("email", email);
    }
    profile_.members.at(i).document.statements.push_back(s);
    return profile_.members.at(i).document.statements.back();
  }

  const identity::Profile& profile() const { return profile_; }
  identity::Profile& profile() { return profile_; }

 private:
  const crypto::BlindIndex& link_index_;
  identity::Profile profile_;
  std::uint64_t next_ = 1;
};

}  // namespace cdp::testing
