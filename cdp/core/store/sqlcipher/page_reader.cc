#include "cdp/core/store/sqlcipher/page_reader.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fstream>
#include <optional>

namespace cdp::store::sqlcipher {
namespace {

constexpr std::size_t kPageBytes = 8'192;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kIvBytes = 16;
constexpr std::size_t kMacBytes = 64;
constexpr std::size_t kReserveBytes = kIvBytes + kMacBytes;
constexpr std::size_t kBodyBytes = kPageBytes - kReserveBytes;
constexpr std::size_t kWalHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr int kMacKeyRounds = 2;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

class PageCipher {
 public:
  static Result<PageCipher> make(ByteView key32, ByteView salt) {
    PageCipher cipher;
    cipher.key_.assign(key32.begin(), key32.end());
    Bytes mac_salt(salt.begin(), salt.end());
    for (std::uint8_t& byte : mac_salt) byte ^= 0x3a;
    cipher.mac_key_.resize(32);
    cipher.context_.reset(EVP_CIPHER_CTX_new());
    const bool derived =
        PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(key32.data()),
                          static_cast<int>(key32.size()), mac_salt.data(),
                          static_cast<int>(mac_salt.size()), kMacKeyRounds, EVP_sha512(),
                          static_cast<int>(cipher.mac_key_.size()), cipher.mac_key_.data()) == 1;
    if (!derived || !cipher.context_) {
      return fail(ErrorCode::internal, "the page key could not be derived");
    }
    return cipher;
  }

  bool verifies(std::uint32_t number, ByteView page) const {
    const std::size_t start = number == 1 ? kSaltBytes : 0;
    Bytes input(page.begin() + std::ptrdiff_t(start),
                page.begin() + std::ptrdiff_t(kBodyBytes + kIvBytes));
    for (int shift = 0; shift < 32; shift += 8) {
      input.push_back(static_cast<std::uint8_t>(number >> shift));
    }
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac{};
    unsigned int size = 0;
    HMAC(EVP_sha512(), mac_key_.data(), static_cast<int>(mac_key_.size()), input.data(),
         input.size(), mac.data(), &size);
    return equal_constant_time(ByteView(mac).first(size), page.last(kMacBytes));
  }

  // The page as SQLite sees it, without the reserve.
  Result<Bytes> decrypt(std::uint32_t number, ByteView page) const {
    const std::size_t start = number == 1 ? kSaltBytes : 0;
    Bytes plain(kBodyBytes);
    std::ranges::copy(kMagic, plain.begin());
    int size = 0;
    const bool done =
        EVP_DecryptInit_ex(context_.get(), EVP_aes_256_cbc(), nullptr, key_.data(),
                           page.data() + kBodyBytes) == 1 &&
        EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1 &&
        EVP_DecryptUpdate(context_.get(), plain.data() + start, &size, page.data() + start,
                          static_cast<int>(kBodyBytes - start)) == 1;
    if (!done) return fail(ErrorCode::internal, "a page could not be decrypted");
    return plain;
  }

