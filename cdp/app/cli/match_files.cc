#include "cdp/app/cli/match_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cdp/app/durable_file.h"
#include "connectors/csv/csv_reader.h"
#include "identity/match/decimal.h"
#include "identity/match/schema.h"

namespace cdp::app::cli {
namespace {

namespace fs = std::filesystem;
using connectors::csv::CsvReader;
using connectors::csv::Problem;
using identity::match::BatchResult;
using identity::match::bits_of;
using identity::match::Copies;
using identity::match::Field;
using identity::match::fixed;
using identity::match::Row;
using identity::match::Schema;
using identity::match::ScorePair;
using identity::match::Weight;

constexpr std::size_t kFilesMax = 200;

// The one of comma, semicolon and tab that the first line has most of.
char delimiter_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  std::getline(in, line);
  char best = ',';
  for (const char delimiter : {';', '\t'}) {
    if (std::ranges::count(line, delimiter) > std::ranges::count(line, best)) best = delimiter;
  }
  return best;
}

// Another file's columns in the order of the first's, by name, else by what they are; a column that
// it lacks is missing in all its rows.
Result<Schema> aligned(Schema own, const std::vector<Field>& fields) {
  Schema out;
  out.id = own.id;
  std::vector<bool> used(own.fields.size());
  std::vector<std::optional<std::size_t>> source(fields.size());
  const auto take = [&](auto alike) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      for (std::size_t j = 0; j < own.fields.size() && !source[i]; ++j) {
        if (used[j] || own.fields[j].kind != fields[i].kind || !alike(own.fields[j], fields[i])) {
          continue;
        }
        used[j] = true;
        source[i] = j;
      }
    }
  };
  take([](const Field& a, const Field& b) { return a.name == b.name; });
  take([](const Field& a, const Field&) { return a.kind != identity::match::Kind::text; });
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out.fields.push_back(fields[i]);
    out.columns.push_back(source[i] ? own.columns[*source[i]] : identity::match::FieldColumns{});
  }
  if (std::ranges::count(used, true) >= 2) return out;
  return fail(ErrorCode::invalid_argument, "the file's columns are not those of the others",
              "use files of one form, or say with --config what their columns are");
}

Result<Schema> schema_of(const std::vector<std::string>& header, const MatchSettings& settings,
                         const std::vector<Field>& fields) {
  std::vector<identity::match::FieldChoice> choices = settings.fields;
  if (choices.empty()) {
    CDP_TRY(Schema schema, identity::match::infer_schema(header));
    if (!settings.id.empty()) {
      CDP_TRY(const Schema named, identity::match::chosen_schema(header, {}, settings.id));
      schema.id = named.id;
    }
    if (fields.empty() || schema.fields == fields) return schema;
    return aligned(std::move(schema), fields);
  }
  CDP_TRY(Schema schema, identity::match::chosen_schema(header, choices, settings.id));
  if (fields.empty() || schema.fields == fields) return schema;
  return fail(ErrorCode::invalid_argument, "the configuration's fields are not the model's",
              "train the model with this configuration");
}

class FileReader {
 public:
  FileReader(MatchPeople* people, const MatchSettings& settings, std::vector<Field> fields,
             std::string truth_column)
      : people_(people),
        settings_(settings),
        fields_(std::move(fields)),
        truth_column_(std::move(truth_column)) {}

  Result<void> read(const std::string& file, std::uint8_t number) {
    std::ifstream in(file, std::ios::binary);
    if (!in || !fs::is_regular_file(file)) {
      return fail(ErrorCode::not_found, "there is no such CSV file to match", "check its path");
    }
    CsvReader reader(in, delimiter_of(file), {});
    const auto header = reader.next();
    if (!header || header->problem != Problem::none) {
      return fail(ErrorCode::invalid_argument,
                  "the file does not start with a line of column names", "it must be CSV in UTF-8");
    }
    CDP_TRY(const Schema schema, schema_of(header->fields, settings_, fields_));
    CDP_CHECK(begin(schema));
    const auto truth = truth_column_.empty()
                           ? std::nullopt
                           : identity::match::column_named(header->fields, truth_column_);
    if (!truth_column_.empty() && !truth) {
      return fail(ErrorCode::invalid_argument, "the file has no column of that name for --truth",
                  "name the column that says which records are one person");
    }
    while (const auto record = reader.next()) {
      if (record->problem != Problem::none) {
        people_->left_out.push_back(record->start.line);
        continue;
      }
      take(record->fields, schema, truth, number);
    }
    return {};
  }

 private:
  Result<void> begin(const Schema& schema) {
    if (people_->table) return {};
    people_->config = settings_.config;
    people_->config.fields = schema.fields;
    fields_ = schema.fields;
    CDP_CHECK(check(people_->config));
    people_->table = std::make_unique<identity::match::Table>(people_->config);
    return {};
  }

  void take(const std::vector<std::string>& cells, const Schema& schema,
            std::optional<std::size_t> truth, std::uint8_t number) {
    const auto cell = [&](std::size_t at) { return at < cells.size() ? cells[at] : std::string(); };
    const auto key = people_->ids.size() + 1;
    people_->table->add(key, schema.values_of(cells), number);
    people_->ids.push_back(schema.id ? cell(*schema.id) : std::to_string(key));
    if (truth) people_->truth.push_back(cell(*truth));
  }

  MatchPeople* people_;
  const MatchSettings& settings_;
  std::vector<Field> fields_;
  std::string truth_column_;
};

