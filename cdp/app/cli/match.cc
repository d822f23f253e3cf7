// cdp match run|train|generate: probabilistic matching, of CSV files without a store, or of
// everybody in a data directory.

#include <algorithm>
#include <charconv>
#include <map>
#include <thread>

#include "cdp/app/cli/match_files.h"
#include "cdp/app/cli/match_settings.h"
#include "cdp/app/cli/match_verbs.h"
#include "identity/match/copies.h"
#include "identity/match/decimal.h"
#include "identity/match/quality.h"
#include "identity/match/synthetic_people.h"

namespace cdp::app::cli {

namespace match = identity::match;

Result<MatchSettings> match_settings_of(Invocation& call) {
  if (!call.has("config")) return MatchSettings{};
  call.configuration_at_fault();
  CDP_TRY(const std::string toml, read_whole(call.text("config")));
  auto settings = parse_match_settings(toml);
  if (!settings) {
    return fail(settings.error().code, call.text("config") + ": " + settings.error().what,
                settings.error().hint);
  }
  call.configuration_is_good();
  return settings;
}

Result<void> check_outputs_of(Invocation& call, const std::vector<std::string>& outputs,
                              const std::vector<std::string>& inputs) {
  std::vector<std::string> read;
  for (const std::string& option : inputs) {
    const auto files = call.list(option);
    read.insert(read.end(), files.begin(), files.end());
  }
  call.configuration_at_fault();
  CDP_CHECK(check_outputs(outputs, read));
  call.configuration_is_good();
  return {};
}

Result<match::Model> read_model_file(const std::string& file) {
  CDP_TRY(const std::string text, read_whole(file));
  return match::read_model(text);
}

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr const char* kProgress = "/admin/match/progress";

match::Progress progress_on(Screen& screen) {
  return [&screen](std::string_view step, double done) { screen.progress(step, done); };
}

// The people of the files, their blocks, and a model: read or trained.
struct Session {
  MatchPeople people;
  crypto::BlindIndex blind_index;
  match::Blocks blocks;
  std::optional<match::Model> model;
  std::size_t threads = 1;

  Session(MatchPeople read, crypto::Secret key)
      : people(std::move(read)),
        blind_index(std::move(key), "match", 1),
        blocks(*people.table, match::block_rules(people.config.fields), blind_index,
               people.config.block_records_max) {}
  bool several() const { return people.files > 1; }
};

Result<std::uint64_t> count_of(const Invocation& call, const std::string& option,
                               std::uint64_t most) {
  const std::string text = call.text(option);
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value > most) {
    return fail(ErrorCode::invalid_argument, "--" + option + " is no number that fits",
                "0 to " + std::to_string(most));
  }
  return value;
}

// Of --threads; every core without. What is found is the same.
Result<std::size_t> threads_of(Invocation& call) {
  constexpr std::uint64_t kThreadsMax = 256;
  if (!call.has("threads")) return std::max(1U, std::thread::hardware_concurrency());
  call.configuration_at_fault();
  CDP_TRY(const auto threads, count_of(call, "threads", kThreadsMax));
  if (threads == 0)
    return fail(ErrorCode::invalid_argument, "no thread does no work", "--threads 1");
  call.configuration_is_good();
  return static_cast<std::size_t>(threads);
}

