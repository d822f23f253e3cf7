#include "cdp/app/preferences/opt_in_desk.h"

#include <algorithm>
#include <set>

#include "cdp/core/base/limits.h"
#include "cdp/core/crypto/signature.h"
#include "consent/effective.h"
#include "consent/message_desk.h"
#include "identity/email.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

namespace centre = consent::preference_centre;
using consent::OptInVerdict;
using store::Tombstone;

constexpr int kAsksPerPeer = 20;
constexpr Duration kAskWindow = Duration::seconds(600);
constexpr std::size_t kPeersMax = 50'000;
constexpr std::size_t kMailboxesMax = 50'000;
constexpr std::size_t kEndedAtOnce = 10'000;
constexpr std::string_view kPath = "/preferences/opt-in/";

// "shop.example" of "https://shop.example".
std::string host_of(const std::string& origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string::npos ? origin : origin.substr(scheme + 3);
}

const consent::NoticeText* notice_for(const consent::Policy& policy, const std::string& purpose,
                                      const std::string& language,
                                      const std::vector<std::string>& places) {
  const std::vector<std::string> languages = {language, "en"};
  return consent::notice_text(policy, purpose, languages, places);
}

centre::OptInPurpose words_of(const consent::NoticeText& text) {
  return {text.purpose,    text.title,     text.why,         text.collected,
          text.recipients, text.in_return, to_hex(text.hash)};
}

// Where they live, by all that is known; the controller's own place for somebody unknown.
std::vector<std::string> places_of(const std::vector<identity::Profile>& people,
                                   const consent::Policy& policy) {
  std::vector<std::string> places = {policy.home_jurisdiction};
  for (const auto& person : people) {
    const auto known = consent::jurisdictions_of(person, policy);
    places.insert(places.end(), known.begin(), known.end());
  }
  return places;
}

bool is_offered(const consent::Policy& policy, const std::string& purpose) {
  const auto offered = consent::opt_in_purposes(policy);
  return std::ranges::find(offered, purpose) != offered.end();
}

bool vouches(const identity::Profile& profile, PersonaOrdinal holder) {
  return std::ranges::any_of(profile.members, [&](const auto& member) {
    return member.persona == holder && !member.document.anonymous &&
           member.document.trust != event::Trust::public_key;
  });
}

}  // namespace

// What is known of an address before it is written to.
struct OptInDesk::Known {
  Token token{};
  // Of the address, and behind it of the mailbox that it is one spelling of, where that is certain
  // (Gmail's). What waits is kept under the last.
  std::vector<Token> tombstones;
  std::vector<std::optional<Time>> erased_at;  // of each
  bool do_not_contact = false;
  std::size_t asked_today = 0;
  std::vector<identity::Profile> people;
};

OptInDesk::OptInDesk(ApiServices api, ByteView pepper, Mailer mailer)
    : api_(api),
      links_(pepper),
      mailer_(std::move(mailer)),
      asks_(api.clock, kAsksPerPeer, kAskWindow, kPeersMax),
      mailboxes_(api.clock, 1, Duration::days(1), kMailboxesMax),
      receipts_(pepper, api.clock, api.random) {}

void OptInDesk::count(std::string_view result, std::size_t times) const {
  api_.metrics
      .counter("cdp_opt_ins_total", "Double opt-ins asked for, by what became of them",
               {{"result", std::string(result)}})
      .add(times);
}

std::string OptInDesk::peer_hash(std::string_view peer) const {
  return to_hex(api_.pipeline.keyed().pseudonym.token({"opt-in peer", peer}));
}

std::optional<centre::OptInPurpose> OptInDesk::words_for(
    const std::string& purpose, const std::string& language,
    const std::vector<std::string>& places) const {
  const auto active = api_.policy.active();
  const auto* text = notice_for(active->policy, purpose, language, places);
  return text == nullptr ? std::nullopt : std::optional(words_of(*text));
}

void OptInDesk::request(const OptInAsk& ask) { count(judge_and_mail(ask)); }

// Everybody who has the address, in any of its spellings, by a source that vouches for it.
Result<std::vector<identity::Profile>> OptInDesk::people_at(
    const std::vector<Token>& tokens) const {
  const auto& live = api_.pipeline.live();
  std::set<PersonaOrdinal> holders;
  for (const Token& token : tokens) {
    for (const PersonaOrdinal holder : live.holders(token)) holders.insert(holder);
  }
  std::vector<identity::Profile> people;
  for (const PersonaOrdinal holder : holders) {
    if (!live.is_vouched(holder)) continue;
    CDP_TRY(auto profile, live.profile_of(holder));
    // What only a browser says counts for nothing, nor against the bound: anybody can claim an
    // address.
    if (!profile || !vouches(*profile, holder)) continue;
    if (people.size() == limits::kOptInHoldersMax) {
      return fail(ErrorCode::unprocessable, "more hold the address than can be asked for their no");
    }
    people.push_back(*std::move(profile));
  }
  return people;
}