std::vector<std::string> pair_cells(const MatchPeople& people, Row a, Row b, Weight weight,
                                    bool same_cluster) {
  const double bits = bits_of(weight);
  const auto& config = people.config;
  const char* verdict =
      bits >= config.link_bits ? "link" : (bits >= config.review_bits ? "review" : "below");
  return {people.name_of(a), people.name_of(b),
          fixed(bits, 4),    fixed(identity::match::probability_of(bits), 4),
          verdict,           same_cluster ? "1" : "0"};
}

}  // namespace

std::string MatchPeople::name_of(Row row) const {
  if (files < 2) return ids[row];
  return std::to_string(table->file(row) + 1) + ":" + ids[row];
}

Result<MatchPeople> read_people(const std::vector<std::string>& files,
                                const MatchSettings& settings, const std::vector<Field>& fields,
                                bool one_set, const std::string& truth_column) {
  if (files.empty() || files.size() > kFilesMax) {
    return fail(ErrorCode::invalid_argument, "matching reads one to 200 files", "give --csv FILE");
  }
  MatchPeople people;
  people.files = one_set ? 1 : files.size();
  FileReader reader(&people, settings, fields, truth_column);
  for (std::size_t i = 0; i < files.size(); ++i) {
    CDP_CHECK(reader.read(files[i], one_set ? std::uint8_t{0} : static_cast<std::uint8_t>(i)));
  }
  return people;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string cell = cells[i];
    const bool number = !cell.empty() && cell.find_first_not_of("+-0123456789.") == cell.npos;
    if (!number && !cell.empty() && std::string_view("=+-@\t").find(cell[0]) != std::string::npos) {
      cell.insert(0, 1, '\'');
    }
    if (cell.find_first_of(",\"\r\n") != cell.npos) {
      std::string quoted = "\"";
      for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
      cell = quoted + "\"";
    }
    line += (i == 0 ? "" : ",") + cell;
  }
  return line + "\n";
}

std::string pairs_csv(const MatchPeople& people, const BatchResult& result, const Copies& copies,
                      const ScorePair& weights) {
  std::vector<std::uint32_t> cluster_of(people.ids.size(), 0);
  std::string out = csv_line({"id_a", "id_b", "weight", "probability", "verdict", "same_cluster"});
  std::uint32_t number = 0;
  for (const auto& cluster : result.clusters) {
    ++number;
    const bool in_full = cluster.size() <= kPairsInFullMax;
    for (const Row row : cluster) cluster_of[row] = number;
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      for (std::size_t j = i + 1; j < cluster.size(); ++j) {
        const Row a = cluster[i], b = cluster[j];
        if (!in_full && (copies.is_copy(a) || (copies.is_copy(b) && copies.first_of(b) != a))) {
          continue;
        }
        out += csv_line(pair_cells(people, a, b, weights(a, b), true));
      }
    }
  }
  for (const auto& edge : result.edges) {
    if (cluster_of[edge.a] != 0 && cluster_of[edge.a] == cluster_of[edge.b]) continue;
    out += csv_line(pair_cells(people, edge.a, edge.b, edge.weight, false));
  }
  return out;
}

std::string clusters_csv(const MatchPeople& people, const BatchResult& result) {
  std::vector<std::size_t> cluster_of(people.ids.size());
  for (std::size_t i = 0; i < cluster_of.size(); ++i) cluster_of[i] = i + 1;
  for (const auto& cluster : result.clusters) {
    for (const Row row : cluster) cluster_of[row] = cluster.front() + 1;
  }
  std::string out = csv_line({"id", "cluster"});
  for (Row row = 0; row < cluster_of.size(); ++row) {
    out += csv_line({people.name_of(row), std::to_string(cluster_of[row])});
  }
  return out;
}

namespace {

// Of one file under two names (links, dots, another case where the disk knows none) device and
// inode agree; what does not exist yet has no more than a path.
bool is_one_file(const std::string& a, const std::string& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error) && !error) return true;
  const auto first = fs::weakly_canonical(fs::absolute(a, error), error);
  const auto second = fs::weakly_canonical(fs::absolute(b, error), error);
  return !error && first == second;
}

}  // namespace

Result<void> check_outputs(std::span<const std::string> outputs,
                           std::span<const std::string> inputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::error_code error;
    if (fs::is_directory(outputs[i], error)) {
      return fail(ErrorCode::invalid_argument, "a folder has the name of the file to write",
                  "name a file in it");
    }
    for (const std::string& input : inputs) {
      if (!is_one_file(outputs[i], input)) continue;
      return fail(ErrorCode::invalid_argument, "a file to write is one of those that are read",
                  "name another file: the one that is read would be lost");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!is_one_file(outputs[i], outputs[j])) continue;
      return fail(ErrorCode::invalid_argument, "two outputs have the same name",
                  "name two files: one would overwrite the other");
    }
  }
  return {};
}

Result<void> write_private(const std::string& file, const std::string& text) {
  std::error_code error;
  const auto path = fs::absolute(file, error).lexically_normal();
  if (error || !fs::is_directory(path.parent_path(), error)) {
    return fail(ErrorCode::unavailable, "the file to write has no folder to stand in",
                "check its path");
  }
  return write_durably(path, text, S_IRUSR | S_IWUSR);
}

Result<std::string> read_whole(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || !fs::is_regular_file(file)) {
    return fail(ErrorCode::not_found, "there is no such file", "check the path");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace cdp::app::cli
