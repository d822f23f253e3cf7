// OptInDesk: our own double opt-in, from the form to the grant. What was asked for waits sealed in
// the ledger's file until the link in the mail is used, ends or the address is erased; the button
// behind the link makes the statement.
//
//   lane.post([&] { opt_ins.request(ask); });        // after the page has answered
//   auto waiting = opt_ins.find(link);               // changes nothing: mail programs open links
//   opt_ins.confirm(*waiting, visit, [](Result<OptInConfirmed> done) { ... });
//
// No user enumeration: the form answers before request() looks anybody up, and find() tells nobody
// why a link opens nothing.
//
// Thread-safety: safe. request() may block on the mailer and the writer: call it from its mail
// lane. Lifetime: everything given outlives it. Errors: none to whoever asked; every end is
// counted (cdp_opt_ins_total{result}).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cdp/app/api/own_statements.h"
#include "connectors/mail/subject_mailer.h"
#include "consent/opt_in_links.h"
#include "consent/preference_centre/link_book.h"
#include "consent/preference_centre/opt_in_pages.h"
#include "consent/preference_centre/rate_limit.h"

namespace cdp::app {

// What was typed into the form, and where.
struct OptInAsk {
  event::Identifier typed;
  std::string purpose;
  std::string language;
  std::string place;
  std::string origin;
  std::string peer;  // keyed
};

// A request whose link is good.
struct OptInWaiting {
  consent::OptInLinks::Link link;
  consent::OptInRequest request;
  Time ends_at;
};

struct OptInConfirmed {
  std::string statement;  // its id
  bool counts = false;    // the purpose is open for this address now
  std::string receipt;    // a link that gives the receipt once; empty = too many are outstanding
};

class OptInDesk {
 public:
  // Null when mail is not configured.
  using Mailer = std::function<std::shared_ptr<const connectors::mail::SubjectMailer>()>;

  OptInDesk(ApiServices api, ByteView pepper, Mailer mailer);

  // How often a peer (http::limit_key) may post the form: 20 in 10 minutes.
  bool may_ask(std::string_view peer) { return asks_.take(peer); }
  // The keyed hash of a network address, as evidence keeps it.
  std::string peer_hash(std::string_view peer) const;
  // The words for a purpose in a language, of the text for one of the places; empty without a
  // notice in force.
  std::optional<consent::preference_centre::OptInPurpose> words_for(
      const std::string& purpose, const std::string& language,
      const std::vector<std::string>& places) const;

  // Judges, keeps, mails; counts the end.
  void request(const OptInAsk& ask);
  void count(std::string_view result, std::size_t times = 1) const;

  // Empty for a link that is used, ended, foreign or of a purpose that is asked for no more.
  // Errors: unavailable.
  Result<std::optional<OptInWaiting>> find(std::string_view link) const;
  // `language`: of the page whose button was pressed. `done` once, from another thread.
  void confirm(const OptInWaiting& waiting, const std::string& language, const std::string& peer,
               std::function<void(Result<OptInConfirmed>)> done);
  // The receipt as JSON, once for each link. Errors: not_found.
  Result<std::string> receipt(std::string_view link, const std::string& statement);

  // Deletes what has ended; counted as "unconfirmed". Blocks on the writer.
  void forget_ended();
  // Deletes what waits at these addresses (blind indexes of each and of its variants,
  // Normaliser::index), because they are being erased.
  Result<void> forget(const std::vector<Token>& addresses) const;

 private:
  struct Known;
  std::string judge_and_mail(const OptInAsk& ask);
  Result<Known> known_of(const std::string& address) const;
  Result<std::vector<identity::Profile>> people_at(const std::vector<Token>& tokens) const;
  Result<void> keep(const store::PendingOptIn& row, const Known& known) const;
  Result<void> drop(const std::vector<Token>& ids) const;
  std::string mail(const OptInAsk& ask, const event::Identifier& address, const Known& known,
                   consent::OptInVerdict verdict);

  ApiServices api_;
  consent::OptInLinks links_;
  Mailer mailer_;
  consent::preference_centre::RateLimit asks_;
  // Mails to ada@, with and without a tag: all of them together.
  consent::preference_centre::RateLimit mailboxes_;
  consent::preference_centre::LinkBook receipts_;
};

}  // namespace cdp::app