Result<OptInDesk::Known> OptInDesk::known_of(const std::string& address) const {
  // A fold that stopped shows yesterday's objections: nothing may be sent on it (invariant 2).
  CDP_CHECK(api_.pipeline.health());
  const auto& keyed = api_.pipeline.keyed();
  Known known;
  known.token = identity::Normaliser::token("email", address, keyed.link);
  std::vector<Token> tokens = {known.token};
  if (const auto folded = identity::fold_gmail(address)) {
    // The folded spelling as an address, too: the do-not-contact list knows addresses.
    tokens.push_back(identity::Normaliser::token("email", *folded, keyed.link));
    tokens.push_back(identity::Normaliser::token("email_gmail", *folded, keyed.link));
  }
  for (const Token& token : tokens) {
    known.tombstones.push_back(keyed.tombstone_of(token));
    CDP_TRY(const auto erased_at,
            api_.ledger.tombstone(Tombstone::Scope::identifier, known.tombstones.back()));
    known.erased_at.push_back(erased_at);
    CDP_TRY(const auto listed, api_.ledger.tombstone(Tombstone::Scope::do_not_contact,
                                                     keyed.do_not_contact_of("email", token)));
    known.do_not_contact = known.do_not_contact || listed.has_value();
  }
  const Time day_ago = api_.clock.now() - Duration::days(1);
  CDP_TRY(known.asked_today, api_.ledger.opt_ins_since(known.tombstones.back(), day_ago));
  CDP_TRY(known.people, people_at(tokens));
  return known;
}

// The same steps for everybody up to the verdict.
std::string OptInDesk::judge_and_mail(const OptInAsk& ask) {
  const auto active = api_.policy.active();
  const auto& policy = active->policy;
  if (policy.preference_centre.base_url.empty() || !mailer_()) return "not_configured";
  if (!is_offered(policy, ask.purpose)) return "not_offered";
  const auto normalised = identity::Normaliser::normalise("email", ask.typed.value, "");
  const auto* address = std::get_if<std::string>(&normalised);
  if (address == nullptr) return "no_address";
  const auto known = known_of(*address);
  if (!known) return "failed";
  const int a_day = static_cast<int>(policy.double_opt_in.mails_per_day);
  if (known->asked_today >= static_cast<std::size_t>(a_day)) return "too_often";
  const bool is_erased =
      std::ranges::any_of(known->erased_at, [](const auto& at) { return at.has_value(); });
  const OptInVerdict verdict =
      consent::judge_opt_in({known->people, known->token, is_erased, known->do_not_contact},
                            *policy.purpose(ask.purpose), policy, api_.clock.now());
  if (verdict != OptInVerdict::ask) return std::string(to_string(verdict));
  const std::string mailbox = identity::counted_as(*address);
  if (!mailboxes_.take(mailbox, a_day)) return "too_often";
  auto result = mail(ask, {"email", Pii<std::string>(*address)}, *known, verdict);
  if (result != "sent") mailboxes_.give_back(mailbox, a_day);
  return result;
}

// In one step with the erasures that the writer commits: what is kept here was not erased
// meanwhile.
Result<void> OptInDesk::keep(const store::PendingOptIn& row, const Known& known) const {
  return api_.pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    for (std::size_t i = 0; i < known.tombstones.size(); ++i) {
      CDP_TRY(const auto erased,
              api_.ledger.tombstone(Tombstone::Scope::identifier, known.tombstones[i]));
      if (erased != known.erased_at[i])
        return fail(ErrorCode::conflict, "the address was erased meanwhile");
    }
    builder.batch().opt_ins.push_back(row);
    return {};
  });
}

std::string OptInDesk::mail(const OptInAsk& ask, const event::Identifier& address,
                            const Known& known, OptInVerdict verdict) {
  const auto active = api_.policy.active();
  const auto& policy = active->policy;
  const auto mailer = mailer_();
  const auto* text = notice_for(policy, ask.purpose, ask.language, places_of(known.people, policy));
  if (!mailer || text == nullptr) return "not_configured";
  const auto link = links_.make(api_.random);
  const Time now = api_.clock.now();
  centre::Frame frame;
  frame.language = ask.language;
  frame.controller = policy.controller_name;
  frame.contact = policy.controller_contact;
  centre::OptInPage page;
  page.link =
      policy.preference_centre.base_url + std::string(kPath) + link.text + "?lang=" + ask.language;
  page.purpose = words_of(*text);
  page.place = host_of(ask.origin);
  page.requested_at = now;
  page.ends_at = now + policy.double_opt_in.link_life;
  const auto letter = centre::mail_opt_in(frame, page, policy.double_opt_in.mail);
  if (!letter) return "failed";
  const Token message = api_.random.next_token();
  consent::OptInRequest request{address,
                                ask.purpose,
                                ask.language,
                                ask.place,
                                ask.origin,
                                text->jurisdiction,
                                ask.peer,
                                text->version,
                                text->language,
                                to_hex(text->hash),
                                now,
                                mailer->message_id(message),
                                to_hex(crypto::sha256(as_bytes(letter->text)))};
  auto sealed = consent::OptInLinks::seal(link, request, api_.random);
  if (!keep({link.id, known.tombstones.back(), now, page.ends_at, std::move(sealed)}, known))
    return "failed";
  auto passport = consent::MessageDesk::mint(verdict, address, ask.language, page.link);
  if (passport &&
      mailer->send(*std::move(passport), {letter->subject, letter->text, letter->html, message})) {
    return "sent";
  }
  // Nobody has the link: nothing waits for it.
  if (!drop({link.id})) api_.logger.error("opt_in_not_dropped");
  return "failed";
}

