// The engine against the slow reference, on random ledgers drawn from so few values that everything
// collides with everything.
#include <algorithm>

#include "cdp/core/base/random.h"
#include "consent/effective.h"
#include "tests/support/slow_consent.h"

namespace cdp::consent {
namespace {

using event::Choice;
using event::Grade;
using event::Statement;

class RandomLedger {
 public:
  explicit RandomLedger(std::uint64_t seed) : random_(seed) {
    for (const char* key : {"marketing.email", "marketing.sms", "ads", "ads.sold", "orders", "law",
                            "similar", "device_storage", "interest"}) {
      policy_.purposes[key] = purpose(key);
    }
    const std::size_t rows = below(5);
    for (std::size_t i = 0; i < rows; ++i) policy_.defaults.push_back(default_row());
    add_notices();
    policy_.ages.by_place = {{"US", 13}, {"US-CA", 14}};
    policy_.ages.unknown_is_child = one_in(10);
    // Around the ages that count, a few days before and after `now`.
    if (one_in(3)) born_ = BirthDate{1970 - static_cast<int>(12 + below(8)), 1, 1};
    const std::size_t count = below(9);
    for (std::size_t i = 0; i < count; ++i) statements_.push_back(statement(i));
    for (const Statement& s : statements_) {
      const std::uint64_t persona = 1 + below(3);
      evidence_.push_back({&s, PersonaOrdinal(persona), groups_[persona - 1],
                           persona == 3 ? event::Trust::public_key : event::Trust::server});
    }
    const std::size_t places = below(3);
    for (std::size_t i = 0; i < places; ++i) places_.push_back(pick({"US", "US-CA", "DE", "?"}));
  }

  Question question() {
    Question q;
    auto it = policy_.purposes.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(below(policy_.purposes.size())));
    q.purpose = one_in(2) ? &policy_.purposes[one_in(2) ? "ads" : "marketing.email"] : &it->second;
    q.vendor = one_in(2) ? "tool" : "other";
    q.sale_or_share = one_in(3);
    if (!one_in(4)) q.contact_point = address();
    q.asking = PersonaOrdinal(1 + below(3));
    q.proof_group = groups_[q.asking.value() - 1];
    q.anonymous_member = one_in(4);
    q.public_member = one_in(4);
    q.sensitive = one_in(5);
    q.category = one_in(2) ? "user.contact" : "";
    q.jurisdictions = places_;
    q.born = born_;
    q.age_unreadable = one_in(12);
    return q;
  }

