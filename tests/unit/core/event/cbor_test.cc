#include "cdp/core/event/cbor.h"

#include <nlohmann/json.hpp>

#include "cdp/core/base/random.h"

namespace cdp::event::cbor {
namespace {

template <class F>
std::string written(F&& write) {
  Writer writer;
  write(writer);
  return to_hex(writer.take());
}

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// RFC 8949 appendix A, the rows of our subset.
TEST(Cbor, WritesTheRfcsExamples) {
  const auto uint = [](std::uint64_t n) { return written([n](Writer& w) { w.uint(n); }); };
  EXPECT_EQ(uint(0), "00");
  EXPECT_EQ(uint(23), "17");
  EXPECT_EQ(uint(24), "1818");
  EXPECT_EQ(uint(100), "1864");
  EXPECT_EQ(uint(1000), "1903e8");
  EXPECT_EQ(uint(1'000'000), "1a000f4240");
  EXPECT_EQ(uint(1'000'000'000'000), "1b000000e8d4a51000");
  EXPECT_EQ(uint(18'446'744'073'709'551'615U), "1bffffffffffffffff");
  const auto integer = [](std::int64_t n) { return written([n](Writer& w) { w.integer(n); }); };
  EXPECT_EQ(integer(10), "0a");
  EXPECT_EQ(integer(-1), "20");
  EXPECT_EQ(integer(-100), "3863");
  EXPECT_EQ(integer(-1000), "3903e7");
  EXPECT_EQ(integer(INT64_MIN), "3b7fffffffffffffff");
  EXPECT_EQ(written([](Writer& w) { w.bytes(Bytes{1, 2, 3, 4}); }), "4401020304");
  EXPECT_EQ(written([](Writer& w) { w.text("IETF"); }), "6449455446");
  EXPECT_EQ(written([](Writer& w) { w.text(""); }), "60");
  EXPECT_EQ(written([](Writer& w) { w.boolean(false); }), "f4");
  EXPECT_EQ(written([](Writer& w) { w.boolean(true); }), "f5");
  EXPECT_EQ(written([](Writer& w) { w.null(); }), "f6");
  EXPECT_EQ(written([](Writer& w) { w.array(25); }), "9819");
  EXPECT_EQ(written([](Writer& w) {
              w.map(2);
              w.text("a");
              w.uint(1);
              w.text("b");
              w.array(2);
              w.uint(2);
              w.uint(3);
            }),
            "a26161016162820203");
}

TEST(Cbor, ReadsBackEveryInteger) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t value = random.next_u64() >> random.below(64);
    Writer writer;
    writer.uint(value);
    writer.integer(static_cast<std::int64_t>(value));
    const Bytes bytes = writer.take();
    Reader reader(bytes);
    ASSERT_EQ(reader.uint().value(), value);
    ASSERT_EQ(reader.integer().value(), static_cast<std::int64_t>(value));
    ASSERT_TRUE(reader.done());
  }
}

TEST(Cbor, RefusesWhatIsNotInItsShortestForm) {
  for (const char* text :
       {"1800", "1817", "190000", "1900ff", "1a0000ffff", "1b00000000ffffffff"}) {
    const Bytes bytes = hex(text);
    EXPECT_EQ(Reader(bytes).uint().error().code, ErrorCode::corrupt) << text;
    EXPECT_FALSE(Reader(bytes).integer()) << text;
  }
  EXPECT_FALSE(Reader(hex("5800")).bytes());
  EXPECT_FALSE(Reader(hex("7801")).text());
}

TEST(Cbor, RefusesIndefiniteAndReservedLengths) {
  for (const char* text : {"5f", "7f", "9f", "bf", "1c", "1d", "1e", "1f", "ff", "f7", "f8ff"}) {
    const Bytes bytes = hex(text);
    EXPECT_FALSE(Reader(bytes).uint()) << text;
    EXPECT_FALSE(Reader(bytes).bytes()) << text;
    EXPECT_FALSE(Reader(bytes).text()) << text;
    EXPECT_FALSE(Reader(bytes).array()) << text;
    EXPECT_FALSE(Reader(bytes).map()) << text;
    EXPECT_FALSE(Reader(bytes).boolean()) << text;
    EXPECT_FALSE(Reader(bytes).skip_null()) << text;
  }
}

TEST(Cbor, RefusesAnotherTypeAndStaysWhereItWas) {
  const Bytes bytes = hex("6161");
  Reader reader(bytes);
  EXPECT_FALSE(reader.uint());
  EXPECT_FALSE(reader.bytes());
  EXPECT_FALSE(reader.skip_null());
  EXPECT_EQ(reader.text().value(), "a");
  EXPECT_TRUE(reader.done());
}

TEST(Cbor, RefusesLengthsBeyondTheBytes) {
  EXPECT_FALSE(Reader(hex("42ff")).bytes());
  EXPECT_FALSE(Reader(hex("7bffffffffffffffff61")).text());
  EXPECT_FALSE(Reader(hex("9bffffffffffffffff")).array());
  EXPECT_FALSE(Reader(hex("a1")).map());
  EXPECT_FALSE(Reader(hex("bbffffffffffffffff0000")).map());
  EXPECT_FALSE(Reader({}).uint());
  EXPECT_FALSE(Reader({}).boolean());
}

TEST(Cbor, RefusesIntegersBeyond64BitsWithSign) {
  EXPECT_FALSE(Reader(hex("1b8000000000000000")).integer());
  EXPECT_FALSE(Reader(hex("3b8000000000000000")).integer());
  EXPECT_EQ(Reader(hex("3b7fffffffffffffff")).integer().value(), INT64_MIN);
}

// A random value, written by us and put together in memory for nlohmann.
nlohmann::json write_random(SeededRandom* random, Writer* writer, int depth) {
  const std::uint64_t kind = random->below(depth > 4 ? 6 : 8);
  if (kind == 0) {
    const std::uint64_t n = random->next_u64() >> random->below(64);
    writer->uint(n);
    return n;
  }
  if (kind == 1) {
    const auto n = static_cast<std::int64_t>(random->next_u64()) >> random->below(63);
    writer->integer(n);
    return n;
  }
  if (kind == 2) {
    const std::string text(random->below(300), 'x');
    writer->text(text);
    return text;
  }
  if (kind == 3) {
    Bytes bytes(random->below(70));
    random->fill(bytes);
    writer->bytes(bytes);
    return nlohmann::json::binary(bytes);
  }
  if (kind == 4) {
    writer->boolean(depth % 2 == 0);
    return depth % 2 == 0;
  }
  if (kind == 5) {
    writer->null();
    return nullptr;
  }
  const std::size_t size = random->below(30);
  nlohmann::json out = kind == 6 ? nlohmann::json::array() : nlohmann::json::object();
  kind == 6 ? writer->array(size) : writer->map(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (kind == 6) {
      out.push_back(write_random(random, writer, depth + 1));
    } else {
      const std::string key = std::to_string(i);
      writer->text(key);
      out[key] = write_random(random, writer, depth + 1);
    }
  }
  return out;
}

TEST(Cbor, IsReadByAnotherImplementation) {
  SeededRandom random(77);
  for (int i = 0; i < 100; ++i) {
    Writer writer;
    const nlohmann::json wanted = write_random(&random, &writer, 0);
    EXPECT_EQ(nlohmann::json::from_cbor(writer.take()), wanted);
  }
}

}  // namespace
}  // namespace cdp::event::cbor
