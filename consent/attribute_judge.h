// AttributeJudge: which value of each attribute one destination may see of one person for one
// purpose, and why not. The gate's working part; it opens nothing but what ContactPointReader must
// read.
//
// On a channel purpose it first settles which address would be used (the newest permitted one), and
// then judges every attribute for that address. Values compete by (occurred_at, then position).
//
// Thread-safety: not safe; use one in one thread. Lifetime: everything given must outlive it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "consent/weighing.h"

namespace cdp::consent {

struct JudgedAttribute {
  Decision decision;                                // allowed = released
  const identity::ProfileMember* member = nullptr;  // whose value; null when not released
  // Where the value is; exactly one is set when released.
  const Pii<std::string>* json = nullptr;
  const event::FactIdentifier* identifier = nullptr;
};

class AttributeJudge {
 public:
  AttributeJudge(const Policy& policy, const DestinationConfig& destination, const Purpose& purpose,
                 const identity::Profile& profile, const crypto::BlindIndex& link_index, Time now);

  JudgedAttribute judge(const std::string& attribute);

  // What becomes of each record that has a value of one of `attributes`: the best answer that one
  // of its values gets. A record is allowed exactly when judge() could have picked a value of it;
  // one without a value is left out. In the profile's order.
  struct RecordDecision {
    const identity::ProfileMember* member = nullptr;
    Decision decision;
  };
  std::vector<RecordDecision> judge_records(const std::vector<std::string>& attributes);

  // On a channel purpose: every address of the person, with the best answer that it gets. Allowed:
  // a view could speak of it, if it were the newest.
  std::map<Token, Decision> addresses();

  // On a channel purpose: the permitted address that the view speaks of, and whose it is. The
  // pointer is good as long as the profile.
  struct Address {
    const identity::ProfileMember* member = nullptr;
    Token contact_point{};
  };
  std::optional<Address> address() const;

 private:
  // One value that could be released.
  struct Candidate {
    const identity::ProfileMember* member = nullptr;
    const Pii<std::string>* json = nullptr;
    const event::FactIdentifier* identifier = nullptr;
    std::optional<Token> address;  // of a contact attribute
    Time at;
    Position position;
  };

  struct Judged {
    Candidate candidate;
    Decision decision;
  };

  // The rule of an attribute that may serve the purpose at all; null for any other.
  const AttributeRule* rule_of(const std::string& attribute) const;
  // Every value of the attribute, with its answer. Not for the channel's own address.
  std::vector<Judged> judge_values(const std::string& attribute, const AttributeRule& rule);
  // Every address there is on a channel purpose, with its answer.
  std::vector<Judged> judge_addresses();
  std::vector<Candidate> candidates(const std::string& attribute, std::string_view contact_type,
                                    bool need_address) const;
  // Whether the address in question is this member's claim alone: a public source's, while others
  // vouch for the person and none of them knows the address.
  static bool is_retracted(const identity::ProfileMember& member,
                           const std::optional<Token>& address);
  bool only_claimed(const identity::ProfileMember& member,
                    const std::optional<Token>& address) const;
  void add_identifiers(const identity::ProfileMember& member, std::string_view contact_type,
                       std::vector<Candidate>* found) const;
  void settle_address();
  Decision decide(const Candidate& candidate, const AttributeRule* rule,
                  const std::optional<Token>& address);
  const Weighing& weighing(const std::string& category);

  const Policy& policy_;
  const DestinationConfig& destination_;
  const Purpose& purpose_;
  const identity::Profile& profile_;
  const crypto::BlindIndex& link_index_;
  Time now_;
  PersonEvidence evidence_;
  bool by_category_ = false;
  std::map<std::string, Weighing> weighings_;  // by data category; "" = any
  std::optional<Candidate> address_;           // on a channel purpose
  Decision address_decision_;                  // of it, or why there is none
};

}  // namespace cdp::consent
