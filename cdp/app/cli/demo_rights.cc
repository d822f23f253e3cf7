// The second half of the demo's story: a withdrawal, an erasure, and the proof of both.
#include <algorithm>
#include <fstream>

#include "cdp/app/cli/demo_facts.h"
#include "cdp/app/cli/demo_search.h"
#include "cdp/app/cli/demo_story.h"
#include "compliance/erasure/certificate.h"
#include "compliance/evidence/verify.h"

namespace cdp::app::cli {
namespace {

namespace fs = std::filesystem;

constexpr Duration kOrderDeadline = Duration::seconds(10);

std::size_t shown(const json::Document& view) {
  const auto attributes = view.root().get("attributes");
  return attributes ? attributes->size() : 0;
}

std::size_t count_of(const std::vector<DemoReceived>& all, std::string_view type,
                     const std::string& subject) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const DemoReceived& one) {
        const auto body = json::Document::parse(one.body);
        return body && text_in(body->root(), "type") == type &&
               text_in(body->root(), "subject") == subject;
      }));
}

std::string hits_text(const DemoHits& hits) {
  return std::to_string(hits.blind_indexes) + " blind indexes, " +
         std::to_string(hits.wrapped_keys) + " wrapped keys, " + std::to_string(hits.ciphertexts) +
         " ciphertexts, " + std::to_string(hits.plain) + " in clear";
}

Result<void> flip_one_byte(const fs::path& file) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(0, std::ios::end);
  const auto middle = stream.tellg() / 2;
  stream.seekg(middle);
  const int byte = stream.get();
  stream.seekp(middle);
  stream.put(static_cast<char>(byte ^ 1));
  if (!stream) return fail(ErrorCode::unavailable, "the copied export cannot be changed");
  return {};
}

}  // namespace

bool DemoStory::wait_received(std::string_view type, const std::string& subject) {
  return stage_.receiver().wait([&](const auto& all) { return count_of(all, type, subject) > 0; },
                                kOrderDeadline);
}

Result<void> DemoStory::withdraw() {
  act("A withdrawal closes the next read");
  CDP_TRY(const auto before, lookup(shop_.heroine()));
  const std::string statement = JsonObject()
                                    .raw("identifier", email_json(shop_.heroine()))
                                    .text("purpose", kDemoPurpose)
                                    .text("choice", "withdrawn")
                                    .done();
  const Duration start = clock_.elapsed();
  CDP_CHECK(stage_.post("/v1/consents", stage_.consent_token(), statement));
  CDP_TRY(const auto after, lookup(shop_.heroine()));
  const auto ms = (clock_.elapsed().us - start.us + 999) / 1'000;
  CDP_CHECK(check(shown(before) > 0 && shown(after) == 0, "after the withdrawal nothing is shown"));
  say(shop_.heroine().first_name + " withdraws through POST /v1/consents. The read before showed " +
      std::to_string(shown(before)) + " values, the one");
  say("after it shows " + screen_.good("none") + ": both calls took " + std::to_string(ms) +
      " ms together.");
  CDP_CHECK(check(wait_received("consent.withdrawn", text_in(before.root(), "subject")),
                  "the mailer is told of the withdrawal"));
  say("The mailer, which holds the address already, was told: consent.withdrawn.");
  return {};
}

Result<void> DemoStory::forget() {
  act("One person is forgotten");
  const DemoPerson& leaver = shop_.leaver();
  CDP_TRY(const auto view, lookup(leaver));
  CDP_TRY(const auto traces, traces_of(stage_.platform(), leaver));
  CDP_TRY(const auto control, traces_of(stage_.platform(), shop_.heroine()));
  CDP_TRY(const auto before, search_pages(stage_.platform(), traces, control));
  CDP_CHECK(check(before.blind_indexes > 0 && before.wrapped_keys > 0 && before.ciphertexts > 0,
                  "the search finds the person before the erasure"));
  CDP_CHECK(check(before.plain == 0, "nothing personal lies on a page in clear, ever"));
  const std::string ask = JsonObject()
                              .text("kind", "erasure")
                              .raw("identifier", email_json(leaver))
                              .raw("include_declared", "true")
                              .text("reason", "the demo's officer has seen all five records")
                              .raw("confirm", "true")
                              .done();
  const Duration start = clock_.elapsed();
  CDP_TRY(const auto done, stage_.post("/v1/requests", stage_.officer_token(), ask));
  const auto ms = (clock_.elapsed().us - start.us) / 1'000;
  CDP_TRY(const auto after, search_pages(stage_.platform(), traces, control));
  CDP_CHECK(check(after.none(), "no page holds a byte of the person after the erasure"));
  CDP_CHECK(check(before.control > 0 && after.control > 0, "the search finds who is still there"));
  say(leaver.name() + ": every decrypted page of every file and log is searched for");
  say("  before   " + hits_text(before));
  say("  after    " + screen_.good(hits_text(after)) + "  (" + std::to_string(ms) + " ms)");
  say("  control  somebody who stays was found before and after: the search can see");
  const auto certificate = done.root().get("certificate");
  CDP_CHECK(check(certificate.has_value(), "the erasure answers a certificate"));
  CDP_CHECK(compliance::verify_certificate(
      certificate->minified(), crypto::ed25519_public(stage_.platform().keyring().audit_seed())));
  say("The signed certificate verifies. Request " + text_in(done.root(), "id") + ".");
  CDP_CHECK(check(wait_received("profile.erased", text_in(view.root(), "subject")),
                  "the mailer is told to erase"));
  say("The mailer was told: profile.erased.");
  return {};
}

