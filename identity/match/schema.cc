#include "identity/match/schema.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace cdp::identity::match {
namespace {

using Part = FieldColumns::Part;

struct KnownName {
  std::string_view name;
  Kind kind;
};
constexpr std::array<KnownName, 95> kKnown{{
    {"givenname", Kind::given_name},
    {"firstname", Kind::given_name},
    {"forename", Kind::given_name},
    {"fname", Kind::given_name},
    {"fnamec1", Kind::given_name},
    {"fnamec2", Kind::given_name},
    {"given", Kind::given_name},
    {"first", Kind::given_name},
    {"vorname", Kind::given_name},
    {"prenom", Kind::given_name},
    {"christianname", Kind::given_name},
    {"middlename", Kind::given_name},
    {"secondname", Kind::given_name},
    {"familyname", Kind::family_name},
    {"surname", Kind::family_name},
    {"lastname", Kind::family_name},
    {"lname", Kind::family_name},
    {"lnamec1", Kind::family_name},
    {"lnamec2", Kind::family_name},
    {"sname", Kind::family_name},
    {"last", Kind::family_name},
    {"family", Kind::family_name},
    {"nachname", Kind::family_name},
    {"nom", Kind::family_name},
    {"maidenname", Kind::family_name},
    {"dateofbirth", Kind::date_of_birth},
    {"dob", Kind::date_of_birth},
    {"birthdate", Kind::date_of_birth},
    {"birthday", Kind::date_of_birth},
    {"born", Kind::date_of_birth},
    {"geburtsdatum", Kind::date_of_birth},
    {"birth", Kind::date_of_birth},
    {"yearofbirth", Kind::date_of_birth},
    {"birthyear", Kind::date_of_birth},
    {"yob", Kind::date_of_birth},
    {"email", Kind::email},
    {"emailaddress", Kind::email},
    {"emailaddr", Kind::email},
    {"mail", Kind::email},
    {"email1", Kind::email},
    {"email2", Kind::email},
    {"phone", Kind::phone},
    {"phonenumber", Kind::phone},
    {"phone1", Kind::phone},
    {"phone2", Kind::phone},
    {"mobile", Kind::phone},
    {"mobilephone", Kind::phone},
    {"mobilenumber", Kind::phone},
    {"homephone", Kind::phone},
    {"workphone", Kind::phone},
    {"telephone", Kind::phone},
    {"telephonenumber", Kind::phone},
    {"tel", Kind::phone},
    {"cell", Kind::phone},
    {"cellphone", Kind::phone},
    {"telefon", Kind::phone},
    {"postcode", Kind::postcode},
    {"postcodefake", Kind::postcode},
    {"postalcode", Kind::postcode},
    {"zip", Kind::postcode},
    {"zipcode", Kind::postcode},
    {"plz", Kind::postcode},
    {"street", Kind::street},
    {"streetname", Kind::street},
    {"streetaddress", Kind::street},
    {"address", Kind::street},
    {"address1", Kind::street},
    {"address2", Kind::street},
    {"addressline1", Kind::street},
    {"addressline2", Kind::street},
    {"addr", Kind::street},
    {"strasse", Kind::street},
    {"streetnumber", Kind::street_number},
    {"streetno", Kind::street_number},
    {"housenumber", Kind::street_number},
    {"houseno", Kind::street_number},
    {"hausnummer", Kind::street_number},
    {"city", Kind::place},
    {"town", Kind::place},
    {"suburb", Kind::place},
    {"place", Kind::place},
    {"locality", Kind::place},
    {"village", Kind::place},
    {"ort", Kind::place},
    {"birthplace", Kind::place},
    {"placeofbirth", Kind::place},
    {"socsecid", Kind::identifier},
    {"ssn", Kind::identifier},
    {"socialsecuritynumber", Kind::identifier},
    {"nationalid", Kind::identifier},
    {"taxid", Kind::identifier},
    {"passport", Kind::identifier},
    {"passportnumber", Kind::identifier},
    {"nhsnumber", Kind::identifier},
    {"loyaltynumber", Kind::identifier},
}};
constexpr std::array<std::string_view, 14> kTexts{
    "gender",     "sex",        "state",      "region",     "county", "province",    "country",
    "department", "geschlecht", "occupation", "profession", "job",    "nationality", "ethnicity"};
constexpr std::array<std::string_view, 8> kFullNames{
    "fullname",    "name",        "personname",      "customername",
    "contactname", "displayname", "firstandsurname", "firstandlastname"};
constexpr std::array<std::string_view, 7> kIds{"uniqueid", "recid",    "id",        "recordid",
                                               "rowid",    "personid", "identifier"};
constexpr std::array<std::array<std::string_view, 3>, 4> kDateParts{{
    {"by", "bm", "bd"},
    {"birthyear", "birthmonth", "birthday"},
    {"yearofbirth", "monthofbirth", "dayofbirth"},
    {"dobyear", "dobmonth", "dobday"},
}};

std::string letters_of(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out.push_back(c);
  }
  return out;
}

