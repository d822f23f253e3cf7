// Survey and Comparison: what the rules mean for everybody in the house, counted. `cdp consent
// doctor` asks how many can be reached for each purpose, and why the others cannot; `cdp consent
// simulate` replays the same people under another policy and tells who would gain or lose what,
// before it is put in force.
//
//   Survey survey(policy, link_index, now);
//   for (each profile) survey.add(profile);
//   survey.rows()
//
// Both count what the gate would answer (consent/standing: gate_answer), for each person and, over
// a channel, for each address.
//
// Thread-safety: not safe; use each in one thread. Lifetime: the policies and `link_index`, that of
// the gate, must outlive them.
// Errors: none.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "consent/standing.h"

namespace cdp::consent {

// Persons of one purpose, and their addresses where it goes over a channel: somebody with two, who
// said yes for one of them, can be reached, at one. A person without an address is no contact.
struct SurveyRow {
  std::string purpose;
  std::string channel;
  std::uint64_t contacts = 0;
  std::uint64_t reachable = 0;
  std::uint64_t addresses = 0;                // of all contacts; 0 without a channel
  std::uint64_t addresses_reachable = 0;      // of these, may be written to
  std::map<Reason, std::uint64_t> by_reason;  // all contacts
  std::uint64_t undated = 0;                  // the grant that decides, or falls short, has no date
  std::uint64_t conflicting = 0;              // somebody of theirs said yes and somebody said no
  std::uint64_t stale = 0;  // a grant that expired, was outgrown or overtaken by a notice
};

class Survey {
 public:
  Survey(const Policy& policy, const crypto::BlindIndex& link_index, Time now);
  void add(const identity::Profile& profile);
  const std::vector<SurveyRow>& rows() const { return rows_; }
  std::uint64_t persons() const { return persons_; }

 private:
  const Policy& policy_;
  const crypto::BlindIndex& link_index_;
  Time now_;
  std::uint64_t persons_ = 0;
  std::vector<SurveyRow> rows_;
};

// Persons whose answer differs between two policies, for one purpose and vendor.
struct ChangeRow {
  std::string purpose;
  std::string vendor;  // a destination; empty = whoever
  std::uint64_t gained = 0;
  std::uint64_t lost = 0;
  std::uint64_t reason_only = 0;                               // the same answer for another reason
  std::map<std::pair<Reason, Reason>, std::uint64_t> reasons;  // from, to; all of the above
  std::vector<SubjectId> gained_examples;  // pseudonyms: the officer's lookup knows them
  std::vector<SubjectId> lost_examples;
};

class Comparison {
 public:
  static constexpr std::size_t kExamplesMax = 5;

  Comparison(const Policy& before, const Policy& after, const crypto::BlindIndex& link_index,
             Time now);
  void add(const identity::Profile& profile);
  // Only rows in which something changes. By purpose, then vendor.
  std::vector<ChangeRow> rows() const;
  std::uint64_t persons() const { return persons_; }

 private:
  const Policy& before_;
  const Policy& after_;
  const crypto::BlindIndex& link_index_;
  Time now_;
  std::uint64_t persons_ = 0;
  std::vector<ChangeRow> rows_;
};

// Below it a count tells of people, and is hidden from everybody outside (DESIGN §7).
inline constexpr std::uint64_t kCountShownMin = 20;

}  // namespace cdp::consent