Result<void> DemoStory::stay_forgotten() {
  const DemoPerson& leaver = shop_.leaver();
  std::vector<http::Request> replay;
  for (const auto* all : {&shopify_, &mailchimp_}) {
    for (const auto& request : *all) {
      if (request.body.find(leaver.email.substr(1)) != std::string::npos) replay.push_back(request);
    }
  }
  CDP_CHECK(check(!replay.empty(), "there is something to replay"));
  CDP_TRY(const auto answers, stage_.send_all(replay));
  CDP_TRY(const auto view, stage_.admin("POST", "/admin/lookup",
                                        JsonObject().raw("identifier", email_json(leaver)).done()));
  const auto known = view.root().get("known");
  CDP_CHECK(check(known && known->boolean() == false, "a replay brings nobody back"));
  say("Then " + std::to_string(answers.size()) + " old webhooks about " + leaver.first_name +
      " come again: answered as ever, and nobody comes "
      "back.");
  return {};
}

Result<void> DemoStory::prove() {
  act("Anybody can check what was done");
  const auto exported = stage_.directory() / "audit-export";
  CDP_TRY(const auto made, stage_.admin("POST", "/admin/audit/export",
                                        JsonObject().text("directory", exported.string()).done()));
  CDP_TRY(const auto report, compliance::verify_export(exported, stage_.audit_key()));
  CDP_CHECK(
      check(report.key_was_given && report.checkpoint.size == number_in(made.root(), "entries"),
            "the export verifies in full"));
  say("The audit log, " + grouped(report.checkpoint.size) + " entries in " +
      std::to_string(report.files) + " files, verifies without database, keys or network:");
  std::string kinds;
  for (const auto& [kind, count] : report.entries_by_kind)
    kinds += (kinds.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
  say("  " + screen_.dim(kinds));
  return break_proof(exported);
}

Result<void> DemoStory::break_proof(const fs::path& exported) {
  const auto copy = stage_.directory() / "audit-export-changed";
  std::error_code error;
  fs::copy(exported, copy, fs::copy_options::recursive, error);
  fs::path victim;
  for (const auto& entry : fs::recursive_directory_iterator(copy / "tile" / "entries", error)) {
    if (entry.is_regular_file()) victim = entry.path();
  }
  CDP_CHECK(check(!error && !victim.empty(), "the export holds entries"));
  CDP_CHECK(flip_one_byte(victim));
  const auto refused = compliance::verify_export(copy, stage_.audit_key());
  CDP_CHECK(check(!refused.has_value(), "an export with one changed bit is refused"));
  fs::remove_all(copy, error);
  say("One bit changed in a copy of it: " + screen_.good("refused") + " (" + refused.error().what +
      ").");
  return {};
}

void DemoStory::tell_what_next(const std::string& program) {
  const std::string dir = " --dir " + stage_.directory().string();
  act("Try it yourself");
  say("The server is at " + screen_.bold(stage_.url()) + ". In another terminal:");
  screen_.line("");
  const DemoPerson& other =
      *std::find_if(shop_.people.begin() + 2, shop_.people.end(), [](const DemoPerson& person) {
        return person.choice == DemoPerson::Choice::granted && person.in_shop && person.in_web;
      });
  screen_.line("curl -H 'Authorization: Bearer " + stage_.destination_token() + "' " +
               stage_.url() + "/v1/profiles/lookup \\");
  screen_.line(
      "  -d '" +
      JsonObject().raw("identifier", email_json(other)).text("purpose", kDemoPurpose).done() + "'");
  screen_.line(program + " lookup --value " + other.email + " --destination " + kDemoDestination +
               " --purpose " + kDemoPurpose + dir);
  screen_.line(program + " merge explain --value " + other.email + dir);
  screen_.line(program + " consent record --value " + other.email + " --purpose " + kDemoPurpose +
               " --choice withdrawn" + dir);
  screen_.line(program + " erase --value " + other.email + dir);
  screen_.line(program + " audit verify " + (stage_.directory() / "audit-export").string() +
               " --vkey '" + stage_.audit_key() + "'");
  const auto path = preference_path(other);
  if (!path) return;
  screen_.line("");
  say("And in a browser: " + other.first_name +
      "'s own page. The link works once, for 15 minutes:");
  screen_.line(stage_.url() + *path);
}

}  // namespace cdp::app::cli
