// Reads an SQLCipher 4 file below the database: decrypts every page of the main file and every
// frame of its write-ahead log, live or left over, so that erasure can be verified on what a thief
// with the key would see (DESIGN §8 step 8; a raw search of encrypted files proves nothing).
//
// Format (SQLCipher 4 design, sqlcipher.net/design; raw key): 8,192-byte pages, AES-256-CBC, the
// last 80 bytes of a page being IV (16) and HMAC-SHA512 (64) over ciphertext, IV and the page
// number; the file's first 16 bytes are the salt; MAC key = PBKDF2-HMAC-SHA512(key, salt xor 0x3a,
// 2 rounds). The write-ahead log is SQLite's (sqlite.org/fileformat2.html §4), its frames holding
// such pages.
//
// Thread-safety: pure functions on files. Reads beside a running database see a moving target:
// truncate the WAL and keep writers out first. Errors: corrupt for a page of the main file that
// does not verify; unavailable when the file does not read. Non-errors: an absent WAL; a torn frame
// (it is decrypted and given all the same); pages that were never written (all zero).
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <vector>

#include "cdp/core/base/bytes.h"

namespace cdp::store::sqlcipher {

using PageCallback =
    std::function<void(std::uint32_t page_number, ByteView plaintext, bool is_wal)>;

Result<void> each_page(const std::filesystem::path& file, ByteView key32, const PageCallback& page);

// Bytes of a page: [first, first + size).
struct PageSpan {
  std::size_t first = 0;
  std::size_t size = 0;
};

// Where a file names its own tables and columns: the live rows of sqlite_schema, a table whose tree
// begins on page 1, and the word that every file begins with (sqlite.org/fileformat2.html §1.3,
// §1.6, §2.6). They are ours and nobody's data. What else stands on their pages is not among them:
// unallocated space, freed cells, overflow.
class SchemaText {
 public:
  // Call when the write-ahead log is empty. Errors: as each_page. Non-errors: a tree of another
  // shape, of which fewer rows are known.
  static Result<SchemaText> read(const std::filesystem::path& file, ByteView key32);
  // Of a page of the main file; none for one that holds no row of it.
  std::vector<PageSpan> on_page(std::uint32_t page_number, ByteView plaintext) const;

 private:
  std::set<std::uint32_t> leaves_;
};

// Counts, per needle, the pages that hold it. Needles over 64 bytes are looked for by their first,
// middle and last 32 bytes, because long values are split over pages. Shorter than 4: refused.
class Needles {
 public:
  static Result<Needles> make(const std::vector<Bytes>& needles);
  // What lies wholly inside one of the spans is passed over.
  void search(ByteView page, const std::vector<PageSpan>& passed_over = {});
  const std::vector<std::uint64_t>& hits() const { return hits_; }

 private:
  struct Piece {
    std::size_t needle;
    Bytes bytes;
  };
  std::vector<Piece> pieces_;
  std::vector<std::vector<std::size_t>> by_start_;  // by the first two bytes
  std::vector<std::uint64_t> hits_;
};

}  // namespace cdp::store::sqlcipher
