// cdp consent record|show|doctor|simulate|receipt|verify

#include <fstream>
#include <iterator>

#include "cdp/app/cli/checkpoint_files.h"
#include "cdp/app/cli/identifier_option.h"
#include "cdp/app/cli/verbs.h"
#include "compliance/evidence/consent_receipt.h"

namespace cdp::app::cli {
namespace {

std::string text_of(const json::Value& object, std::string_view key) {
  return std::string(object.text(key).value_or("-"));
}

Result<void> record(Invocation& call) {
  JsonObject statement;
  statement.raw("identifier", identifier_json(call))
      .text("purpose", call.text("purpose"))
      .text("choice", call.text("choice"))
      .text("channel", call.text("channel"))
      .text("occurred_at", call.text("occurred-at"))
      .text("method", call.text("method"));
  // A grant of a channel is one of an address: the one that is named here.
  const std::string type = call.text("type");
  if (call.text("choice") == "granted" && (type == "email" || type == "phone"))
    statement.raw("contact_point", identifier_json(call));
  CDP_TRY(const auto answer, call.ask("POST", "/v1/consents", statement.done()));
  if (call.json()) return call.say(answer.root().minified());
  const auto duplicates = answer.root().get("duplicates");
  if (duplicates && duplicates->integer().value_or(0) > 0)
    return call.say("known already; nothing has changed");
  call.screen().line("recorded, in force, and in the audit log");
  if (call.text("choice") == "granted") {
    call.screen().line("A grant typed here is asserted, not shown: by itself it opens nothing.");
  }
  return {};
}

// The records of a purpose, where they are of different standing.
void add_parts(const json::Value& row, std::vector<std::vector<std::string>>* rows) {
  const auto records = row.get("records");
  if (!records) return;
  records->each([&](json::Value record) {
    const auto allowed = record.get("allowed");
    rows->push_back({"  of which", allowed && allowed->boolean().value_or(false) ? "yes" : "no",
                     text_of(record, "reason"), text_of(record, "source")});
    return true;
  });
}

Result<void> show(Invocation& call) {
  const std::string body = JsonObject().raw("identifier", identifier_json(call)).done();
  CDP_TRY(const auto answer, call.ask("POST", "/v1/consents/lookup", body));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"purpose", "now", "reason", "said through"}};
  if (const auto effective = answer.root().get("effective")) {
    effective->each([&](json::Value row) {
      const auto allowed = row.get("allowed");
      rows.push_back({text_of(row, "purpose"),
                      allowed && allowed->boolean().value_or(false) ? "yes" : "no",
                      text_of(row, "reason"), text_of(row, "source")});
      add_parts(row, &rows);
      return true;
    });
  }
  std::vector<std::vector<std::string>> history = {
      {"received", "choice", "purpose", "evidence", "said through", "id"}};
  if (const auto statements = answer.root().get("history")) {
    statements->each([&](json::Value row) {
      history.push_back({text_of(row, "received_at").substr(0, 19), text_of(row, "choice"),
                         text_of(row, "purpose"), text_of(row, "grade"), text_of(row, "source"),
                         text_of(row, "id")});
      return true;
    });
  }
  Screen& screen = call.screen();
  screen.line(screen.bold("in force"));
  screen.table(rows);
  screen.line(screen.bold("what was said"));
  screen.table(history);
  if (history.size() == 1) screen.line("nothing is on record");
  return {};
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, "the file cannot be read", "give its path");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string number_of(const json::Value& object, std::string_view key) {
  const auto value = object.get(key);
  if (!value) return "-";
  const auto text = value->string();
  return text ? std::string(*text)
              : grouped(static_cast<std::uint64_t>(value->integer().value_or(0)));
}

// "denied 12, expired 3": why not, the reasons for a no.
std::string causes_in(const json::Value& row) {
  std::string out;
  const auto reasons = row.get("reasons");
  if (!reasons) return out;
  reasons->each_member([&](std::string_view reason, const json::Value&) {
    const bool yes =
        reason == "granted" || reason == "allowed_by_default" || reason == "allowed_by_basis";
    if (!yes) {
      out += (out.empty() ? "" : ", ") + std::string(reason) + " " + number_of(*reasons, reason);
    }
    return true;
  });
  return out;
}

Result<void> doctor(Invocation& call) {
  JsonObject body;
  if (call.has("share")) body.raw("outside", "true");
  CDP_TRY(const auto answer, call.ask("POST", "/admin/consent/survey", body.done()));
  if (call.json()) return call.say(answer.root().minified());
  std::vector<std::vector<std::string>> rows = {{"purpose", "contacts", "reachable", "addresses",
                                                 "may be written to", "undated", "conflicting",
                                                 "stale", "why not"}};
  if (const auto purposes = answer.root().get("purposes")) {
    purposes->each([&](json::Value row) {
      rows.push_back({text_of(row, "purpose"), number_of(row, "contacts"),
                      number_of(row, "reachable"), number_of(row, "addresses"),
                      number_of(row, "addresses_reachable"), number_of(row, "undated"),
                      number_of(row, "conflicting"), number_of(row, "stale"), causes_in(row)});
      return true;
    });
  }
  call.screen().line(number_of(answer.root(), "persons") + " persons");
  call.screen().table(rows);
  return {};
}

void show_examples(Screen& screen, const json::Value& row, const char* key, const char* word) {
  std::string out;
  if (const auto examples = row.get(key)) {
    examples->each([&](json::Value id) {
      out += " " + std::string(id.string().value_or(""));
      return true;
    });
  }
  if (!out.empty()) screen.line(screen.dim(std::string("  ") + word + ", for example:" + out));
}