 private:
  Bytes key_;
  Bytes mac_key_;
  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context_;
};

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// Fills `into` from the stream; how many bytes came.
std::size_t read_some(std::ifstream& in, Bytes* into) {
  in.read(reinterpret_cast<char*>(into->data()), static_cast<std::streamsize>(into->size()));
  return static_cast<std::size_t>(in.gcount());
}

Result<void> each_main_page(std::ifstream& in, const PageCipher& cipher, const PageCallback& page) {
  Bytes raw(kPageBytes);
  for (std::uint32_t number = 1;; ++number) {
    const std::size_t size = read_some(in, &raw);
    if (size == 0) return {};
    if (size == kPageBytes && all_zero(raw)) {
      page(number, ByteView(raw).first(kBodyBytes), false);
      continue;
    }
    if (size != kPageBytes || !cipher.verifies(number, raw)) {
      return fail(ErrorCode::corrupt, "a page of a database file does not verify",
                  "restore it from a backup");
    }
    CDP_TRY(const Bytes plain, cipher.decrypt(number, raw));
    page(number, plain, false);
  }
}

Result<Bytes> main_page(std::ifstream& in, const PageCipher& cipher, std::uint32_t number) {
  Bytes raw(kPageBytes);
  in.clear();
  in.seekg(static_cast<std::streamoff>(std::uint64_t{number - 1} * kPageBytes));
  if (number == 0 || read_some(in, &raw) != kPageBytes || !cipher.verifies(number, raw)) {
    return fail(ErrorCode::corrupt, "a page of a database file does not verify",
                "restore it from a backup");
  }
  return cipher.decrypt(number, raw);
}

Result<void> each_frame(std::ifstream& in, const PageCipher& cipher, const PageCallback& page) {
  Bytes header(kWalHeaderBytes);
  if (read_some(in, &header) < header.size()) return {};
  Bytes frame(kFrameHeaderBytes + kPageBytes);
  for (;;) {
    std::ranges::fill(frame, std::uint8_t{0});
    if (read_some(in, &frame) <= kFrameHeaderBytes) return {};
    const std::uint32_t number = std::uint32_t{frame[0]} << 24 | std::uint32_t{frame[1]} << 16 |
                                 std::uint32_t{frame[2]} << 8 | std::uint32_t{frame[3]};
    CDP_TRY(const Bytes plain, cipher.decrypt(number, ByteView(frame).subspan(kFrameHeaderBytes)));
    page(number, plain, true);
  }
}

struct OpenFile {
  std::ifstream main;
  PageCipher cipher;

  static Result<OpenFile> open(const std::filesystem::path& file, ByteView key32) {
    if (key32.size() != 32) return fail(ErrorCode::invalid_argument, "a database key is 32 bytes");
    std::ifstream main(file, std::ios::binary);
    Bytes salt(kSaltBytes);
    if (!main || read_some(main, &salt) != kSaltBytes) {
      return fail(ErrorCode::unavailable, "a database file could not be read");
    }
    main.seekg(0);
    CDP_TRY(PageCipher cipher, PageCipher::make(key32, salt));
    return OpenFile{std::move(main), std::move(cipher)};
  }
};

}  // namespace

Result<void> each_page(const std::filesystem::path& file, ByteView key32,
                       const PageCallback& page) {
  CDP_TRY(auto opened, OpenFile::open(file, key32));
  CDP_CHECK(each_main_page(opened.main, opened.cipher, page));
  std::filesystem::path wal = file;
  wal += "-wal";
  std::ifstream log(wal, std::ios::binary);
  if (!log) return {};
  return each_frame(log, opened.cipher, page);
}

namespace {

constexpr std::size_t kFileHeaderBytes = 100;
constexpr std::uint8_t kTableInterior = 5;
constexpr std::uint8_t kTableLeaf = 13;

std::uint32_t big_endian(ByteView page, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size && at + i < page.size(); ++i) value = value << 8 | page[at + i];
  return value;
}

std::size_t tree_header(std::uint32_t number) { return number == 1 ? kFileHeaderBytes : 0; }

// Where the cells of a page of a b-tree begin. `header_bytes`: 8 of a leaf, 12 of an interior page.
std::vector<std::size_t> cells_of(std::uint32_t number, ByteView page, std::size_t header_bytes) {
  const std::size_t header = tree_header(number);
  const std::size_t count = big_endian(page, header + 3, 2);
  std::vector<std::size_t> cells;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t pointer = header + header_bytes + 2 * i;
    if (pointer + 2 > page.size()) return {};
    cells.push_back(big_endian(page, pointer, 2));
  }
  return cells;
}

