#include "connectors/csv/csv_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cdp/core/base/limits.h"
#include "connectors/csv/consent_words.h"
#include "tests/support/translated.h"

namespace cdp::connectors::csv {
namespace {

using event::Observation;
using testing::attribute_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::identifiers_of;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::outcome_of;
using testing::reveal;
using testing::statements_of;

const Time kReceived = *from_rfc3339("2026-11-22T12:00:00Z");

consent::SourceConfig config(std::map<std::string, std::string> columns) {
  consent::SourceConfig config;
  config.name = "list";
  config.kind = "csv";
  config.trust = event::Trust::server;
  config.columns = std::move(columns);
  return config;
}

const consent::SourceConfig kPeople =
    config({{"Id", "id"}, {"Mail", "email"}, {"Size", "attribute:size"}});

std::vector<CsvRow> rows_of(const std::string& text, const consent::SourceConfig& columns = kPeople,
                            Place from = {}) {
  std::istringstream in(text);
  auto import = CsvImport::open(in, columns, "people.csv", kReceived, from);
  EXPECT_TRUE(import.has_value());
  std::vector<CsvRow> rows;
  if (!import) return rows;
  while (auto row = import->next()) rows.push_back(std::move(*row));
  return rows;
}

// "<line> <outcome>" of every row.
std::vector<std::string> outcomes_of(const std::vector<CsvRow>& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows) {
    out.push_back(std::to_string(row.line) + " " + outcome_of(row.verdict));
  }
  return out;
}

const Observation& seen(const CsvRow& row) { return std::get<Observation>(row.verdict); }

Observation only(const std::string& text, const consent::SourceConfig& columns) {
  auto rows = rows_of(text, columns);
  EXPECT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.empty() ? "" : outcome_of(rows[0].verdict), "observation");
  if (rows.size() != 1 || testing::observation_in(rows[0].verdict) == nullptr) return {};
  return seen(rows[0]);
}

Error error_of(const std::string& text, const consent::SourceConfig& columns) {
  std::istringstream in(text);
  const auto import = CsvImport::open(in, columns, "people.csv", kReceived);
  EXPECT_FALSE(import.has_value());
  return import ? Error{} : import.error();
}

TEST(CsvImport, ReadsQuotesLineBreaksMarksAndBlankLines) {
  const auto rows = rows_of(
      "\xEF\xBB\xBFId,Mail,Size\r\n"
      "1,a@x.example,\"M, \"\"wide\"\"\"\r\n"
      "\r\n"
      "2,b@x.example,\"two\nlines\"\n"
      "3,c@x.example,");
  ASSERT_THAT(outcomes_of(rows), ElementsAre("2 observation", "4 observation", "6 observation"));
  EXPECT_EQ(attribute_of(seen(rows[0]), "size"), R"("M, \"wide\"")");
  EXPECT_EQ(attribute_of(seen(rows[1]), "size"), R"("two\nlines")");
  EXPECT_EQ(attribute_of(seen(rows[2]), "size"), "-");
  EXPECT_EQ(reveal(seen(rows[0]).persona_key), "id:1");
  EXPECT_EQ(seen(rows[0]).arrival, event::Arrival::import);
  EXPECT_FALSE(seen(rows[0]).new_act);
  EXPECT_THAT(identifiers_of(seen(rows[0]).identifiers), ElementsAre("email=a@x.example"));
}

TEST(CsvImport, JudgesEachRowByItself) {
  const auto rows = rows_of(
      "Id,Mail,Size\n"
      "1,a@x.example\n"
      "2,b@x.example,\"M\"x\n"
      "3,\"c\"@x.example,M\n"
      "4,d\xFF@x.example,M\n"
      ",,M\n"
      "6,e@x.example,M\n"
      "7,f@x.example,\"M\n8,g@x.example,M\n");
  EXPECT_THAT(
      outcomes_of(rows),
      ElementsAre("2 rejected:wrong_column_count", "3 rejected:malformed_quotes",
                  "4 rejected:malformed_quotes", "5 rejected:not_utf8",
                  "6 rejected:missing_persona", "7 observation", "8 rejected:unclosed_quote"));
}

TEST(CsvImport, ReadsPastARowThatIsTooLargeAndGoesOn) {
  const std::string filler(limits::kEventBytesMax, 'x');
  const auto rows = rows_of("Id,Mail,Size\n1,a@x.example," + filler + "\n2,b@x.example,M\n");
  EXPECT_THAT(outcomes_of(rows), ElementsAre("2 rejected:too_large", "3 observation"));
}

