// C2SP tlog-tiles: how a log is published as static files.
//
//   tile/<L>/<N>[.p/<W>]   256 hashes of level L; tile/entries/<N>[.p/<W>]: entries, each uint16
//   big-endian length + bytes N as "x001/x234/067"
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/audit/merkle.h"

namespace cdp::audit {

inline constexpr std::uint64_t kTileWidth = 256;

std::string tile_path(unsigned level, std::uint64_t number,
                      std::uint64_t width);  // width 256 = full
std::string entries_path(std::uint64_t number, std::uint64_t width);

struct TileName {
  std::optional<unsigned> level;  // none = entries
  std::uint64_t number = 0;
  std::uint64_t width = kTileWidth;
};
Result<TileName> parse_tile_path(
    std::string_view path);  // without the leading "tile/" being optional: it is required

// The bytes of a hash tile of a tree of `size` leaves. Errors: not_found when the tree has no such
// tile.
Result<Bytes> hash_tile(const TileName& name, std::uint64_t size, const LeafReader& leaf);
// Entries bundle and back.
Bytes pack_entries(const std::vector<Bytes>& entries);
Result<std::vector<Bytes>> unpack_entries(ByteView bundle);

}  // namespace cdp::audit