Result<std::unique_ptr<Session>> begin(Invocation& call) {
  CDP_TRY(const auto threads, threads_of(call));
  CDP_TRY(const MatchSettings settings, match_settings_of(call));
  CDP_CHECK(crypto::initialise());
  std::optional<match::Model> model;
  if (call.has("with")) {
    CDP_TRY(model, read_model_file(call.text("with")));
  }
  MatchSettings used = settings;
  if (model) used.config = model->config;
  CDP_TRY(auto people, read_people(call.list("csv"), used,
                                   model ? model->config.fields : std::vector<match::Field>(),
                                   call.has("one-set"), call.text("truth")));
  if (!people.left_out.empty()) {
    call.screen().note(grouped(people.left_out.size()) +
                       " lines are no records and are left out, "
                       "the first is line " +
                       std::to_string(people.left_out.front()));
  }
  // Only equality of keys matters here: a fresh key gives the same blocks.
  auto session = std::make_unique<Session>(std::move(people),
                                           crypto::Secret::random(call.world().random, kKeyBytes));
  session->threads = threads;
  auto& table = *session->people.table;
  const auto rows = static_cast<match::Row>(table.rows());
  for (match::Row row = 0; row < rows; ++row) {
    session->blocks.add(row);
    if (row % 1'000 == 0) call.screen().progress("blocking", static_cast<double>(row) / rows);
  }
  if (model) table.set_terms(model->terms);
  session->model = std::move(model);
  return session;
}

Result<void> learn(Invocation& call, Session* session) {
  auto& table = *session->people.table;
  const auto& config = session->people.config;
  // What fills blocks. Fewer are found to be one person on the way.
  const auto crowds = session->several() ? std::vector<bool>()
                                         : match::crowds_in(table, config.block_records_max / 2);
  table.set_aside(crowds, true);
  session->blocks.leave_out(crowds);
  auto trained =
      match::train(config, table, session->blocks, progress_on(call.screen()), session->threads);
  table.set_aside(crowds, false);
  for (match::Row row = 0; row < crowds.size(); ++row) {
    if (crowds[row]) session->blocks.add(row);
  }
  CDP_TRY(session->model, std::move(trained));
  return {};
}

struct Found {
  match::Copies copies;
  match::BatchResult result;
  std::size_t not_compared = 0;  // records that full blocks kept from everybody
  std::string pairs;             // as CSV
};

// Of one record, or none, the answer is known without a model: there is nobody to compare.
Result<Found> find_pairs(Invocation& call, Session* session) {
  Found found;
  const auto& people = session->people;
  if (people.ids.size() < 2) {
    found.pairs = pairs_csv(people, found.result, found.copies, nullptr);
    return found;
  }
  if (!session->model) {
    CDP_CHECK(learn(call, session));
  }
  const match::Config& config = session->model->config;
  const match::Scorer scorer(*people.table, *session->model);
  // Rows of one file are never one person when files are linked, so none is a copy.
  if (!session->several()) {
    found.copies = match::Copies(*people.table, scorer, match::weight_of(config.link_bits),
                                 config.block_records_max / 2);
  }
  if (found.copies.size() > 0) session->blocks.leave_out(found.copies.rows());
  for (match::Row row = 0; row < people.ids.size(); ++row) {
    if (!found.copies.has_copies(row) && session->blocks.only_in_full_blocks(row)) {
      ++found.not_compared;
    }
  }
  found.result = run_batch(*people.table, session->blocks, scorer,
                           match::weight_of(config.review_bits), match::weight_of(config.join_bits),
                           session->several(), progress_on(call.screen()), session->threads);
  found.copies.give_back(&found.result);
  found.pairs = pairs_csv(people, found.result, found.copies,
                          [&](match::Row a, match::Row b) { return scorer.score(a, b); });
  return found;
}

match::Quality judge(const MatchPeople& people, const match::BatchResult& result) {
  std::map<std::string, std::uint64_t> persons;
  std::vector<std::uint64_t> truth, found;
  for (const auto& name : people.truth) {
    truth.push_back(persons.emplace(name, persons.size()).first->second);
  }
  for (std::size_t i = 0; i < people.ids.size(); ++i) found.push_back(i);
  for (const auto& cluster : result.clusters) {
    for (const auto row : cluster) found[row] = cluster.front();
  }
  return match::quality_of(truth, found);
}

std::string quality_json(const match::Quality& quality) {
  return JsonObject()
      .raw("precision", match::fixed(quality.precision, 6))
      .raw("recall", match::fixed(quality.recall, 6))
      .raw("f1", match::fixed(quality.f1, 6))
      .raw("b3_f1", match::fixed(quality.b3_f1, 6))
      .raw("true_pairs", std::to_string(quality.true_pairs))
      .raw("found_pairs", std::to_string(quality.found_pairs))
      .done();
}

void say_run(Invocation& call, const Session& session, const Found& found) {
  const auto& people = session.people;
  const auto& result = found.result;
  const bool known = !people.truth.empty();
  const auto quality = known ? judge(people, result) : match::Quality{};
  std::size_t grouped_records = 0;
  for (const auto& cluster : result.clusters) grouped_records += cluster.size();
  if (call.json()) {
    JsonObject out;
    out.raw("records", std::to_string(people.ids.size()))
        .raw("left_out", std::to_string(people.left_out.size()))
        .raw("copies", std::to_string(found.copies.size()))
        .raw("pairs_compared", std::to_string(result.candidates))
        .raw("not_compared", std::to_string(found.not_compared))
        .raw("clusters", std::to_string(result.clusters.size()))
        .raw("records_in_clusters", std::to_string(grouped_records));
    if (known) out.raw("quality", quality_json(quality));
    return call.screen().line(out.done());
  }
  std::string fields;
  for (const auto& field : people.config.fields) {
    fields += (fields.empty() ? "" : ", ") + field.name + " (" +
              std::string(match::to_string(field.kind)) + ")";
  }
  call.screen().note("compared on " + fields);
  call.screen().line(grouped(people.ids.size()) + " records, " + grouped(result.candidates) +
                     " pairs compared: " + grouped(result.clusters.size()) + " clusters of " +
                     grouped(grouped_records) + " records");
  if (found.copies.size() > 0) {
    call.screen().line(grouped(found.copies.size()) +
                       " records are copies of another, equal in every column compared, and are "
                       "with it");
  }
  if (found.not_compared > 0) {
    call.screen().line(grouped(found.not_compared) +
                       " records were compared with nobody: more than " +
                       std::to_string(people.config.block_records_max) +
                       " records share whatever they share with others");
  }
  if (!known) return;
  call.screen().line("against the truth: precision " + match::fixed(quality.precision, 4) +
                     ", recall " + match::fixed(quality.recall, 4) + ", F1 " +
                     match::fixed(quality.f1, 4) + ", B3 F1 " + match::fixed(quality.b3_f1, 4));
}

std::string number_in(const json::Document& answer, std::string_view name) {
  const auto value = answer.root().get(name);
  return grouped(static_cast<std::uint64_t>(value ? value->integer().value_or(0) : 0));
}

// A server has others to serve beside it.
Result<void> check_no_threads(Invocation& call) {
  if (!call.has("threads")) return {};
  call.configuration_at_fault();
  return fail(ErrorCode::invalid_argument, "--threads goes with --csv",
              "over a data directory one thread compares");
}

// Over everybody in the data directory: cdp.toml says whether and from which weight on.
Result<void> run_over_the_store(Invocation& call) {
  CDP_TRY(const auto answer, call.ask_long("POST", "/admin/match/run", "{}", kProgress));
  if (call.json()) return call.say(answer.root().minified());
  const auto number = [&](std::string_view name) { return number_in(answer, name); };
  const auto trained = answer.root().get("trained");
  if (trained && trained->boolean().value_or(false)) {
    call.screen().note("there was no model yet: one was trained and is kept");
  }
  call.screen().line(number("records") + " records, " + number("pairs_compared") +
                     " pairs compared, " + number("refused") + " records of people who refused");
  if (number("withdrawn") != "0" || number("unlinked") != "0") {
    call.screen().line(number("withdrawn") + " earlier proposals withdrawn, " + number("unlinked") +
                       " links parted for a refusal");
  }
  return call.say(number("linked") + " pairs linked, " + number("proposed") +
                  " proposed: cdp merge review list");
}

Result<void> run(Invocation& call) {
  if (!call.has("csv")) {
    CDP_CHECK(check_no_threads(call));
    return run_over_the_store(call);
  }
  const auto out = call.list("out");
  if (out.size() != 2) {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "--out names two files",
                "--out pairs.csv,clusters.csv");
  }
  CDP_CHECK(check_outputs_of(call, out, {"csv", "config", "with"}));
  CDP_TRY(const auto session, begin(call));
  CDP_TRY(const Found found, find_pairs(call, session.get()));
  call.screen().progress_end();
  CDP_CHECK(write_private(out[0], found.pairs));
  CDP_CHECK(write_private(out[1], clusters_csv(session->people, found.result)));
  say_run(call, *session, found);
  if (!call.json()) {
    call.screen().note("both files are for you alone (mode 0600): who is who is personal data");
  }
  return {};
}

