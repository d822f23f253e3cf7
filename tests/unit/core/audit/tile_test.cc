#include "cdp/core/audit/tile.h"

#include <gtest/gtest.h>

#include "cdp/core/base/random.h"

namespace cdp::audit {
namespace {

std::vector<Hash> leaves(std::uint64_t count) {
  std::vector<Hash> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string text = "leaf " + std::to_string(i);
    out.push_back(leaf_hash(as_bytes(text)));
  }
  return out;
}

TEST(Tile, PathsReadAsTheSpecificationSays) {
  EXPECT_EQ(tile_path(0, 0, 256), "tile/0/000");
  EXPECT_EQ(tile_path(0, 1'234'067, 256), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path(1, 273, 17), "tile/1/273.p/17");
  EXPECT_EQ(entries_path(1'000, 256), "tile/entries/x001/000");
  EXPECT_EQ(entries_path(0, 1), "tile/entries/000.p/1");
}

TEST(Tile, EveryPathComesBack) {
  SeededRandom random(7);
  for (int i = 0; i < 2'000; ++i) {
    const auto number = random.next_u64() >> random.below(64);
    const auto width = 1 + random.below(256);
    const auto level = static_cast<unsigned>(random.below(8));
    const TileName hash = parse_tile_path(tile_path(level, number, width)).value();
    EXPECT_EQ(hash.level, level);
    EXPECT_EQ(hash.number, number);
    EXPECT_EQ(hash.width, width);
    const TileName entries = parse_tile_path(entries_path(number, width)).value();
    EXPECT_FALSE(entries.level.has_value());
    EXPECT_EQ(entries.number, number);
    EXPECT_EQ(entries.width, width);
  }
}

TEST(Tile, RefusesEveryOtherFormOfAPath) {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/00/000",
                           "tile/8/000",
                           "tile/-1/000",
                           "tile/0/x000/000",
                           "tile/0/x01/000",
                           "tile/0/001/000",
                           "tile/0/x001/x000",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1/",
                           "/tile/0/000",
                           "0/000",
                           "tile/entries",
                           "tile/entries/x",
                           "tile/Entries/000",
                           "tile/0/../000",
                           "tile/0/000/",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
    EXPECT_FALSE(parse_tile_path(path)) << path;
  }
}

TEST(TileBuilder, HandsOutTheTilesOfTheDefinition) {
  for (const std::uint64_t size : {0U, 1U, 255U, 256U, 257U, 511U, 512U, 700U}) {
    const auto hashes = leaves(size);
    const LeafReader reader = [&](std::uint64_t i) { return hashes.at(i); };
    std::size_t tiles = 0;
    TileBuilder builder([&](const TileName& name, ByteView bytes) -> Result<void> {
      ++tiles;
      const Bytes wanted = hash_tile(name, size, reader).value();
      EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), wanted.begin(), wanted.end()));
      return {};
    });
    for (const Hash& hash : hashes) ASSERT_TRUE(builder.append(hash));
    ASSERT_TRUE(builder.finish());
    EXPECT_EQ(tiles, (size + 255) / 256 + (size >= 256 ? 1 : 0)) << size;
    EXPECT_EQ(builder.frontier().root(), root_of(size, reader));
  }
}

TEST(TileBuilder, StopsWhenATileCannotBeWritten) {
  TileBuilder builder([](const TileName&, ByteView) -> Result<void> {
    return fail(ErrorCode::unavailable, "disk full");
  });
  for (int i = 0; i < 255; ++i) ASSERT_TRUE(builder.append(Hash{}));
  EXPECT_FALSE(builder.append(Hash{}));
}

TEST(Tile, AnswersNotFoundBeyondTheTree) {
  const auto hashes = leaves(600);
  const LeafReader reader = [&](std::uint64_t i) { return hashes.at(i); };
  EXPECT_TRUE(hash_tile({0, 2, 88}, 600, reader));
  EXPECT_TRUE(hash_tile({0, 2, 87}, 600, reader));  // what an older, smaller tree published
  EXPECT_TRUE(hash_tile({1, 0, 2}, 600, reader));
  for (const TileName& name :
       {TileName{0, 2, 89}, TileName{0, 2, 256}, TileName{0, 3, 1}, TileName{1, 0, 3},
        TileName{2, 0, 1}, TileName{7, 0, 1}, TileName{0, ~std::uint64_t{0}, 1}}) {
    EXPECT_EQ(hash_tile(name, 600, reader).error().code, ErrorCode::not_found);
  }
  EXPECT_EQ(hash_tile({std::nullopt, 0, 1}, 600, reader).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(hash_tile({8, 0, 1}, 600, reader).error().code, ErrorCode::invalid_argument);
}

TEST(Entries, ComeBackFromTheirBundle) {
  SeededRandom random(3);
  for (std::size_t count : {0U, 1U, 2U, 100U, 256U}) {
    std::vector<Bytes> entries(count);
    for (Bytes& entry : entries) {
      entry.resize(random.below(700));
      random.fill(entry);
    }
    if (count > 1) entries[1].resize(65'535);
    EXPECT_EQ(unpack_entries(pack_entries(entries)).value(), entries);
  }
}

TEST(Entries, RefusesABundleThatBreaksOff) {
  const Bytes bundle = pack_entries({{1, 2, 3}, {}, {4}});
  const std::vector<std::size_t> whole = {0, 5, 7, 10};  // where an entry ends
  for (std::size_t length = 0; length <= bundle.size(); ++length) {
    const bool ends_well = std::find(whole.begin(), whole.end(), length) != whole.end();
    EXPECT_EQ(unpack_entries(ByteView(bundle).first(length)).has_value(), ends_well) << length;
  }
  EXPECT_FALSE(unpack_entries(Bytes(514)));  // 257 empty entries
  EXPECT_TRUE(pack_entries(std::vector<Bytes>(257)).empty());
  EXPECT_TRUE(pack_entries({Bytes(65'536)}).empty());
}

}  // namespace
}  // namespace cdp::audit
