#include "cdp/core/audit/tile.h"

#include <charconv>

namespace cdp::audit {
namespace {

constexpr unsigned kLevelsMax = 8;         // 256^8 leaves are more than 64 bits can count
constexpr std::size_t kPathBytesMax = 64;  // the longest right one has 45

std::string three_digits(std::uint64_t number) {
  std::string out = std::to_string(number);
  return std::string(3 - out.size(), '0') + out;
}

// 1234067 -> "x001/x234/067"
std::string number_path(std::uint64_t number) {
  std::string path = three_digits(number % 1000);
  for (number /= 1000; number > 0; number /= 1000) {
    path = "x" + three_digits(number % 1000) + "/" + path;
  }
  return path;
}

std::string with_width(std::string path, std::uint64_t width) {
  if (width != kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

tl::unexpected<Error> bad_path() {
  return fail(ErrorCode::invalid_argument, "not the path of a tile",
              "tile/<level>/<number>[.p/<width>] or tile/entries/<number>[.p/<width>]");
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// Lenient: the caller compares with the one right form.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != 'x' && c != '/') digits.push_back(c);
  }
  return decimal(digits);
}

}  // namespace

std::string tile_path(unsigned level, std::uint64_t number, std::uint64_t width) {
  return with_width("tile/" + std::to_string(level) + "/" + number_path(number), width);
}

std::string entries_path(std::uint64_t number, std::uint64_t width) {
  return with_width("tile/entries/" + number_path(number), width);
}

Result<TileName> parse_tile_path(std::string_view path) {
  const std::string_view whole = path;
  if (path.size() > kPathBytesMax || !path.starts_with("tile/")) return bad_path();
  path.remove_prefix(5);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return bad_path();
  TileName name;
  if (path.substr(0, slash) != "entries") {
    const auto level = decimal(path.substr(0, slash));
    if (!level || *level >= kLevelsMax) return bad_path();
    name.level = static_cast<unsigned>(*level);
  }
  path.remove_prefix(slash + 1);
  if (const std::size_t partial = path.find(".p/"); partial != std::string_view::npos) {
    const auto width = decimal(path.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return bad_path();
    name.width = *width;
    path = path.substr(0, partial);
  }
  const auto number = parse_number(path);
  if (!number) return bad_path();
  name.number = *number;
  const std::string right = name.level ? tile_path(*name.level, name.number, name.width)
                                       : entries_path(name.number, name.width);
  if (right != whole) return bad_path();
  return name;
}

Result<Bytes> hash_tile(const TileName& name, std::uint64_t size, const LeafReader& leaf) {
  if (!name.level || *name.level >= kLevelsMax || name.width == 0 || name.width > kTileWidth) {
    return fail(ErrorCode::invalid_argument, "not the name of a hash tile");
  }
  const unsigned shift = 8 * *name.level;
  const std::uint64_t hashes = size >> shift;  // complete subtrees of this level
  if (name.number > hashes / kTileWidth || name.number * kTileWidth + name.width > hashes) {
    return fail(ErrorCode::not_found, "the tree has no such tile");
  }
  Bytes out;
  out.reserve(name.width * 32);
  for (std::uint64_t i = 0; i < name.width; ++i) {
    const std::uint64_t first = (name.number * kTileWidth + i) << shift;
    const Hash hash =
        root_of(std::uint64_t{1} << shift, [&](std::uint64_t k) { return leaf(first + k); });
    out.insert(out.end(), hash.begin(), hash.end());
  }
  return out;
}

Bytes pack_entries(const std::vector<Bytes>& entries) {
  Bytes out;
  if (entries.size() > kTileWidth) return out;
  for (const Bytes& entry : entries) {
    if (entry.size() > 65'535) return {};
    out.push_back(static_cast<std::uint8_t>(entry.size() >> 8U));
    out.push_back(static_cast<std::uint8_t>(entry.size() & 255U));
    out.insert(out.end(), entry.begin(), entry.end());
  }
  return out;
}

Result<std::vector<Bytes>> unpack_entries(ByteView bundle) {
  std::vector<Bytes> entries;
  std::size_t at = 0;
  while (at < bundle.size()) {
    const auto refuse = [&](const char* what) {
      return fail(ErrorCode::invalid_argument,
                  "the bundle " + std::string(what) + " at byte " + std::to_string(at));
    };
    if (entries.size() == kTileWidth) return refuse("has more than 256 entries,");
    if (bundle.size() - at < 2) return refuse("breaks off in the length of an entry");
    const std::size_t length = static_cast<std::size_t>(bundle[at]) * 256 + bundle[at + 1];
    if (bundle.size() - at - 2 < length) return refuse("breaks off in the entry that starts");
    const ByteView entry = bundle.subspan(at + 2, length);
    entries.emplace_back(entry.begin(), entry.end());
    at += 2 + length;
  }
  return entries;
}

Result<void> TileBuilder::append(const Hash& leaf) {
  frontier_.append(leaf);
  Hash hash = leaf;
  for (std::size_t i = 0;; ++i) {
    if (i == levels_.size()) levels_.emplace_back();
    Level& level = levels_[i];
    level.hashes.push_back(hash);
    if (level.hashes.size() < kTileWidth) return {};
    Bytes tile;
    tile.reserve(kTileWidth * 32);
    for (const Hash& one : level.hashes) tile.insert(tile.end(), one.begin(), one.end());
    CDP_CHECK(sink_({static_cast<unsigned>(i), level.number, kTileWidth}, tile));
    hash = root_of(kTileWidth, [&](std::uint64_t k) { return level.hashes[k]; });
    level.hashes.clear();
    ++level.number;
  }
}

Result<void> TileBuilder::finish() {
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const Level& level = levels_[i];
    if (level.hashes.empty()) continue;
    Bytes tile;
    for (const Hash& one : level.hashes) tile.insert(tile.end(), one.begin(), one.end());
    CDP_CHECK(sink_({static_cast<unsigned>(i), level.number, level.hashes.size()}, tile));
  }
  return {};
}

}  // namespace cdp::audit
