#include "cdp/app/preferences/centre.h"

#include "cdp/app/api/phone_api.h"
#include "consent/message_desk.h"
#include "consent/preference_centre/pages.h"
#include "identity/email.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

namespace centre = consent::preference_centre;

constexpr std::string_view kOpenPath = "/preferences/open/";

}  // namespace

PreferenceCentre::PreferenceCentre(Services services)
    : services_(std::move(services)),
      opt_in_sends_(services_.webhooks, relay_, [this] { desk_.opt_in_lane().sends(); }),
      link_sends_(services_.webhooks, relay_, [this] { desk_.link_lane().sends(); }),
      code_sends_(services_.webhooks, relay_, [this] { desk_.code_lane().sends(); }),
      opt_ins_(services_.api, services_.keyring.token_pepper(),
               [this] {
                 auto current = in_force();
                 return std::shared_ptr<const connectors::mail::SubjectMailer>(
                     current, current->opt_in_mailer.get());
               }),
      desk_(
          services_.keyring.token_pepper(), services_.api.clock, services_.api.random,
          [this](const event::Identifier& typed, std::string language) {
            return read_address(typed, std::move(language));
          },
          [this](const Holder& holder) { return mail_link(holder); },
          [this](const std::string& result) {
            services_.api.metrics
                .counter("cdp_preference_links_total", "Links asked for, by what became of them",
                         {{"result", result}})
                .add();
          }) {}

void PreferenceCentre::stop() {
  relay_.stop();
  desk_.stop();
}

Result<void> PreferenceCentre::adopt(const consent::Policy& policy) {
  auto next = std::make_shared<InForce>();
  CDP_TRY(next->brand, BrandFiles::load(services_.directory, policy.preference_centre));
  const crypto::Secret* secret =
      policy.mail.secret.empty() ? nullptr : services_.keyring.secret(policy.mail.secret);
  const auto mailer_by = [&](NotedSends& way) {
    return connectors::mail::SubjectMailer::make(
        policy.mail, secret, {way, way, services_.api.clock, services_.api.random});
  };
  CDP_TRY(next->mailer, mailer_by(link_sends_));
  CDP_TRY(next->opt_in_mailer, mailer_by(opt_in_sends_));
  const crypto::Secret* key =
      policy.messenger.secret.empty() ? nullptr : services_.keyring.secret(policy.messenger.secret);
  CDP_TRY(next->messenger,
          connectors::mail::SubjectMessenger::make(
              policy.messenger, key, {code_sends_, services_.api.clock, services_.api.random}));
  const std::lock_guard lock(mutex_);
  in_force_ = std::move(next);
  return {};
}

void PreferenceCentre::add_routes(http::Router& router) {
  const PreferenceServices services{
      services_.api, desk_, opt_ins_,
      [this] {
        auto current = in_force();
        return std::shared_ptr<const BrandFiles>(current, &current->brand);
      },
      [this](const std::string& session, const Token& number, const std::string& language) {
        count_code(services_.api, text_code(session, number, language));
      }};
  add_preference_routes(router, services);
  add_phone_routes(router, services);
  add_subscribe_routes(router, services);
  add_unsubscribe_routes(router, services);
  add_preference_file_routes(router, services);
  add_widget_routes(router, services_.api);
}

std::optional<PreferenceCentre::Holder> PreferenceCentre::read_address(
    const event::Identifier& typed, std::string language) const {
  const auto normalised = identity::Normaliser::normalise(typed.type, typed.value, "");
  const auto* address = std::get_if<std::string>(&normalised);
  if (address == nullptr) return std::nullopt;
  const auto index = [&](const std::string& value) {
    return identity::Normaliser::token(typed.type, value, services_.api.pipeline.keyed().link);
  };
  const bool is_email = typed.type == "email";
  return Holder{{typed.type, Pii<std::string>(*address)},
                index(*address),
                std::move(language),
                index(is_email ? identity::counted_as(*address) : *address)};
}

std::optional<std::string> PreferenceCentre::path_for(const event::Identifier& address,
                                                      const std::string& language) {
  auto holder = read_address(address, language);
  if (!holder) return std::nullopt;
  const auto link = desk_.links().mint(std::move(*holder));
  return link ? std::optional(std::string(kOpenPath) + *link) : std::nullopt;
}

// The same steps for everybody; only the last is left out where there is nobody to write to.
std::string PreferenceCentre::mail_link(const Holder& holder) {
  const auto current = in_force();
  const auto active = services_.api.policy.active();
  const std::string& base = active->policy.preference_centre.base_url;
  if (!current->mailer || base.empty()) return "not_configured";
  // An erased person is nobody, and a fold that stopped knows nobody (invariant 2).
  if (!services_.api.pipeline.health()) return "failed";
  // Also where several accounts share the address: what is mailed goes to the address itself.
  const auto& live = services_.api.pipeline.live();
  const auto known = live.vouched_holder(holder.token);
  if (!known) return "failed";
  const auto profile =
      *known ? live.profile_of(**known) : Result<std::optional<identity::Profile>>(std::nullopt);
  if (!profile) return "failed";
  const auto text = desk_.links().mint(holder);
  if (!text) return "failed";
  const std::string link = base + std::string(kOpenPath) + *text + "?lang=" + holder.language;
  centre::Frame frame;
  frame.language = holder.language;
  frame.controller = active->policy.controller_name;
  frame.contact = active->policy.controller_contact;
  const auto mail =
      centre::mail_with_link(frame, link, services_.api.clock.now() + centre::LinkBook::kLife,
                             active->policy.preference_centre.mail);
  auto message = consent::MessageDesk::mint(
      *profile ? &**profile : nullptr,
      {consent::SubjectMessage::Kind::preference_link, holder.token, holder.language, link});
  if (!message) {
    desk_.links().redeem(*text);
    return "nobody";
  }
  return current->mailer->send(std::move(*message), {mail.subject, mail.body}) ? "sent" : "failed";
}

// To a number that a source which vouches for it gave, and to no other.
std::string PreferenceCentre::text_code(const std::string& session, const Token& number,
                                        const std::string& language) {
  const auto current = in_force();
  if (!current->messenger) return "not_configured";
  if (!services_.api.pipeline.health()) return "failed";
  const auto& live = services_.api.pipeline.live();
  const auto known = live.vouched_holder(number);
  if (!known) return "failed";
  const auto profile =
      *known ? live.profile_of(**known) : Result<std::optional<identity::Profile>>(std::nullopt);
  if (!profile) return "failed";
  centre::Frame frame;
  frame.language = language;
  frame.controller = services_.api.policy.active()->policy.controller_name;
  // Not before: its ten minutes begin here, and not where it waited.
  const auto code = desk_.codes().mint(session, number);
  if (!code) return "failed";
  const std::string text = centre::text_with_code(frame, *code);
  auto message = consent::MessageDesk::mint(
      *profile ? &**profile : nullptr,
      {consent::SubjectMessage::Kind::phone_code, number, language, {}, *code});
  if (!message) return "nobody";
  return current->messenger->send(std::move(*message), text) ? "sent" : "failed";
}

}  // namespace cdp::app