Result<std::optional<OptInWaiting>> OptInDesk::find(std::string_view text) const {
  auto link = links_.read(text);
  if (!link) return std::optional<OptInWaiting>();
  CDP_TRY(const auto row, api_.ledger.opt_in(link->id));
  if (!row || row->ends_at <= api_.clock.now()) return std::optional<OptInWaiting>();
  auto request = consent::OptInLinks::open(*link, row->sealed);
  const auto active = api_.policy.active();
  if (!request || !is_offered(active->policy, request->purpose))
    return std::optional<OptInWaiting>();
  return std::optional<OptInWaiting>({*std::move(link), *std::move(request), row->ends_at});
}

void OptInDesk::confirm(const OptInWaiting& waiting, const std::string& language,
                        const std::string& peer, std::function<void(Result<OptInConfirmed>)> done) {
  const auto active = api_.policy.active();
  const auto& request = waiting.request;
  const auto* shown = notice_for(active->policy, request.purpose, language, {request.jurisdiction});
  if (shown == nullptr) {
    return done(fail(ErrorCode::unprocessable, "there is no notice for that purpose"));
  }
  auto choice =
      consent::opt_in_choice(request, *shown, {to_hex(waiting.link.id), peer, api_.clock.now()});
  const OwnPerson person{request.address};
  OwnStatements(api_).record(
      person, {std::move(choice)}, "opt-in:" + to_hex(waiting.link.id),
      [this, person, purpose = request.purpose, language,
       done = std::move(done)](const Result<Recorded>& recorded) {
        if (!recorded) return done(fail(recorded.error()));
        OptInConfirmed confirmed;
        confirmed.statement = recorded->statements.empty() ? "" : recorded->statements.front();
        const auto state = OwnStatements(api_).state(person, {false, {language, "en"}});
        confirmed.counts = state && std::ranges::any_of(state->rows, [&](const auto& row) {
                             return row.purpose == purpose && row.vendor.empty() && row.allowed;
                           });
        const auto link = receipts_.mint({person.proven, {}, language});
        confirmed.receipt = link.value_or("");
        count("confirmed");
        done(std::move(confirmed));
      },
      {{waiting.link.id}});
}

Result<std::string> OptInDesk::receipt(std::string_view link, const std::string& statement) {
  const auto holder = receipts_.find(link);
  if (!holder) return fail(ErrorCode::not_found, "there is no such receipt");
  CDP_TRY(auto json, OwnStatements(api_).receipt({holder->address}, statement));
  // Spent by a receipt alone, not by a post that names the wrong statement.
  if (!receipts_.redeem(link)) return fail(ErrorCode::not_found, "there is no such receipt");
  return json;
}

Result<void> OptInDesk::drop(const std::vector<Token>& ids) const {
  return api_.pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    auto& done = builder.batch().opt_ins_done;
    done.insert(done.end(), ids.begin(), ids.end());
    return {};
  });
}

void OptInDesk::forget_ended() {
  const auto ended = api_.ledger.opt_ins_ended(api_.clock.now(), kEndedAtOnce);
  if (!ended) return api_.logger.error("opt_ins_not_forgotten");
  for (std::size_t i = 0; i < ended->size(); i += limits::kDeleteRowsPerCommit) {
    const std::size_t size = std::min(limits::kDeleteRowsPerCommit, ended->size() - i);
    const auto first = ended->begin() + static_cast<std::ptrdiff_t>(i);
    if (!drop({first, first + static_cast<std::ptrdiff_t>(size)}))
      return api_.logger.error("opt_ins_not_forgotten");
    count("unconfirmed", size);
  }
}

Result<void> OptInDesk::forget(const std::vector<Token>& addresses) const {
  return api_.pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    for (const Token& address : addresses)
      builder.batch().opt_ins_erased.push_back(api_.pipeline.keyed().tombstone_of(address));
    return {};
  });
}

}  // namespace cdp::app
