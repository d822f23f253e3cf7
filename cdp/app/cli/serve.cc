// cdp serve DIR: the server, until it is told to stop.

#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "cdp/app/cli/kek_choice.h"
#include "cdp/app/cli/live_server.h"
#include "cdp/app/cli/stop_signals.h"
#include "cdp/app/cli/verbs.h"
#include "cdp/app/config/config.h"

namespace cdp::app::cli {
namespace {

Result<LiveServer::Options> options_of(const Invocation& call) {
  LiveServer::Options options;
  options.directory = call.directory();
  CDP_TRY(options.listen, parse_listen_address(call.text("listen")));
  if (call.has("metrics-listen")) {
    CDP_TRY(options.metrics_listen, parse_listen_address(call.text("metrics-listen")));
  }
  if (call.has("tls-cert") != call.has("tls-key")) {
    return fail(ErrorCode::invalid_argument, "TLS needs a certificate and its key",
                "give --tls-cert FILE and --tls-key FILE, or neither");
  }
  if (call.has("tls-cert"))
    options.tls = ServerOptions::Tls{call.text("tls-cert"), call.text("tls-key")};
  options.allow_loopback_destinations = call.has("allow-loopback-destinations");
  return options;
}

std::string ready_line(const LiveServer& live, bool tls) {
  JsonObject line;
  line.text("listening", to_text(live.address()));
  line.text("url", (tls ? "https://" : "http://") + to_text(live.address()));
  if (const auto metrics = live.metrics_address()) line.text("metrics", to_text(*metrics));
  return line.raw("pid", std::to_string(::getpid())).done();
}

void reload(LiveServer& live, const Logger& logger) {
  if (const auto reloaded = live.platform().reload_policy(); reloaded) {
    logger.info("configuration_reloaded");
  } else {
    logger.error("configuration_refused",
                 {{"code", LogWord::label(to_string(reloaded.error().code))}});
  }
}

Result<void> run(Invocation& call) {
  call.configuration_at_fault();
  CDP_TRY(const auto options, options_of(call));
  CDP_TRY(const auto choice, read_kek_choice(options.directory));
  CDP_TRY(const auto text, read_config(options.directory));
  CDP_CHECK(load_policy(text, "cdp.toml"));
  CDP_TRY(const auto kek, make_kek(choice, false, call));
  call.configuration_is_good();
  // Before the first thread, so that every thread leaves the signals to us.
  const StopSignals signals;
  const Logger logger = Logger::to_stderr(call.world().clock);
  Metrics metrics;
  if (!options.tls && !is_loopback(options.listen)) logger.warn("listening_without_tls");
  if (!parse_policy(text).doubts.empty()) logger.warn("configuration_doubtful_see_cdp_doctor");
  CDP_TRY(
      const auto live,
      LiveServer::start(options, *kek, {call.world().clock, call.world().random, logger, metrics}));
  call.screen().line(ready_line(*live, options.tls.has_value()));
  while (signals.wait() == StopSignals::Wish::reload) reload(*live, logger);
  live->stop();
  return {};
}

}  // namespace

Verb serve_verb() {
  using K = Option::Kind;
  return {
      "serve",
      "serve a data directory; SIGTERM stops it, SIGHUP reads cdp.toml again",
      {{"DIR", K::positional, "the data directory", true, ""},
       {"listen", K::text, "address and port; port 0 takes a free one", false, "127.0.0.1:8080"},
       {"tls-cert", K::text, "certificate chain, PEM, leaf first", false, ""},
       {"tls-key", K::text, "its private key, PEM", false, ""},
       {"metrics-listen", K::text, "where /metrics is served (default: nowhere)", false, ""},
       {"allow-loopback-destinations", K::flag,
        "let destinations be http on this machine: for tests", false, ""},
       {"passphrase-file", K::text, "where the passphrase is (-: standard input)", false, ""}},
      run,
      false};
}

}  // namespace cdp::app::cli