// The model stays in the data directory; a running server compares by it from here on.
Result<void> train_on_the_store(Invocation& call) {
  if (call.has("model") || call.has("config")) {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "--model and --config go with --csv",
                "over a data directory cdp.toml [identity.matching] says what is compared, and the "
                "model is kept there");
  }
  CDP_TRY(const auto answer, call.ask_long("POST", "/admin/match/train", "{}", kProgress));
  if (call.json()) return call.say(answer.root().minified());
  return call.say("trained on " + number_in(answer, "records") + " records, without " +
                  number_in(answer, "refused") + " of people who refused: " +
                  std::string(answer.root().text("model").value_or("")));
}

Result<void> train(Invocation& call) {
  if (!call.has("csv")) {
    CDP_CHECK(check_no_threads(call));
    return train_on_the_store(call);
  }
  if (!call.has("model")) {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "--model says where to write what was learnt",
                "--model people.model");
  }
  CDP_CHECK(check_outputs_of(call, {call.text("model")}, {"csv", "config"}));
  CDP_TRY(const auto session, begin(call));
  CDP_CHECK(learn(call, session.get()));
  call.screen().progress_end();
  CDP_CHECK(write_private(call.text("model"), write(*session->model)));
  if (call.json()) {
    return call.say(JsonObject()
                        .raw("records", std::to_string(session->people.ids.size()))
                        .raw("lambda", match::fixed(session->model->lambda, 9))
                        .done());
  }
  call.screen().note("the model is for you alone (mode 0600): it is made from personal data");
  return call.say("trained on " + grouped(session->people.ids.size()) +
                  " records; look at it with: cdp match report --model FILE");
}

