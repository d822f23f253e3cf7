// PreferenceCentre: the parts behind /preferences put together: the desk, the shop's brand files
// and the mailer, exchanged when the configuration is.
//
//   PreferenceCentre centre(services);
//   CDP_CHECK(centre.adopt(policy));      // before the policy is in force
//   centre.add_routes(router); centre.start(); ... centre.stop();
//
// Thread-safety: adopt, start and stop guarded by the caller; the rest safe. Lifetime: the services
// outlive it.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "cdp/app/api/preference_api.h"
#include "cdp/app/preferences/noted_sends.h"
#include "connectors/mail/subject_mailer.h"
#include "connectors/mail/subject_messenger.h"

namespace cdp::app {

class PreferenceCentre {
 public:
  struct Services {
    ApiServices api;
    const crypto::Keyring& keyring;
    connectors::transport::Transport& webhooks;
    std::filesystem::path directory;  // the shop's files lie there
  };
  explicit PreferenceCentre(Services services);
  ~PreferenceCentre() { stop(); }

  // Errors: those of BrandFiles::load and SubjectMailer::make; what was in force stays then.
  Result<void> adopt(const consent::Policy& policy);
  void add_routes(http::Router& router);
  // `wait`: how the lanes wait (mail_lane.h); tests give one of their own.
  void start(const MailLane::Wait& wait = {}) { desk_.start(wait); }
  // What waits for nobody any more, and what an erasure reaches.
  OptInDesk& opt_ins() { return opt_ins_; }
  // Until everything that forms asked for so far is done; for tests.
  void drain() { desk_.drain(); }
  void stop();

  // The path of a link for somebody whose address was proven by other means; the demo's. Empty for
  // what is no address.
  std::optional<std::string> path_for(const event::Identifier& address,
                                      const std::string& language);

 private:
  using Holder = consent::preference_centre::Holder;
  struct InForce {
    BrandFiles brand;
    std::unique_ptr<connectors::mail::SubjectMailer> mailer;  // null = mail is not configured
    std::unique_ptr<connectors::mail::SubjectMailer> opt_in_mailer;  // null = the same
    std::unique_ptr<connectors::mail::SubjectMessenger> messenger;   // null = the same
  };
  std::optional<Holder> read_address(const event::Identifier& typed, std::string language) const;
  std::string mail_link(const Holder& holder);
  // `session`: its form key.
  std::string text_code(const std::string& session, const Token& number,
                        const std::string& language);
  std::shared_ptr<const InForce> in_force() const {
    const std::lock_guard lock(mutex_);
    return in_force_;
  }

  Services services_;
  connectors::transport::SmtpRelay relay_;
  NotedSends opt_in_sends_, link_sends_, code_sends_;  // each for its lane
  mutable std::mutex mutex_;
  std::shared_ptr<const InForce> in_force_ = std::make_shared<InForce>();  // by mutex
  OptInDesk opt_ins_;
  PreferenceDesk desk_;  // last: its threads work with all the others
};

}  // namespace cdp::app
