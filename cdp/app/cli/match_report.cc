// cdp match report: what a model holds each agreement to be worth, and why two records were scored
// as they were; in words and as a chart.

#include <algorithm>
#include <cmath>

#include "cdp/app/cli/match_files.h"
#include "cdp/app/cli/match_verbs.h"
#include "identity/match/chart.h"
#include "identity/match/decimal.h"
#include "identity/match/scorer.h"

namespace cdp::app::cli {
namespace {

namespace match = identity::match;

Result<void> draw(Invocation& call, const std::string& svg) {
  if (!call.has("svg")) return {};
  CDP_CHECK(write_private(call.text("svg"), svg));
  if (!call.json()) call.screen().note("drawn");
  return {};
}

std::string levels_json(const match::Model& model) {
  std::string rows;
  for (std::size_t i = 0; i < model.fields().size(); ++i) {
    const auto& set = match::levels_of(model.fields()[i].kind);
    for (std::uint8_t level = set.exact(); level >= match::kElse; --level) {
      const double m = model.rates[i].m[level];
      const double u = model.rates[i].u[level];
      rows += (rows.empty() ? "" : ",") + JsonObject()
                                              .text("field", model.fields()[i].name)
                                              .text("level", set.names[level])
                                              .raw("m", match::fixed(m, 9))
                                              .raw("u", match::fixed(u, 9))
                                              .raw("weight", match::fixed(std::log2(m / u), 4))
                                              .done();
    }
  }
  return "[" + rows + "]";
}

Result<void> report_model(Invocation& call, const match::Model& model) {
  CDP_CHECK(draw(call, weights_svg(model, "What agreement is worth, in bits")));
  if (call.json()) {
    return call.say(JsonObject()
                        .raw("trained_on", std::to_string(model.trained_on))
                        .raw("lambda", match::fixed(model.lambda, 12))
                        .raw("household_bits", match::fixed(model.household.worth.back(), 4))
                        .raw("levels", levels_json(model))
                        .done());
  }
  std::vector<std::vector<std::string>> rows{{"field", "level", "m", "u", "weight"}};
  for (std::size_t i = 0; i < model.fields().size(); ++i) {
    const auto& set = match::levels_of(model.fields()[i].kind);
    for (std::uint8_t level = set.exact(); level >= match::kElse; --level) {
      const double m = model.rates[i].m[level];
      const double u = model.rates[i].u[level];
      rows.push_back({level == set.exact() ? model.fields()[i].name : "",
                      std::string(set.names[level]), match::fixed(m, 4), match::fixed(u, 6),
                      match::fixed(std::log2(m / u), 2)});
    }
  }
  call.screen().line("trained on " + grouped(model.trained_on) +
                     " records; two at random: " + match::fixed(model.prior_bits(), 2) +
                     " bits; what a household shares: at most " +
                     match::fixed(model.household.worth.back(), 2));
  call.screen().table(rows);
  return {};
}

Result<match::Row> row_of(const MatchPeople& people, const std::string& name) {
  for (match::Row row = 0; row < people.ids.size(); ++row) {
    if (people.name_of(row) == name) return row;
  }
  return fail(ErrorCode::not_found, "no record of the files has that id",
              "ids are those of the id column, else row numbers; after \"2:\" in a second file");
}

std::string explanation_json(const match::Explanation& explanation) {
  std::string rows;
  for (const auto& evidence : explanation.evidence) {
    rows += (rows.empty() ? "" : ",") +
            JsonObject()
                .text("field", evidence.field)
                .text("level", evidence.level)
                .raw("weight", match::fixed(evidence.weight_bits, 4))
                .raw("adjustment", match::fixed(evidence.adjustment_bits, 4))
                .raw("m", match::fixed(evidence.m, 9))
                .raw("u", match::fixed(evidence.u, 9))
                .done();
  }
  return JsonObject()
      .raw("prior", match::fixed(explanation.prior_bits, 4))
      .raw("weight", match::fixed(explanation.weight_bits, 4))
      .raw("probability", match::fixed(explanation.probability, 6))
      .raw("evidence", "[" + rows + "]")
      .done();
}

Result<void> report_pair(Invocation& call, const match::Model& model) {
  const auto pair = call.list("pair");
  if (pair.size() != 2 || !call.has("csv")) {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "a pair is two ids of the files given",
                "--pair A,B --csv FILE --model FILE");
  }
  CDP_TRY(MatchSettings settings, match_settings_of(call));
  settings.config = model.config;
  CDP_TRY(const auto people,
          read_people(call.list("csv"), settings, model.config.fields, false, ""));
  people.table->set_terms(model.terms);
  CDP_TRY(const auto a, row_of(people, pair[0]));
  CDP_TRY(const auto b, row_of(people, pair[1]));
  const auto explanation = match::Scorer(*people.table, model).explain(a, b);
  CDP_CHECK(draw(call, waterfall_svg(explanation, "Are these two one person?")));
  return call.say(call.json() ? explanation_json(explanation) : in_words(explanation));
}

// Why an officer is asked about two people of the data directory.
Result<void> report_review(Invocation& call) {
  CDP_TRY(const auto answer, call.ask("POST", "/admin/match/explain",
                                      JsonObject().text("review", call.text("review")).done()));
  CDP_CHECK(draw(call, std::string(answer.root().text("svg").value_or(""))));
  if (call.json()) return call.say(answer.root().minified());
  return call.say(answer.root().text("words").value_or(""));
}

// The model that the data directory keeps.
Result<void> report_store(Invocation& call) {
  if (call.has("pair") || call.has("csv")) {
    call.configuration_at_fault();
    return fail(ErrorCode::invalid_argument, "a pair of rows is looked at with a model in a file",
                "--pair A,B --csv FILE --model FILE; of a data directory: --review ID");
  }
  CDP_TRY(const auto answer, call.ask("POST", "/admin/match/model", "{}"));
  CDP_TRY(const auto model, match::read_model(answer.root().minified()));
  return report_model(call, model);
}

Result<void> report(Invocation& call) {
  if (call.has("svg")) {
    CDP_CHECK(check_outputs_of(call, {call.text("svg")}, {"csv", "config", "model"}));
  }
  if (call.has("review")) return report_review(call);
  if (!call.has("model")) return report_store(call);
  CDP_TRY(const auto model, read_model_file(call.text("model")));
  return call.has("pair") ? report_pair(call, model) : report_model(call, model);
}

}  // namespace

Verb match_report_verb() {
  using K = Option::Kind;
  return {
      "match report",
      "what a model holds agreement to be worth, or why two records were scored so",
      {{"model", K::text, "of cdp match train --csv, instead of the data directory's", false, ""},
       {"review", K::text, "what waits for a decision in the data directory: rev_...", false, ""},
       {"pair", K::list, "two ids of the files", false, ""},
       {"csv", K::list, "the files they stand in", false, ""},
       {"config", K::text, "what the columns mean", false, ""},
       {"svg", K::text, "draw it into this file", false, ""}},
      report};
}

}  // namespace cdp::app::cli