  Time now() { return {1'000 + static_cast<std::int64_t>(below(20))}; }
  std::vector<Evidence> shuffled() {
    auto copy = evidence_;
    for (std::size_t i = copy.size(); i > 1; --i) std::swap(copy[i - 1], copy[below(i)]);
    return copy;
  }
  const std::vector<Evidence>& evidence() const { return evidence_; }
  const Policy& policy() const { return policy_; }

 private:
  std::size_t below(std::size_t bound) { return random_.below(bound); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }
  Token address() { return Token{static_cast<std::uint8_t>(1 + below(2))}; }
  Time time() { return {1'000 + static_cast<std::int64_t>(below(8))}; }

  Default default_row() {
    Default row;
    row.jurisdiction = pick({"US", "US-CA", "DE"});
    row.purpose = pick({"marketing", "marketing.email", "ads", "ads.sold"});
    row.allowed_without_statement = one_in(2);
    if (one_in(5)) row.channel = "email";
    if (one_in(5)) row.category = pick({"user", "user.contact", "user.name"});
    if (one_in(5)) row.age_from = 16;
    if (one_in(5)) row.age_below = 18;
    return row;
  }

  // The versions "1", "2", "3"; the purposes' own is "2", so that some are unknown and some to
  // come.
  void add_notices() {
    if (one_in(2)) return;
    for (const char* version : {"1", "2", "3"}) {
      if (one_in(3)) continue;
      Notice& notice = policy_.notices[version];
      notice.version = version;
      for (const auto& [key, purpose] : policy_.purposes) {
        if (one_in(3)) notice.material.insert(key);
        if (one_in(2)) continue;
        NoticeText text;
        text.purpose = key;
        notice.texts.push_back(text);
      }
    }
    settle_notices(&policy_);
  }

  Purpose purpose(const std::string& key) {
    Purpose p;
    p.key = key;
    if (key == "marketing.email" || key == "similar") p.channel = "email";
    if (key == "marketing.sms") p.channel = "sms";
    if (key == "orders") p.basis = event::Basis::contract;
    if (key == "law") p.basis = event::Basis::legal_obligation;
    if (key == "similar") p.basis = event::Basis::soft_opt_in;
    if (key == "interest") p.basis = event::Basis::legitimate_interest;
    p.sale_or_share = key == "ads.sold";
    p.notice_version = "2";
    p.material = one_in(3);
    p.first_grant = static_cast<Grade>(1 + (one_in(3) ? below(3) : 0));
    if (one_in(3)) p.expires = Duration{static_cast<std::int64_t>(1 + below(10))};
    return p;
  }

  Statement statement(std::size_t i) {
    Statement s;
    s.position = Position(1 + i / 2);
    s.index = static_cast<std::uint32_t>(i % 2);
    s.choice = one_in(2) ? Choice::granted : static_cast<Choice>(2 + below(4));
    if (s.choice == Choice::restricted && !one_in(4)) s.choice = Choice::withdrawn;
    s.purpose = pick({"marketing.email",
                      "marketing.email",
                      "marketing.email",
                      "marketing",
                      "marketing.sms",
                      "ads",
                      "ads",
                      "ads",
                      "ads",
                      "ads.sold",
                      "orders",
                      "law",
                      "similar",
                      "interest",
                      "device_storage",
                      "gpc",
                      "*",
                      "",
                      "user.contact",
                      "user",
                      "marketing.e"});
    if (s.choice != Choice::granted && one_in(2)) s.purpose = pick({"ads", "marketing", "gpc"});
    s.channel = one_in(3) ? pick({"email", "sms"}) : "";
    s.vendor = one_in(4) ? "tool" : "";
    if (!one_in(4)) s.contact_point = address();
    s.grade = static_cast<Grade>(below(4));
    s.basis = one_in(8) ? event::Basis::legitimate_interest : event::Basis::consent;
    if (s.purpose == "similar" && one_in(2)) s.basis = event::Basis::soft_opt_in;
    if (one_in(6)) s.actor = event::Actor::parent;
    s.method = one_in(6) ? "spam_complaint" : "form";
    s.notice_version = one_in(2) ? "2" : pick({"1", "3", "", "0"});
    if (!one_in(4)) s.occurred_at = time();
    // Some a year and two years ago, so that a child grew up in between.
    if (s.occurred_at.known() && one_in(4)) {
      s.occurred_at = s.occurred_at - Duration::days(static_cast<std::int64_t>(366 * below(3)));
    }
    if (!one_in(8)) s.received_at = time();
    s.anonymous = one_in(5);
    return s;
  }

  SeededRandom random_;
  const std::array<std::uint32_t, 3> groups_ = {1, 1, 2};
  Policy policy_;
  std::vector<Statement> statements_;
  std::vector<Evidence> evidence_;
  std::vector<std::string> places_;
  std::optional<BirthDate> born_;
};

TEST(DecideProperty, AgreesWithTheSlowReferenceOnRandomLedgers) {
  std::map<Reason, int> seen;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    RandomLedger ledger(seed);
    for (int i = 0; i < 3; ++i) {
      const Question question = ledger.question();
      const Time now = ledger.now();
      const Decision fast = decide(question, ledger.shuffled(), ledger.policy(), now);
      const auto slow =
          testing::SlowConsent(question, ledger.evidence(), ledger.policy(), now).answer();
      ASSERT_EQ(fast.allowed, slow.allowed) << "seed " << seed << " question " << i;
      ASSERT_EQ(to_string(fast.reason), to_string(slow.reason))
          << "seed " << seed << " question " << i;
      ++seen[fast.reason];
    }
  }
  // The generator reaches every answer that a decision can give.
  for (const Reason reason :
       {Reason::granted, Reason::allowed_by_default, Reason::allowed_by_basis, Reason::no_statement,
        Reason::denied, Reason::withdrawn, Reason::objected, Reason::restricted,
        Reason::weak_evidence, Reason::superseded_by_denial, Reason::expired, Reason::stale_notice,
        Reason::other_contact_point, Reason::anonymous_grant, Reason::unlinked_grant,
        Reason::needs_parent, Reason::outgrown, Reason::no_sale}) {
    EXPECT_GE(seen[reason], 20) << to_string(reason);
  }
}

TEST(DecideProperty, OneMoreNoNeverTurnsANoIntoAYes) {
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
    RandomLedger ledger(seed);
    const Question question = ledger.question();
    const Time now = ledger.now();
    auto evidence = ledger.evidence();
    const bool before = decide(question, evidence, ledger.policy(), now).allowed;
    Statement no;
    no.choice = Choice::objected;
    no.purpose = question.purpose->key;
    no.received_at = now;
    evidence.push_back({&no, PersonaOrdinal(9), 9, event::Trust::public_key});
    const bool after = decide(question, evidence, ledger.policy(), now).allowed;
    ASSERT_LE(after, before) << "seed " << seed;
  }
}

TEST(DecideProperty, AStatementOfAnEarlierDayThatIsSentAgainChangesNothing) {
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
    RandomLedger ledger(seed);
    const Question question = ledger.question();
    const Time now = ledger.now();
    auto evidence = ledger.evidence();
    if (evidence.empty()) continue;
    const Decision before = decide(question, evidence, ledger.policy(), now);
    Statement again = *evidence.front().statement;
    if (!again.occurred_at.known() || again.occurred_at > again.received_at) continue;
    again.position = Position(100);
    again.received_at = {2'000};
    Evidence copy = evidence.front();
    copy.statement = &again;
    evidence.push_back(copy);
    const Decision after = decide(question, evidence, ledger.policy(), now);
    ASSERT_EQ(after.allowed, before.allowed) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cdp::consent
