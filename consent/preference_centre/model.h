// What the pages show, as plain values: made by choices.h from what holds, turned into HTML by
// pages.h. Texts in them come from the configuration and from people, so they may say anything; the
// templates escape them.
//
// Thread-safety: values.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/base/time.h"
#include "cdp/core/event/statement.h"
#include "consent/preference_centre/session_book.h"

namespace cdp::consent::preference_centre {

// Round every page.
struct Frame {
  std::string language;
  std::vector<std::string> offered;  // languages, in the order of the configuration
  std::string here;                  // the page's path, for the language links
  std::string controller;
  std::string contact;
  bool has_css = false;   // the shop's own, after ours
  bool has_logo = false;  // otherwise the controller's name
  std::string version;    // of the static files, for their addresses
  std::string form_key;   // empty outside a session
  std::string once;       // another one each time a form is shown: the same form twice says it once
};

enum class Entry : std::uint8_t { start, expired, signed_out };
struct EntryPage {
  Entry why = Entry::start;
  bool can_mail = true;
};

enum class Group : std::uint8_t { messages, use, partners, needed };
enum class Answer : std::uint8_t { none, yes, no };

// Where one purpose stands. Closed.
enum class Standing : std::uint8_t {
  granted,
  refused,  // denied, withdrawn or objected, by the person
  unanswered,
  by_default,  // open until the person says no
  by_basis,    // the same, on a basis that one can object to
  needed,      // contract or law: nothing to choose
  expired,
  stale,
  weak,
  other_address,
  restricted,
  needs_parent,     // said by a child, below the age of consent
  until_sale,       // opens by itself with the first order, unless refused (ePrivacy Art. 13(2))
  per_account,      // several accounts share the address; nothing was said here
  per_account_yes,  // a yes was said here, which opens none of them
  per_account_no,   // a no was said here, which counts for all of them
};

struct Recipient {
  std::string name;
  bool is_processor = false;
};

struct PurposeView {
  std::string key;
  Group group = Group::use;
  std::string title;
  std::string why;
  std::string collected;
  std::string recipients;  // in the notice's words
  std::vector<Recipient> named;
  std::string in_return;
  std::string notice;  // the text's hash, for the form: what a yes on this page agrees to
  event::Basis basis = event::Basis::consent;
  std::string address;         // masked; the one that messages would go to
  bool needs_address = false;  // and there is none
  bool can_prove = false;      // but a code can be sent to it
  Standing standing = Standing::unanswered;
  Time since;
  Answer answer = Answer::none;  // what is ticked: never a yes that the person did not say
};

enum class VendorStatus : std::uint8_t { told, waiting, trying, failed };
struct VendorView {
  std::string name;
  std::vector<std::string> purposes;  // titles
  VendorStatus status = VendorStatus::told;
};

enum class SaleStatus : std::uint8_t {
  signal_now,     // this browser sends Global Privacy Control
  signal_before,  // one did
  opted_out,
  allowed,  // by the person
  by_default,
  never,        // off, and nobody asked for it to be on
  per_account,  // several accounts share the address
};

struct ChoicesPage {
  std::string address;  // masked: whom this is for
  Flash flash = Flash::none;
  bool shared = false;              // several accounts have the address: none of them is shown
  std::vector<std::string> unread;  // titles: a yes that was to another text than today's
  std::vector<std::string> closed;  // titles: what was just said yes to, and may not be done
  bool sells = false;               // some purpose is sale or sharing: its status is shown
  SaleStatus sale = SaleStatus::never;
  std::vector<PurposeView> purposes;
  std::vector<VendorView> vendors;
};

struct ConfirmPage {
  std::vector<PurposeView> purposes;
};

struct PhonePage {
  enum class State : std::uint8_t { start, sent, wrong };
  std::string number;  // masked
  State state = State::start;
};

// The kind of way in which something was said. Closed.
enum class How : std::uint8_t {
  here,         // by the person, on these pages
  signal,       // Global Privacy Control
  opt_in,       // the link of a double opt-in
  unsubscribe,  // from a message
  parent,
  agent,
  device,   // by a browser that nobody had logged in to
  service,  // over the consent API
  source,
};

struct HistoryLine {
  std::string id;  // "stm_..."
  Time at;
  std::string what;  // a title; empty = everything
  bool is_signal = false;
  event::Choice choice = event::Choice::denied;
  How how = How::source;
  std::string source;  // in words that people know: never the id of a token
};
struct HistoryPage {
  std::string address;
  bool shared = false;  // as on the page of choices: what was said in the accounts is left out
  std::vector<HistoryLine> lines;  // newest first
};

enum class Trouble : std::uint8_t { link, form, often, down };

}  // namespace cdp::consent::preference_centre