TEST(CsvImport, ResumesAfterAnyRowAndGivesTheSameMessageIds) {
  const std::string text =
      "\xEF\xBB\xBFId;Mail;Size\r\n1;a@x.example;\"M\nL\"\r\n\r\n2;b;\n3;c;S\n";
  const auto all = rows_of(text);
  ASSERT_EQ(all.size(), 3U);
  for (std::size_t done = 0; done < all.size(); ++done) {
    const auto rest = rows_of(text, kPeople, all[done].next);
    ASSERT_EQ(rest.size(), all.size() - done - 1);
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const auto& same = all[done + 1 + i];
      EXPECT_EQ(rest[i].line, same.line);
      EXPECT_EQ(rest[i].next, same.next);
      EXPECT_EQ(seen(rest[i]).message_id, seen(same).message_id);
    }
  }
  EXPECT_NE(seen(all[0]).message_id, seen(all[1]).message_id);
  std::istringstream in(text);
  EXPECT_FALSE(CsvImport::open(in, kPeople, "people.csv", kReceived, {100'000, 9}));
}

TEST(CsvImport, StaysAtAnUnclosedQuoteSoThatAMendedFileCanBeResumed) {
  const std::string text = "Id,Mail,Size\n1,a,M\n2,b,\"M\n3,c,M\n";
  const auto rows = rows_of(text);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].next, rows[0].next);
  std::string mended = text;
  mended.insert(mended.find("\"M") + 2, "\"");
  EXPECT_THAT(outcomes_of(rows_of(mended, kPeople, rows[1].next)),
              ElementsAre("3 observation", "4 observation"));
}

TEST(CsvImport, FindsTheDelimiterOfTheFile) {
  for (const char delimiter : {',', ';', '\t'}) {
    std::string text = "Id|Mail|Size\n1|a@x.example|M\n";
    std::replace(text.begin(), text.end(), '|', delimiter);
    EXPECT_THAT(outcomes_of(rows_of(text)), ElementsAre("2 observation"));
  }
}

TEST(CsvImport, TakesNothingThatIsNotDeclared) {
  const auto row = only("Id,Mail,Size,Diagnosis\n1,a@x.example,M,flu\n", kPeople);
  EXPECT_EQ(row.attributes.size(), 2U);
  EXPECT_THAT(statements_of(row), IsEmpty());
}

TEST(CsvImport, NamesThePersonaByWhatTheRowHas) {
  const auto columns = config(
      {{"Id", "id"}, {"Mail", "email"}, {"Phone", "phone"}, {"Login", "identifier:user_id"}});
  const auto key = [&](const std::string& row) {
    return reveal(only("Id,Mail,Phone,Login\n" + row + "\n", columns).persona_key);
  };
  EXPECT_EQ(key("7,A@x.example,1,u"), "id:7");
  EXPECT_EQ(key(", A@X.example ,1,u"), "email:a@x.example");
  EXPECT_EQ(key(",,+49 1,u"), "phone:+49 1");
  EXPECT_EQ(key(",,,U1"), "user_id:U1");
}

const consent::SourceConfig kConsents =
    config({{"Mail", "email"},
            {"OK", "consent:marketing.communications.email"},
            {"When", "consent_date:marketing.communications.email"},
            {"How", "consent_method:marketing.communications.email"},
            {"Ads", "consent:marketing.advertising"}});

