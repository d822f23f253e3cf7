#include "compliance/evidence/log_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cdp/core/audit/tile.h"

namespace cdp::compliance {

Result<void> each_entry(const store::Ledger& ledger, std::uint64_t from, std::uint64_t to,
                        const EntryCallback& entry) {
  constexpr std::uint64_t kRowsPerRead = audit::kTileWidth;  // at most 16 MB at a time
  std::vector<Bytes> chunk;
  while (from < to) {
    const std::uint64_t end = std::min(to, from + kRowsPerRead);
    chunk.clear();
    bool in_order = true;
    CDP_CHECK(ledger.read_audit(from, end, [&](const store::AuditRow& row) {
      in_order = in_order && row.index == from + chunk.size();
      chunk.push_back(row.entry);
    }));
    if (!in_order || chunk.size() != end - from) {
      return fail(ErrorCode::corrupt, "the audit log misses an entry",
                  "restore the ledger from a backup");
    }
    for (const Bytes& one : chunk) CDP_CHECK(entry(from++, one));
  }
  return {};
}

Result<Bytes> published_tile(const store::Ledger& ledger, std::uint64_t size,
                             std::string_view path) {
  CDP_TRY(const audit::TileName name, audit::parse_tile_path(path));
  const unsigned shift = 8 * name.level.value_or(0);
  const std::uint64_t units = size >> shift;  // entries or subtrees that a tile of this level holds
  if (name.number > units / audit::kTileWidth ||
      name.number * audit::kTileWidth + name.width > units) {
    return fail(ErrorCode::not_found, "the log has no such tile yet",
                "read the checkpoint again for its size");
  }
  const std::uint64_t first = (name.number * audit::kTileWidth) << shift;
  const std::uint64_t end = first + (name.width << shift);
  if (!name.level) {
    std::vector<Bytes> entries;
    CDP_CHECK(each_entry(ledger, first, end, [&](std::uint64_t, const Bytes& entry) {
      entries.push_back(entry);
      return Result<void>();
    }));
    return audit::pack_entries(entries);
  }
  Bytes out;
  audit::Frontier subtree;
  CDP_CHECK(each_entry(ledger, first, end, [&](std::uint64_t, const Bytes& entry) {
    subtree.append(audit::leaf_hash(entry));
    if (subtree.size() == std::uint64_t{1} << shift) {
      const audit::Hash hash = std::exchange(subtree, {}).root();
      out.insert(out.end(), hash.begin(), hash.end());
    }
    return Result<void>();
  }));
  return out;
}

}  // namespace cdp::compliance
