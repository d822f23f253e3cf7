// One database file of the engine: its writer, its readers, its fence, its write-ahead log.
//
// Thread-safety: safe. Every write and checkpoint holds one mutex. Errors: as engine.h; conflict
// for another fence. After a failed or ambiguous commit every connection is dropped, and the next
// call opens new ones after what survived in the WAL was folded into the main file.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "cdp/core/store/sqlcipher/connection.h"
#include "cdp/core/store/sqlcipher/engine.h"
#include "cdp/core/store/sqlcipher/schema.h"

namespace cdp::store::sqlcipher {

class File {
 public:
  using Work = std::function<Result<void>(Connection&)>;

  // Opens, or creates as a whole; brings the schema up to the last migration. `fresh` runs in the
  // transaction that creates.
  static Result<std::unique_ptr<File>> open(const FileSpec& spec, const Profile& profile,
                                            std::span<const Migration> migrations,
                                            const Work& fresh = nullptr);
  ~File();

  // One transaction: the fence, then `work`, then the commit. Conflict and invalid_argument from
  // `work` roll back; any other error drops the connections.
  Result<void> write(Fence fence, const Work& work);
  Result<Fence> take_fence();

  // `work` on a reader's connection; returns its Result. Keep it short: it may hold a snapshot.
  template <class F>
  auto read(F&& work) const -> decltype(work(std::declval<Connection&>())) {
    auto leased = lease();
    if (!leased) return fail(std::move(leased).error());
    auto answer = work(*leased->connection);
    // A reader that met an error is dropped with its snapshot and its cache.
    if (answer) give_back(std::move(*leased));
    return answer;
  }

  // How often the connections were opened again; changes under the write mutex only.
  std::uint64_t generation() const { return generation_.load(); }

  std::size_t wal_bytes() const { return wal_bytes_.load(); }
  Result<void> checkpoint();
  Result<void> truncate_wal();
  Result<void> rewrite();
  Result<void> integrity_check() const;

 private:
  struct Lease {
    std::unique_ptr<Connection> connection;
    std::uint64_t generation = 0;
  };
  File(const FileSpec& spec, const Profile& profile);
  static Result<void> create(const FileSpec& spec, const Profile& profile,
                             std::span<const Migration> migrations, const Work& fresh);
  FileSpec spec() const;
  Result<void> ensure_open() const;  // with mutex_ held
  Result<void> transaction(const Work& work);
  Result<void> fold(bool truncate);
  void drop() const;
  void note_wal() const;
  Result<Lease> lease() const;
  void give_back(Lease lease) const;

  const std::filesystem::path path_;
  const crypto::Secret key_;
  const std::string vfs_;
  const Profile profile_;

  mutable std::mutex mutex_;  // every write and checkpoint
  mutable std::unique_ptr<Connection> writer_;
  mutable std::atomic<bool> dropped_ = false;
  mutable std::atomic<std::uint64_t> generation_ = 0;
  mutable std::size_t copied_frames_ = 0;
  mutable std::atomic<std::size_t> wal_bytes_ = 0;

  mutable std::mutex readers_mutex_;
  mutable std::vector<Lease> idle_;
};

// A store whose rows lie in one file.
template <class Store>
class OnFile : public Store {
 public:
  explicit OnFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<Fence> take_fence() override { return file_->take_fence(); }
  Result<std::size_t> wal_bytes() const override { return file_->wal_bytes(); }
  Result<void> checkpoint() override { return file_->checkpoint(); }
  Result<void> truncate_wal() override { return file_->truncate_wal(); }
  Result<void> rewrite() override { return file_->rewrite(); }
  Result<void> integrity_check() const override { return file_->integrity_check(); }

 protected:
  const std::unique_ptr<File> file_;
};

// Reads rows in groups, each a snapshot of its own that is closed before the rows are given out.
// `fetch(connection, rows)` appends the next group and answers; an empty group ends.
template <class Row, class Fetch, class Give>
Result<void> in_groups(const File& file, Fetch&& fetch, Give&& give) {
  for (;;) {
    std::vector<Row> rows;
    CDP_CHECK(file.read([&](Connection& connection) { return fetch(connection, &rows); }));
    if (rows.empty()) return {};
    for (const Row& row : rows) {
      if (!give(row)) return {};
    }
  }
}

inline constexpr std::int64_t kRowsPerSnapshot = 1'000;

}  // namespace cdp::store::sqlcipher
