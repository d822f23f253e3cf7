// One well-formed CSV record -> one verdict. The words are in csv_import.h.
//
// Thread-safety: pure. Errors: none; a row that cannot be used is a Rejected.
#pragma once

#include <string>
#include <vector>

#include "connectors/csv/column_map.h"
#include "connectors/source.h"

namespace cdp::connectors::csv {

// As many fields as targets.
Translated translate_row(const std::vector<std::string>& fields, const std::vector<Target>& targets,
                         const consent::SourceConfig& config, std::string message_id,
                         Time received_at);

}  // namespace cdp::connectors::csv
