// Schema: which columns of a table mean what, by their names or by word of a configuration, and one
// row -> the raw values of its fields.
//
// Names are compared by letters and digits alone: "First Name", "first_name" and "firstName" are
// one. Columns of no known name are left out: a guess could compare what no person is known by.
//
// Thread-safety: values and pure functions. Errors: invalid_argument; see each.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cdp/core/base/result.h"
#include "identity/match/field.h"

namespace cdp::identity::match {

// Where a field's value stands: one column, or several that are joined (year, month, day).
struct FieldColumns {
  enum class Part : std::uint8_t { whole, first_names, last_name };  // of a full name
  std::vector<std::size_t> columns;
  Part part = Part::whole;
  friend bool operator==(const FieldColumns&, const FieldColumns&) = default;
};

struct Schema {
  std::vector<Field> fields;
  std::vector<FieldColumns> columns;  // one per field
  std::optional<std::size_t> id;      // the column that names a record
  friend bool operator==(const Schema&, const Schema&) = default;

  // One value per field; columns past the end of a short row are empty.
  std::vector<std::string> values_of(std::span<const std::string> row) const;
};

struct FieldChoice {
  std::string column;
  Kind kind = Kind::text;
};

// Errors: fewer than two columns with a known name; the hint lists what could be named.
Result<Schema> infer_schema(std::span<const std::string> header);
// Errors: a column that the header does not have.
Result<Schema> chosen_schema(std::span<const std::string> header,
                             std::span<const FieldChoice> choices, const std::string& id_column);

// The header's place of a column, blanks around names apart.
std::optional<std::size_t> column_named(std::span<const std::string> header,
                                        const std::string& name);

}  // namespace cdp::identity::match
