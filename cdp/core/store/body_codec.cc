#include "cdp/core/store/body_codec.h"

#include <zstd.h>

#include <memory>

#include "cdp/core/base/limits.h"
#include "cdp/core/store/body_dictionary.h"

namespace cdp::store {
namespace {

// First byte of a packed body: how to read the rest.
constexpr std::uint8_t kPlainZstd = 1;    // zstd without a dictionary
constexpr std::uint8_t kDictionary1 = 2;  // zstd with body_dictionary_v1()
constexpr int kLevel = 1;
constexpr std::size_t kStepBytes = 32;
constexpr std::size_t kHeaderBytes = 4;  // the format byte and a 24-bit little-endian length
constexpr std::size_t kCompressedBytesMax = (std::size_t{1} << 24) - 1;
constexpr std::size_t kUnpackedBytesMax = 2 * limits::kEventBytesMax;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

const ZSTD_CDict* compression_dictionary() {
  static const std::unique_ptr<ZSTD_CDict, FreeContext> dictionary(
      ZSTD_createCDict(body_dictionary_v1().data(), body_dictionary_v1().size(), kLevel));
  return dictionary.get();
}

const ZSTD_DDict* decompression_dictionary() {
  static const std::unique_ptr<ZSTD_DDict, FreeContext> dictionary(
      ZSTD_createDDict(body_dictionary_v1().data(), body_dictionary_v1().size()));
  return dictionary.get();
}

ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context = [] {
    std::unique_ptr<ZSTD_CCtx, FreeContext> made(ZSTD_createCCtx());
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_compressionLevel, kLevel);
    // The format byte names the dictionary, the seal checks the bytes: neither is said twice.
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_dictIDFlag, 0);
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_checksumFlag, 0);
    ZSTD_CCtx_refCDict(made.get(), compression_dictionary());
    return made;
  }();
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

tl::unexpected<Error> does_not_open() {
  return fail(ErrorCode::corrupt, "a stored body does not unpack",
              "restore the ledger from a backup");
}

// The compressed part, once format byte, length and padding are as pack() leaves them.
Result<ByteView> compressed_part(ByteView packed) {
  if (packed.size() < kStepBytes || packed.size() % kStepBytes != 0) return does_not_open();
  const std::size_t size = packed[1] | std::size_t{packed[2]} << 8 | std::size_t{packed[3]} << 16;
  if (size > packed.size() - kHeaderBytes || packed.size() - kHeaderBytes - size >= kStepBytes) {
    return does_not_open();
  }
  for (const std::uint8_t byte : packed.subspan(kHeaderBytes + size)) {
    if (byte != 0) return does_not_open();
  }
  return packed.subspan(kHeaderBytes, size);
}

}  // namespace

BodyCodec::BodyCodec(std::string tenant) : tenant_(std::move(tenant)) {}

Bytes BodyCodec::pack(ByteView plain) const {
  // Into a scratch that stays: the bound is far above what is kept, and clearing and shrinking a
  // fresh buffer of that size costs more than copying the little that comes out.
  thread_local Bytes scratch;
  if (scratch.size() < ZSTD_compressBound(plain.size())) {
    scratch.resize(ZSTD_compressBound(plain.size()));
  }
  const std::size_t size =
      ZSTD_compress2(compressor(), scratch.data(), scratch.size(), plain.data(), plain.size());
  // With room for the bound zstd fails only without memory, and a body over the limit is a bug of
  // the caller; an empty body never unpacks, so neither is ever read as data.
  if (ZSTD_isError(size) != 0U || size > kCompressedBytesMax) return {};
  const std::size_t padded = (kHeaderBytes + size + kStepBytes - 1) / kStepBytes * kStepBytes;
  Bytes packed(padded);
  packed[0] = kDictionary1;
  packed[1] = static_cast<std::uint8_t>(size);
  packed[2] = static_cast<std::uint8_t>(size >> 8);
  packed[3] = static_cast<std::uint8_t>(size >> 16);
  std::copy_n(scratch.begin(), size, packed.begin() + kHeaderBytes);
  return packed;
}

Result<Bytes> BodyCodec::unpack(ByteView packed) const {
  CDP_TRY(const ByteView compressed, compressed_part(packed));
  if (packed[0] != kPlainZstd && packed[0] != kDictionary1) {
    return fail(ErrorCode::corrupt, "a stored body has an unknown format",
                "run the version that wrote it");
  }
  const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
      size > kUnpackedBytesMax) {
    return does_not_open();
  }
  Bytes plain(size);
  const std::size_t written = ZSTD_decompress_usingDDict(
      decompressor(), plain.data(), plain.size(), compressed.data(), compressed.size(),
      packed[0] == kDictionary1 ? decompression_dictionary() : nullptr);
  if (ZSTD_isError(written) != 0U || written != plain.size()) return does_not_open();
  return plain;
}

Bytes BodyCodec::seal(ByteView packed, ByteView key32, const PersonaId& persona,
                      std::string_view kind, std::uint64_t record, Random& random) const {
  return crypto::seal(
      key32,
      crypto::SealContext{
          .tenant = tenant_, .persona = persona.bytes(), .kind = kind, .record = record},
      packed, random);
}

Result<Bytes> BodyCodec::open(ByteView sealed, ByteView key32, const PersonaId& persona,
                              std::string_view kind, std::uint64_t record) const {
  return crypto::open(
      key32,
      crypto::SealContext{
          .tenant = tenant_, .persona = persona.bytes(), .kind = kind, .record = record},
      sealed);
}

}  // namespace cdp::store