TEST(CsvImport, GradesConsentByItsEvidence) {
  struct Row {
    const char* text;
    std::vector<std::string> statements;
  };
  const std::string purpose = "state: marketing.communications.email ";
  const Row rows[] = {
      {"a@x,yes,,,", {purpose + "granted asserted import email=a@x"}},
      {"a@x,yes,2026-01-01,,", {purpose + "granted asserted import email=a@x"}},
      {"a@x,YES,2026-01-01,paper form,", {purpose + "granted recorded paper form email=a@x"}},
      {"a@x,no,,,", {purpose + "denied asserted import email=a@x"}},
      {"a@x,Unsubscribed,,,", {purpose + "withdrawn asserted import email=a@x"}},
      {"a@x,not subscribed,,,", {}},
      {"a@x,pending,,,", {}},
      {"a@x,,2026-01-01,x,", {}},
      {"a@x,,,,no", {"state: marketing.advertising denied asserted import"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(
        statements_of(only("Mail,OK,When,How,Ads\n" + std::string(row.text) + "\n", kConsents)),
        row.statements);
  }
}

TEST(CsvImport, RefusesRowsWhoseConsentIsNotClear) {
  const auto rows = rows_of(
      "Mail,OK,When,How,Ads\n"
      "a@x,maybe,,,\n"
      "a@x,yes,01.02.2026,,\n"
      "a@x,yes,2026-02-31,,\n",
      kConsents);
  EXPECT_THAT(outcomes_of(rows), ElementsAre("2 rejected:unknown_consent_word",
                                             "3 rejected:bad_date", "4 rejected:bad_date"));
  const auto by_id = config({{"Id", "id"}, {"OK", "consent:marketing.communications.email"}});
  EXPECT_THAT(outcomes_of(rows_of("Id,OK\n1,yes\n2,no\n", by_id)),
              ElementsAre("2 rejected:consent_without_address", "3 observation"));
}

TEST(CsvImport, TakesABareDayAgainstTheGrantAndForTheDenial) {
  EXPECT_EQ(to_rfc3339(*csv_time("2026-01-31", false)), "2026-01-31T00:00:00Z");
  EXPECT_EQ(to_rfc3339(*csv_time("2026-01-31", true)), "2026-01-31T23:59:59Z");
  EXPECT_EQ(to_rfc3339(*csv_time("2026-01-31 08:30", true)), "2026-01-31T08:30:59Z");
  EXPECT_EQ(to_rfc3339(*csv_time("2026-01-31T08:30:00+01:00", true)), "2026-01-31T07:30:00Z");
  EXPECT_FALSE(csv_time("31/01/2026", true));
}

TEST(CsvImport, MakesAnEventOfItsColumns) {
  const auto columns = config({{"Id", "id"},
                               {"What", "event"},
                               {"When", "occurred_at"},
                               {"Total", "property:total"},
                               {"Cur", "property:currency"}});
  const auto row =
      only("Id,What,When,Total,Cur\n1,Order Completed,2026-01-31 10:00:00,9.90,\n", columns);
  EXPECT_EQ(row.event->name, "Order Completed");
  EXPECT_EQ(reveal(row.event->properties), R"({"total":"9.90"})");
  EXPECT_EQ(to_rfc3339(row.occurred_at), "2026-01-31T10:00:00Z");
  EXPECT_FALSE(row.new_act);
  EXPECT_FALSE(only("Id,What,When,Total,Cur\n1,,,,\n", columns).event);
}

TEST(CsvImport, ExplainsAColumnMapThatDoesNotFit) {
  const std::string header = "Id,Mail,Size\n";
  EXPECT_THAT(error_of(header, config({{"Id", "identity"}})).what, HasSubstr("\"Id\""));
  EXPECT_THAT(error_of(header, config({{"Id", "id:7"}})).what, HasSubstr("\"Id\""));
  EXPECT_THAT(error_of(header, config({{"Id", "attribute:"}})).what, HasSubstr("\"Id\""));
  EXPECT_THAT(error_of(header, config({{"Id", "identifier:No Way"}})).what, HasSubstr("\"Id\""));
  EXPECT_THAT(error_of(header, config({{"Size", "attribute:size"}})).what,
              HasSubstr("names the person"));
  EXPECT_THAT(error_of(header, config({{"Id", "id"}, {"Mail", "id"}})).what, HasSubstr("\"Mail\""));
  EXPECT_THAT(error_of(header, config({{"Id", "id"}, {"Size", "consent_date:x"}})).hint,
              HasSubstr("consent:x"));
  EXPECT_THAT(error_of("Id,Id\n", config({{"Id", "id"}})).what, HasSubstr("twice"));
  EXPECT_FALSE(error_of("", kPeople).what.empty());
  EXPECT_THAT(error_of("\xFF\xFEI", kPeople).hint, HasSubstr("UTF-8"));
}

TEST(CsvImport, NeverQuotesAFileWithoutAHeader) {
  const auto error = error_of("1,secret@x.example,M\n", kPeople);
  EXPECT_THAT(error.what, HasSubstr("\"Id\" is not in the file's first line"));
  EXPECT_THAT(error.what + error.hint, Not(HasSubstr("secret")));
}

TEST(CsvReader, KnowsUtf8) {
  for (const char* good : {"", "abc", "Zażółć 日本", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(valid_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xE6\x97"}) {
    EXPECT_FALSE(valid_utf8(bad));
  }
}

}  // namespace
}  // namespace cdp::connectors::csv
