// /unsubscribe/{token}: one-click unsubscribe (RFC 8058).
//
// GET shows a button and changes nothing: scanners follow links. POST with
// `List-Unsubscribe=One-Click` withdraws, without login, cookie or redirect. A link that is
// unknown, forged or of somebody erased gets the same pages, and a link of ours takes a commit
// whether or not there was anything left to withdraw: neither answer nor time tells about the
// person (DESIGN §7, no oracles).

#include <algorithm>

#include "cdp/app/api/page_guard.h"
#include "cdp/app/api/preference_api.h"
#include "consent/preference_centre/pages.h"

namespace cdp::app {
namespace {

namespace centre = consent::preference_centre;

constexpr std::size_t kBodyBytesMax = 4 * 1024;

http::Response page(const Result<std::string>& html) {
  return html ? as_page(200, *html) : http::Response::error(html.error());
}

// "List-Unsubscribe=One-Click", as a form or as multipart/form-data (RFC 8058 §3.2).
bool is_one_click(const http::Request& request) {
  if (request.body.size() > kBodyBytesMax) return false;
  if (request.header("content-type").starts_with("multipart/form-data")) {
    const auto name = request.body.find("name=\"List-Unsubscribe\"");
    return name != std::string::npos &&
           request.body.find("\r\n\r\nOne-Click\r\n", name) != std::string::npos;
  }
  const auto form = http::parse_form(request.body);
  return std::any_of(form.begin(), form.end(), [](const auto& field) {
    return field.first == "List-Unsubscribe" && field.second == "One-Click";
  });
}

// The member that the link is for, wherever its address stands by now.
Result<std::optional<identity::Profile>> profile_of(const ApiServices& services,
                                                    const consent::UnsubscribeTicket& ticket) {
  const auto& live = services.pipeline.live();
  std::optional<PersonaOrdinal> meant;
  live.with_graph([&](const identity::Graph& graph) {
    const auto persona = graph.persona(ticket.persona);
    if (persona && graph.carries(*persona, ticket.contact_point)) meant = persona;
  });
  if (!meant) return std::optional<identity::Profile>{};
  return live.profile_of(*meant);
}

const identity::ProfileMember& member_of(const identity::Profile& profile,
                                         const consent::UnsubscribeTicket& ticket) {
  return *std::find_if(profile.members.begin(), profile.members.end(), [&](const auto& member) {
    return member.document.persona_token == ticket.persona;
  });
}

// An unsubscription of ours that this very record holds is newer than every grant: another would
// say nothing. What another member said before they were one does not count: it goes with that
// member when they are parted.
bool is_withdrawn(const identity::Profile& profile, const consent::UnsubscribeTicket& ticket) {
  Position no{};
  Position yes{};
  for (const auto& member : profile.members) {
    const bool held = member.document.persona_token == ticket.persona;
    for (const auto& s : member.document.statements) {
      if (s.purpose != ticket.purpose) continue;
      const bool ours = s.source == consent::kOwnSource && s.choice == event::Choice::withdrawn;
      if (held && ours) no = std::max(no, s.position);
      if (s.choice == event::Choice::granted) yes = std::max(yes, s.position);
    }
  }
  return !no.none() && yes < no;
}

// A record of ours beside the member's, tied to it by all that it is known by, so that the no
// reaches the person even when the address alone links nobody any more.
event::Observation observation_of(const identity::ProfileMember& member,
                                  const consent::UnsubscribeTicket& ticket, Random& random,
                                  Time now) {
  event::Observation observation;
  observation.message_id = "unsubscribe:" + to_hex(random.next_token());
  observation.persona_key = Pii<std::string>(consent::unsubscription_key(ticket.persona));
  observation.occurred_at = now;
  observation.received_at = now;
  for (const auto& identifier : member.document.identifiers) {
    observation.identifiers.push_back({identifier.type, identifier.value});
  }
  return observation;
}

std::optional<event::Identifier> address_of(const identity::ProfileMember& member,
                                            const Token& contact_point) {
  for (const auto& identifier : member.document.identifiers) {
    if (identifier.token == contact_point) return {{identifier.type, identifier.value}};
  }
  return std::nullopt;
}

// Nothing to withdraw: as long as withdrawing takes, and an entry that says so.
void note_miss(const ApiServices& services) {
  const auto noted = services.pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "unsubscribe_without_effect";
    entry.at = services.clock.now();
    return builder.audit(entry);
  });
  if (!noted) services.logger.error("unsubscribe_not_noted");
}

void withdraw(const ApiServices& services, const consent::UnsubscribeTicket& ticket,
              const std::function<void(Result<void>)>& done) {
  if (auto healthy = services.pipeline.health(); !healthy) return done(fail(healthy.error()));
  const auto profile = profile_of(services, ticket);
  if (!profile) return done(fail(profile.error()));
  const auto active = services.policy.active();
  const Time now = services.clock.now();
  consent::OwnChoice choice;
  choice.purpose = ticket.purpose;
  choice.choice = event::Choice::withdrawn;
  choice.method = std::string(event::method::kUnsubscribe);
  choice.place = "mail";
  choice.occurred_at = now;
  if (*profile)
    choice.contact_point = address_of(member_of(**profile, ticket), ticket.contact_point);
  auto draft = consent::own_draft(active->policy, choice);
  if (!*profile || !draft || is_withdrawn(**profile, ticket)) {
    note_miss(services);
    return done({});
  }
  auto observation = observation_of(member_of(**profile, ticket), ticket, services.random, now);
  observation.statements.push_back(*std::move(draft));
  std::vector<connectors::Translated> messages;
  messages.emplace_back(std::move(observation));
  services.intake.take(
      std::move(messages), consent::own_source(), active->policy,
      [done](const Result<IntakeReport>& report) {
        if (!report) return done(fail(report.error()));
        done({});
      },
      event::Grade::verified);
}

void unsubscribe(const PreferenceServices& services, const http::Request& request,
                 const http::Responder& respond) {
  if (!is_one_click(request)) {
    return respond(
        http::Response::error({ErrorCode::invalid_argument, "this is no one-click request",
                               "POST List-Unsubscribe=One-Click (RFC 8058)"}));
  }
  const auto answer = page(centre::render_unsubscribed(public_frame(services, request)));
  const auto active = services.api.policy.active();
  const auto ticket = active->gate.unsubscribe_links().open(request.path_parameters.at(0));
  const auto count = [&services](const char* result) {
    services.api.metrics
        .counter("cdp_unsubscribes_total", "One-click requests, by what their link was",
                 {{"link", result}})
        .add();
  };
  count(ticket ? "ours" : "foreign");
  if (!ticket) return respond(answer);
  withdraw(services.api, *ticket, [respond, answer](const Result<void>& done) {
    respond(done ? answer : http::Response::error(done.error()));
  });
}

}  // namespace

void add_unsubscribe_routes(http::Router& router, const PreferenceServices& services) {
  router.add("GET", "/unsubscribe/{token}", [services](const http::Request& request) {
    return page(centre::render_unsubscribe(public_frame(services, request)));
  });
  router.add_deferred("POST", "/unsubscribe/{token}",
                      [services](const http::Request& request, http::Responder respond) {
                        unsubscribe(services, request, std::move(respond));
                      });
}

}  // namespace cdp::app
