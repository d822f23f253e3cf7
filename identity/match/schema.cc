#include "identity/match/schema.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "identity/match/column_names.h"

namespace cdp::identity::match {
namespace {

using Part = FieldColumns::Part;

struct KnownColumns {
  std::span<const std::string_view> names;
  Kind kind;
};
constexpr std::array<KnownColumns, 10> kKnown{{
    {kGivenNameColumns, Kind::given_name},
    {kFamilyNameColumns, Kind::family_name},
    {kBirthDateColumns, Kind::date_of_birth},
    {kEmailColumns, Kind::email},
    {kPhoneColumns, Kind::phone},
    {kPostcodeColumns, Kind::postcode},
    {kStreetColumns, Kind::street},
    {kStreetNumberColumns, Kind::street_number},
    {kPlaceColumns, Kind::place},
    {kIdentifierColumns, Kind::identifier},
}};
constexpr std::array<std::string_view, 7> kIds{"uniqueid", "recid",    "id",        "recordid",
                                               "rowid",    "personid", "identifier"};
constexpr std::array<std::array<std::string_view, 3>, 4> kDateParts{{
    {"by", "bm", "bd"},
    {"birthyear", "birthmonth", "birthday"},
    {"yearofbirth", "monthofbirth", "dayofbirth"},
    {"dobyear", "dobmonth", "dobday"},
}};

// Letters without accents, as their language writes them without ("Straße", "Prénom").
std::string latin_of(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> latin(
      icu::Transliterator::createInstance("Any-Latin; Latin-ASCII", UTRANS_FORWARD, status));
  if (latin == nullptr) return std::string(name);
  auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())));
  latin->transliterate(text);
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::string letters_of(std::string_view name) {
  std::string out;
  for (char c : latin_of(name)) {
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

std::optional<Kind> exactly_known(std::string_view name) {
  for (const auto& [names, kind] : kKnown) {
    if (std::ranges::find(names, name) != names.end()) return kind;
  }
  if (std::ranges::find(kTextColumns, name) != kTextColumns.end()) return Kind::text;
  return std::nullopt;
}

// The second address line, e-mail, ... of the customer is of the first one's kind.
std::optional<Kind> known_kind(std::string_view name) {
  if (const auto kind = exactly_known(name)) return kind;
  for (const std::string_view owner : kOwners) {
    if (!name.starts_with(owner)) continue;
    if (const auto kind = known_kind(name.substr(owner.size()))) return kind;
  }
  if (name.size() > 4 && name.back() >= '1' && name.back() <= '3') {
    return exactly_known(name.substr(0, name.size() - 1));
  }
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
  const bool given = has(*schema, Kind::given_name);
  const bool family = has(*schema, Kind::family_name);
  if (given != family) {
    if (const auto half = first_of(names, kHalfNameColumns)) {
      add(schema, given ? "family_name" : "given_name",
          given ? Kind::family_name : Kind::given_name, {{*half}, Part::whole});
    }
  }
  if (given || family) return;
  const auto full = first_of(names, kFullNameColumns);
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