Result<void> generate(Invocation& call) {
  constexpr std::uint64_t kPeopleMax = 10'000'000;
  match::PeopleOptions options;
  call.configuration_at_fault();
  CDP_TRY(options.people, count_of(call, "people", kPeopleMax));
  CDP_TRY(options.seed, count_of(call, "seed", std::numeric_limits<std::uint64_t>::max()));
  CDP_TRY(const auto records, count_of(call, "records", 100));
  options.records_max = static_cast<unsigned>(records);
  const std::string dirt = call.text("dirt");
  if (dirt != "clean" && dirt != "usual" && dirt != "worn") {
    return fail(ErrorCode::invalid_argument, "no such dirt", "clean, usual or worn");
  }
  CDP_CHECK(check_outputs(std::vector{call.text("out")}, {}));
  std::error_code error;
  if (std::filesystem::exists(call.text("out"), error)) {
    return fail(ErrorCode::invalid_argument, "a file of that name is there already",
                "invented people replace nothing: name another file, or remove this one");
  }
  call.configuration_is_good();
  if (dirt == "clean") options.dirt = match::kCleanDirt;
  if (dirt == "worn") options.dirt = match::kWornDirt;
  std::vector<std::string> cells{"id", "person"};
  for (const auto column : match::synthetic_columns()) cells.emplace_back(column);
  std::string text = csv_line(cells);
  std::uint64_t id = 0;
  for (const auto& record : match::synthetic_people(options)) {
    cells = {std::to_string(++id), std::to_string(record.person)};
    cells.insert(cells.end(), record.values.begin(), record.values.end());
    text += csv_line(cells);
  }
  CDP_CHECK(write_private(call.text("out"), text));
  if (call.json()) return call.say(JsonObject().raw("records", std::to_string(id)).done());
  return call.say(grouped(id) + " records of " + grouped(options.people) +
                  " invented people; the column person holds the truth");
}

}  // namespace

std::vector<Verb> match_verbs() {
  using K = Option::Kind;
  const Option any_csv{"csv", K::list,
                       "the people, one a row, instead of those in the data directory", false, ""};
  const Option config{"config", K::text, "what the columns mean (TOML); else by known names", false,
                      ""};
  const Option one_set{"one-set", K::flag, "several files, but one set: a file repeats people, too",
                       false, ""};
  const Option truth{"truth", K::text, "the column that says which records are one person", false,
                     ""};
  const Option with{"with", K::text, "a model that was trained before", false, ""};
  const Option threads{"threads", K::text, "how many share the work, with --csv; else every core",
                       false, ""};
  std::vector<Verb> verbs{
      {"match run",
       "which records of the store, or rows of CSV files, are one person",
       {any_csv,
        config,
        {"out", K::list, "pairs.csv,clusters.csv, with --csv", false, ""},
        with,
        one_set,
        threads,
        truth},
       run},
      {"match train",
       "learn from the store, or from CSV files, what agreement is worth, without labels",
       {any_csv,
        config,
        {"model", K::text, "where to write it, with --csv", false, ""},
        one_set,
        threads},
       train},
      {"match generate",
       "invented people with known truth, to try it on",
       {{"people", K::text, "how many", false, "1000"},
        {"seed", K::text, "the same gives the same", false, "1"},
        {"records", K::text, "of a person, at most", false, "5"},
        {"dirt", K::text, "clean, usual or worn", false, "usual"},
        {"out", K::text, "the CSV file to write", true, ""}},
       generate,
       false}};
  verbs.push_back(match_report_verb());
  return verbs;
}

}  // namespace cdp::app::cli