Result<void> simulate(Invocation& call) {
  CDP_TRY(const auto text, read_file(call.text("config")));
  JsonObject body;
  body.text("config", text).text("file", call.text("config"));
  if (call.has("share")) body.raw("outside", "true");
  CDP_TRY(const auto answer, call.ask("POST", "/admin/consent/simulate", body.done()));
  if (call.json()) return call.say(answer.root().minified());
  Screen& screen = call.screen();
  const auto changes = answer.root().get("changes");
  screen.line(number_of(answer.root(), "persons") + " persons, replayed under " +
              call.text("config") + "; nothing was changed");
  if (!changes || changes->size() == 0) return call.say("every answer stays as it is");
  changes->each([&](json::Value row) {
    const std::string vendor = text_of(row, "vendor");
    screen.line(screen.bold(text_of(row, "purpose") + (vendor == "-" ? "" : " to " + vendor)) +
                ": " + number_of(row, "gained") + " gain, " + number_of(row, "lost") + " lose");
    if (const auto reasons = row.get("reasons")) {
      reasons->each([&](json::Value change) {
        screen.line("  " + number_of(change, "count") + " from " + text_of(change, "from") +
                    " to " + text_of(change, "to"));
        return true;
      });
    }
    show_examples(screen, row, "gained_examples", "gain");
    show_examples(screen, row, "lost_examples", "lose");
    return true;
  });
  return {};
}

Result<void> receipt(Invocation& call) {
  const std::string body = JsonObject()
                               .raw("identifier", identifier_json(call))
                               .text("statement", call.text("statement"))
                               .done();
  CDP_TRY(const auto answer, call.ask("POST", "/v1/consents/receipt", body));
  return call.say(answer.root().minified());
}

std::string report_json(const compliance::ReceiptReport& report) {
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  return JsonObject()
      .raw("verified", "true")
      .text("id", report.id)
      .text("controller", report.controller)
      .text("purpose", report.purpose)
      .text("choice", report.choice)
      .text("received_at", report.received_at)
      .text("notice_version", report.notice_version)
      .text("vkey", report.key.to_string())
      .raw("key_was_given", flag(report.key_was_given))
      .raw("logged", flag(report.status != compliance::LogStatus::not_in_log))
      .text("log", compliance::to_string(report.status))
      .raw("log_size", std::to_string(report.log_size))
      .raw("checkpoint_was_given", flag(report.given.has_value()))
      .done();
}

std::string log_in_words(const compliance::ReceiptReport& report) {
  const std::string place = " among the first " + grouped(report.log_size) + " entries.";
  switch (report.status) {
    case compliance::LogStatus::committed:
      return "It stands in the audit log," + place;
    case compliance::LogStatus::matching:
      return "An entry with its words and its moment stands in the audit log," + place +
             " It is of before entries were tied to one statement: that it is this one is the "
             "controller's signed word.";
    case compliance::LogStatus::not_in_log:
      return "It is not in the audit log: nothing is proven but that the controller signed it.";
  }
  return {};
}

// No database, no keys, no network: the receipt's text alone.
Result<void> verify(Invocation& call) {
  CDP_CHECK(crypto::initialise());
  CDP_TRY(const auto text, read_file(call.text("FILE")));
  CDP_TRY(const auto files, CheckpointFiles::read(call));
  const std::string key = call.text("key");
  const auto trusted = key.empty() ? std::nullopt : std::optional<std::string_view>(key);
  CDP_TRY(const auto report, compliance::verify_receipt(text, trusted, files.given()));
  if (call.json()) return call.say(report_json(report));
  Screen& screen = call.screen();
  screen.line(screen.good("verified") + ": " + report.controller + " was told \"" + report.choice +
              "\" for " + report.purpose + ", received " + report.received_at);
  screen.line(log_in_words(report));
  if (report.given) screen.line(CheckpointFiles::agrees(*report.given));
  if (!report.key_was_given) {
    screen.line(
        "The key came with the receipt: this proves that it fits together, not whose it is.");
    screen.line("Verify with the key you were given another way: --key");
  }
  return {};
}

std::vector<Verb> evidence_verbs() {
  using K = Option::Kind;
  const Option share{"share", K::flag, "for passing on: hide counts below 20", false, ""};
  return {
      {"consent doctor",
       "how many can be reached for each purpose, and why the others cannot",
       {share},
       doctor},
      {"consent simulate",
       "who would gain or lose what under another cdp.toml; changes nothing",
       {{"config", K::text, "the configuration to try", true, ""}, share},
       simulate},
      {"consent receipt", "the signed receipt of one statement",
       with_identifier({{"statement", K::text, "its id, from consent show", true, ""}}), receipt},
      {"consent verify",
       "verify a receipt, with no database and no keys",
       {{"FILE", K::positional, "the receipt", true, ""},
        {"key", K::text, "the log's key, got another way", false, ""},
        CheckpointFiles::checkpoint_option(),
        CheckpointFiles::proof_option()},
       verify,
       false}};
}

}  // namespace

std::vector<Verb> consent_verbs() {
  using K = Option::Kind;
  std::vector<Verb> verbs = {
      {"consent record",
       "write down what somebody said; a denial works at once, a grant is only asserted",
       with_identifier(
           {{"purpose", K::text, "a purpose or a parent of one", true, ""},
            {"choice", K::text, "granted, denied, withdrawn, objected or restricted", true, ""},
            {"channel", K::text, "email, sms, ...", false, ""},
            {"occurred-at", K::text, "when it was said (RFC 3339)", false, ""},
            {"method", K::text, "how it was said", false, ""}}),
       record},
      {"consent show", "what is in force for somebody, and what was said", with_identifier({}),
       show}};
  for (auto& verb : evidence_verbs()) verbs.push_back(std::move(verb));
  return verbs;
}

}  // namespace cdp::app::cli