// SQLite's integers of one to nine bytes. Nothing at the end of the page.
std::optional<std::uint64_t> varint(ByteView page, std::size_t* at) {
  std::uint64_t value = 0;
  for (int i = 0; i < 9 && *at < page.size(); ++i) {
    const std::uint8_t byte = page[(*at)++];
    if (i == 8) return value << 8 | byte;
    value = value << 7 | (byte & 0x7FU);
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

// The record of a leaf cell. Nothing when it goes on elsewhere: its end is not known here.
std::optional<PageSpan> record_of(ByteView page, std::size_t cell) {
  constexpr std::size_t kOverflowOver = kBodyBytes - 35;
  const auto size = varint(page, &cell);
  if (!size || !varint(page, &cell)) return std::nullopt;
  if (*size > kOverflowOver || *size > page.size() - cell) return std::nullopt;
  return PageSpan{cell, static_cast<std::size_t>(*size)};
}

}  // namespace

Result<SchemaText> SchemaText::read(const std::filesystem::path& file, ByteView key32) {
  // Far more than any schema of ours: a tree that does not end must not be followed for ever.
  constexpr std::size_t kPagesMax = 256;
  CDP_TRY(auto opened, OpenFile::open(file, key32));
  SchemaText found;
  std::vector<std::uint32_t> waiting{1};
  for (std::size_t i = 0; i < waiting.size() && i < kPagesMax; ++i) {
    const std::uint32_t number = waiting[i];
    CDP_TRY(const Bytes page, main_page(opened.main, opened.cipher, number));
    const std::size_t header = tree_header(number);
    if (page[header] == kTableLeaf) found.leaves_.insert(number);
    if (page[header] != kTableInterior) continue;
    for (const std::size_t cell : cells_of(number, page, 12)) {
      waiting.push_back(big_endian(page, cell, 4));
    }
    waiting.push_back(big_endian(page, header + 8, 4));
  }
  return found;
}

std::vector<PageSpan> SchemaText::on_page(std::uint32_t page_number, ByteView plaintext) const {
  std::vector<PageSpan> spans;
  if (page_number == 1) spans.push_back({0, kMagic.size()});
  if (!leaves_.contains(page_number)) return spans;
  for (const std::size_t cell : cells_of(page_number, plaintext, 8)) {
    if (const auto record = record_of(plaintext, cell)) spans.push_back(*record);
  }
  return spans;
}

Result<Needles> Needles::make(const std::vector<Bytes>& needles) {
  constexpr std::size_t kWhole = 64;
  constexpr std::size_t kPiece = 32;
  Needles made;
  made.by_start_.resize(65'536);
  made.hits_.resize(needles.size());
  for (std::size_t i = 0; i < needles.size(); ++i) {
    const ByteView bytes = needles[i];
    if (bytes.size() < 4) {
      return fail(ErrorCode::invalid_argument, "a value to search for is shorter than 4 bytes");
    }
    std::set<std::pair<std::size_t, std::size_t>> spans{{0, bytes.size()}};
    if (bytes.size() > kWhole) {
      spans = {{0, kPiece}, {(bytes.size() - kPiece) / 2, kPiece}, {bytes.size() - kPiece, kPiece}};
    }
    for (const auto& [start, size] : spans) {
      const ByteView piece = bytes.subspan(start, size);
      made.by_start_[std::size_t{piece[0]} << 8 | piece[1]].push_back(made.pieces_.size());
      made.pieces_.push_back(Piece{i, Bytes(piece.begin(), piece.end())});
    }
  }
  return made;
}

void Needles::search(ByteView page, const std::vector<PageSpan>& passed_over) {
  const auto is_passed_over = [&](std::size_t at, std::size_t size) {
    return std::ranges::any_of(passed_over, [&](const PageSpan& span) {
      return at >= span.first && at + size <= span.first + span.size;
    });
  };
  std::set<std::size_t> found;
  for (std::size_t at = 0; at + 4 <= page.size(); ++at) {
    for (const std::size_t index : by_start_[std::size_t{page[at]} << 8 | page[at + 1]]) {
      const Piece& piece = pieces_[index];
      if (piece.bytes.size() <= page.size() - at &&
          std::equal(piece.bytes.begin(), piece.bytes.end(), page.begin() + std::ptrdiff_t(at)) &&
          !is_passed_over(at, piece.bytes.size())) {
        found.insert(piece.needle);
      }
    }
  }
  for (const std::size_t needle : found) ++hits_[needle];
}

}  // namespace cdp::store::sqlcipher
