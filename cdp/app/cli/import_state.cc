#include "cdp/app/cli/import_state.h"

#include <fstream>

#include "cdp/app/cli/verb.h"
#include "cdp/app/durable_file.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::app::cli {
namespace {

std::string hash_of(const ImportedFile& file) {
  const std::string text = file.source + "\n" + file.path.string();
  return to_hex(crypto::sha256(as_bytes(text))).substr(0, 16);
}

std::uint64_t number_of(const json::Value& object, std::string_view key) {
  const auto value = object.get(key);
  return static_cast<std::uint64_t>(value ? value->integer().value_or(0) : 0);
}

}  // namespace

ImportState::ImportState(const std::filesystem::path& directory, const ImportedFile& file)
    : place_(directory / ("import-" + hash_of(file) + ".json")),
      bytes_(file.bytes),
      changed_at_s_(file.changed_at_s) {}

ImportProgress ImportState::load() const {
  std::ifstream in(place_, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto document = json::Document::parse(text);
  if (!document) return {};
  const auto root = document->root();
  const auto next = root.get("next");
  const bool same = number_of(root, "bytes") == bytes_ &&
                    number_of(root, "changed_at_s") == static_cast<std::uint64_t>(changed_at_s_);
  if (!next || !same) return {};
  return {next->minified(), number_of(root, "rows"), number_of(root, "accepted"),
          number_of(root, "duplicates"), number_of(root, "rejected")};
}

Result<void> ImportState::save(const ImportProgress& progress) const {
  return write_durably(place_,
                       JsonObject()
                           .raw("next", progress.next)
                           .raw("rows", std::to_string(progress.rows))
                           .raw("accepted", std::to_string(progress.accepted))
                           .raw("duplicates", std::to_string(progress.duplicates))
                           .raw("rejected", std::to_string(progress.rejected))
                           .raw("bytes", std::to_string(bytes_))
                           .raw("changed_at_s", std::to_string(changed_at_s_))
                           .done(),
                       0600);
}

void ImportState::forget() const {
  std::error_code ignored;
  std::filesystem::remove(place_, ignored);
}

}  // namespace cdp::app::cli