template <class List>
std::optional<std::size_t> first_of(const std::vector<std::string>& names, const List& wanted) {
  for (const std::string_view want : wanted) {
    const auto found = std::ranges::find(names, want);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  }
  return std::nullopt;
}

std::optional<Kind> known_kind(std::string_view name) {
  for (const KnownName& known : kKnown) {
    if (known.name == name) return known.kind;
  }
  if (std::ranges::find(kTexts, name) != kTexts.end()) return Kind::text;
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

void add(Schema* schema, std::string name, Kind kind, FieldColumns columns) {
  if (schema->fields.size() >= kFieldsMax) return;
  schema->fields.push_back({std::move(name), kind});
  schema->columns.push_back(std::move(columns));
}

bool has(const Schema& schema, Kind kind) {
  return std::ranges::any_of(schema.fields, [&](const Field& f) { return f.kind == kind; });
}

// "Mary Ann Smith" or "Smith, Mary Ann" -> its first names or its last.
std::string part_of(std::string_view name, Part part) {
  name = trimmed(name);
  if (part == Part::whole) return std::string(name);
  const auto comma = name.find(',');
  if (comma != name.npos) {
    return std::string(
        trimmed(part == Part::last_name ? name.substr(0, comma) : name.substr(comma + 1)));
  }
  const auto space = name.rfind(' ');
  if (space == name.npos) return part == Part::last_name ? std::string(name) : std::string();
  return std::string(
      trimmed(part == Part::last_name ? name.substr(space + 1) : name.substr(0, space)));
}

void add_full_name(const std::vector<std::string>& names, Schema* schema) {
  if (has(*schema, Kind::given_name) || has(*schema, Kind::family_name)) return;
  const auto full = first_of(names, kFullNames);
  if (!full) return;
  add(schema, "given_name", Kind::given_name, {{*full}, Part::first_names});
  add(schema, "family_name", Kind::family_name, {{*full}, Part::last_name});
}

// Year, month and day in columns of their own are one date.
std::vector<bool> add_date_parts(const std::vector<std::string>& names, Schema* schema) {
  std::vector<bool> used(names.size());
  for (const auto& parts : kDateParts) {
    FieldColumns columns;
    for (const auto part : parts) {
      const auto found = std::ranges::find(names, part);
      if (found != names.end()) {
        columns.columns.push_back(static_cast<std::size_t>(found - names.begin()));
      }
    }
    if (columns.columns.size() != parts.size()) continue;
    for (const auto column : columns.columns) used[column] = true;
    add(schema, "date_of_birth", Kind::date_of_birth, std::move(columns));
    break;
  }
  return used;
}

}  // namespace

std::vector<std::string> Schema::values_of(std::span<const std::string> row) const {
  std::vector<std::string> values;
  for (const FieldColumns& field : columns) {
    std::string value;
    for (const auto column : field.columns) {
      const auto cell = column < row.size() ? trimmed(row[column]) : std::string_view();
      if (field.columns.size() > 1 && (cell.empty() || cell == "NA")) {
        value.clear();
        break;  // half a date is none
      }
      if (!value.empty()) value += "-";
      value += part_of(cell, field.part);
    }
    values.push_back(std::move(value));
  }
  return values;
}

Result<Schema> infer_schema(std::span<const std::string> header) {
  std::vector<std::string> names;
  for (const auto& column : header) names.push_back(letters_of(column));
  Schema schema;
  schema.id = first_of(names, kIds);
  const auto used = add_date_parts(names, &schema);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto kind = used[i] ? std::nullopt : known_kind(names[i]);
    if (kind) add(&schema, std::string(trimmed(header[i])), *kind, {{i}, Part::whole});
  }
  add_full_name(names, &schema);
  if (schema.fields.size() < 2) {
    return fail(
        ErrorCode::invalid_argument,
        "the first line names fewer than two columns that are known to tell who somebody is",
        "rename them (first_name, surname, date_of_birth, email, phone, postcode, street, "
        "city, ...), or say what they are with --config");
  }
  return schema;
}

std::optional<std::size_t> column_named(std::span<const std::string> header,
                                        const std::string& name) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (trimmed(header[i]) == trimmed(name)) return i;
  }
  return std::nullopt;
}

Result<Schema> chosen_schema(std::span<const std::string> header,
                             std::span<const FieldChoice> choices, const std::string& id_column) {
  Schema schema;
  for (const FieldChoice& choice : choices) {
    const auto column = column_named(header, choice.column);
    if (!column) {
      return fail(ErrorCode::invalid_argument, "the file has no column \"" + choice.column + "\"",
                  "the configuration and the first line of the file must agree");
    }
    add(&schema, choice.column, choice.kind, {{*column}, Part::whole});
  }
  if (!id_column.empty()) {
    schema.id = column_named(header, id_column);
    if (!schema.id) {
      return fail(ErrorCode::invalid_argument, "the file has no column \"" + id_column + "\"",
                  "name the column that tells records apart");
    }
  }
  return schema;
}

}  // namespace cdp::identity::match
