// C2SP tlog-tiles: how a log is published as static files.
//
//   tile/<L>/<N>[.p/<W>]         256 hashes of level L
//   tile/entries/<N>[.p/<W>]     entries, each uint16 big-endian length + bytes
//   N as "x001/x234/067"; W = 1 to 255 of a tile that is not full
//
// Thread-safety: pure functions; a TileBuilder belongs to one thread. Errors: invalid_argument for
// a path or bundle in any other than the one right form.
#pragma once

#include <functional>
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
// Entries bundle and back. pack_entries asks for at most 256 entries of at most 65,535 bytes (Trail
// makes no other) and answers nothing otherwise. unpack_entries names the byte where a bundle
// breaks off.
Bytes pack_entries(const std::vector<Bytes>& entries);
Result<std::vector<Bytes>> unpack_entries(ByteView bundle);

// All tiles of a log from one pass over its leaves: every tile is handed out once, as soon as it is
// full, and the partial ones by finish(). Memory: one tile per level.
class TileBuilder {
 public:
  using Sink = std::function<Result<void>(const TileName&, ByteView)>;
  explicit TileBuilder(Sink sink) : sink_(std::move(sink)) {}
  Result<void> append(const Hash& leaf);
  Result<void> finish();
  const Frontier& frontier() const { return frontier_; }

 private:
  Sink sink_;
  Frontier frontier_;
  struct Level {
    std::vector<Hash> hashes;  // of the tile that is being filled
    std::uint64_t number = 0;
  };
  std::vector<Level> levels_;
};

}  // namespace cdp::audit
