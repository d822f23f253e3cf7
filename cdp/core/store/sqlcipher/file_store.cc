#include <fcntl.h>
#include <unistd.h>

#include "cdp/core/base/limits.h"
#include "cdp/core/store/sqlcipher/file.h"

namespace cdp::store::sqlcipher {
namespace {

constexpr std::size_t kPageBytes = 8'192;
constexpr std::size_t kIdleReadersMax = 4;

// A refusal by the work itself leaves the connection as it was; anything else puts it in doubt.
bool is_refusal(const Error& error) {
  return error.code == ErrorCode::conflict || error.code == ErrorCode::invalid_argument;
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = handle >= 0 && ::fsync(handle) == 0;
  if (handle >= 0) ::close(handle);
  if (synced) return {};
  return fail(ErrorCode::unavailable, "the data directory could not be synced",
              "look at the disk's health");
}

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
  path += suffix;
  return path;
}

// Mode 0600 from the first moment: SQLite gives the same mode to -wal and -shm.
Result<void> make_private_file(const std::filesystem::path& path) {
  const int handle = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (handle < 0) {
    return fail(ErrorCode::unavailable, "a database file could not be created",
                "check the directory's owner and free space");
  }
  ::close(handle);
  return {};
}

}  // namespace

File::File(const FileSpec& spec, const Profile& profile)
    : path_(spec.path),
      key_(crypto::Secret::copy_of(spec.key32)),
      vfs_(spec.vfs),
      profile_(profile) {}

FileSpec File::spec() const { return FileSpec{path_, key_.view(), vfs_}; }

Result<void> File::create(const FileSpec& spec, const Profile& profile,
                          std::span<const Migration> migrations, const Work& fresh) {
  const auto draft = with_suffix(spec.path, ".new");
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(with_suffix(draft, suffix), ignored);
  }
  CDP_CHECK(make_private_file(draft));
  {
    CDP_TRY(const auto connection, Connection::open(draft, spec.key32, spec.vfs, profile));
    CDP_CHECK(migrate(*connection, migrations));
    if (fresh) CDP_CHECK(fresh(*connection));
    CDP_TRY(const Checkpoint folded, connection->checkpoint(true));
    if (folded.busy) return fail(ErrorCode::internal, "a new database file is in use");
  }
  for (const char* suffix : {"-wal", "-shm"}) {
    std::filesystem::remove(with_suffix(draft, suffix), ignored);
  }
  std::error_code failed;
  std::filesystem::rename(draft, spec.path, failed);
  if (failed) return fail(ErrorCode::unavailable, "a new database file could not be put in place");
  return sync_directory(spec.path.parent_path());
}

Result<std::unique_ptr<File>> File::open(const FileSpec& spec, const Profile& profile,
                                         std::span<const Migration> migrations, const Work& fresh) {
  if (spec.key32.size() != 32) {
    return fail(ErrorCode::invalid_argument, "a database key is not 32 bytes");
  }
  std::error_code error;
  if (!std::filesystem::exists(spec.path, error)) {
    if (std::filesystem::exists(with_suffix(spec.path, "-wal"), error)) {
      return fail(ErrorCode::corrupt, "a database file is missing beside its write-ahead log",
                  "restore the whole directory from a backup");
    }
    CDP_CHECK(create(spec, profile, migrations, fresh));
  } else if (std::filesystem::file_size(spec.path, error) == 0 || error) {
    return fail(ErrorCode::corrupt, "a database file is empty", "restore it from a backup");
  }
  std::unique_ptr<File> file(new File(spec, profile));
  CDP_TRY(file->writer_, Connection::open(spec.path, spec.key32, spec.vfs, profile));
  CDP_CHECK(migrate(*file->writer_, migrations));
  // Whatever an earlier process left in the WAL is in the main file before anybody reads.
  CDP_CHECK(file->fold(true));
  return file;
}

File::~File() {
  const std::lock_guard lock(mutex_);
  {
    const std::lock_guard readers(readers_mutex_);
    idle_.clear();
  }
  // Best effort: the next open folds what is left.
  if (writer_ != nullptr) (void)fold(true);
}

void File::drop() const {
  writer_.reset();
  const std::lock_guard lock(readers_mutex_);
  idle_.clear();
  ++generation_;
  dropped_ = true;
}

Result<void> File::ensure_open() const {
  if (writer_ != nullptr) return {};
  CDP_TRY(auto writer, Connection::open(path_, key_.view(), vfs_, profile_));
  // What recovery found may never have been synced, and a sync that failed once says nothing when
  // it is repeated: copy it into the main file and sync that before anybody hears of it.
  CDP_TRY(const Checkpoint folded, writer->checkpoint(true));
  if (folded.busy) return fail(ErrorCode::unavailable, "a reader holds an old snapshot");
  writer_ = std::move(writer);
  copied_frames_ = 0;
  wal_bytes_ = 0;
  dropped_ = false;
  return {};
}

void File::note_wal() const {
  const std::size_t frames = writer_->wal_frames();
  // Fewer frames than were copied: the WAL started over.
  if (frames <= copied_frames_) copied_frames_ = 0;
  wal_bytes_ = (frames - copied_frames_) * (kPageBytes + 24);
}

Result<void> File::transaction(const Work& work) {
  CDP_CHECK(ensure_open());
  Result<void> done = writer_->execute("BEGIN IMMEDIATE");
  if (done) done = work(*writer_);
  if (!done && is_refusal(done.error())) {
    const Error refusal = done.error();
    if (!writer_->execute("ROLLBACK")) drop();
    return fail(refusal);
  }
  if (done) done = writer_->execute("COMMIT");
  if (!done) {
    drop();
    return done;
  }
  note_wal();
  return {};
}

Result<void> File::write(Fence fence, const Work& work) {
  const std::lock_guard lock(mutex_);
  return transaction([&](Connection& connection) -> Result<void> {
    {
      CDP_TRY(Statement held, connection.prepare("SELECT epoch FROM fence WHERE one = 1"));
      CDP_TRY(const bool found, held.step());
      if (!found || held.number_at(0) != fence.epoch) {
        return fail(ErrorCode::conflict, "another writer took over",
                    "stop writing; this process no longer leads");
      }
    }
    return work(connection);
  });
}

Result<Fence> File::take_fence() {
  const std::lock_guard lock(mutex_);
  Fence fence;
  CDP_CHECK(transaction([&](Connection& connection) -> Result<void> {
    CDP_TRY(Statement take,
            connection.prepare("UPDATE fence SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch"));
    CDP_TRY(const bool found, take.step());
    if (!found) return fail(ErrorCode::corrupt, "a database file has no fence");
    fence.epoch = take.number_at(0);
    CDP_CHECK(take.step());
    return {};
  }));
  return fence;
}

Result<void> File::fold(bool truncate) {
  const auto folded = writer_->checkpoint(truncate);
  if (!folded) {
    drop();
    return fail(folded.error());
  }
  const bool emptied = truncate && !folded->busy;
  copied_frames_ = emptied ? 0 : folded->copied;
  wal_bytes_ = emptied ? 0 : (folded->frames - folded->copied) * (kPageBytes + 24);
  if (truncate && folded->busy) {
    return fail(ErrorCode::unavailable, "a reader holds an old snapshot",
                "let running reads end, then try again");
  }
  return {};
}

Result<void> File::checkpoint() {
  const std::lock_guard lock(mutex_);
  CDP_CHECK(ensure_open());
  return fold(false);
}

Result<void> File::truncate_wal() {
  const std::lock_guard lock(mutex_);
  CDP_CHECK(ensure_open());
  return fold(true);
}

Result<void> File::rewrite() {
  const std::lock_guard lock(mutex_);
  CDP_CHECK(ensure_open());
  // VACUUM builds the new file in memory (temp_store=MEMORY: nothing readable touches the disk).
  CDP_TRY(const std::string pages, writer_->ask("PRAGMA page_count"));
  if (std::stoull("0" + pages) > limits::kRewriteBytesMax / kPageBytes) {
    return fail(ErrorCode::unprocessable,
                "the database file is too large to be rewritten in one go",
                "what was deleted is sealed under a key that is gone; rotate the file's key");
  }
  if (auto rewritten = writer_->execute("VACUUM"); !rewritten) {
    drop();
    return rewritten;
  }
  note_wal();
  return {};
}

Result<void> File::integrity_check() const {
  const std::lock_guard lock(mutex_);
  CDP_CHECK(ensure_open());
  // The first reads every page of the main file and names those whose MAC does not verify.
  CDP_TRY(const std::string unverified, writer_->ask("PRAGMA cipher_integrity_check"));
  CDP_TRY(const std::string structure, writer_->ask("PRAGMA integrity_check"));
  if (unverified.empty() && structure == "ok") return {};
  return fail(ErrorCode::corrupt, "a database file does not pass its integrity check",
              "restore it from a backup");
}

Result<File::Lease> File::lease() const {
  if (dropped_) {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(ensure_open());
  }
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(readers_mutex_);
    generation = generation_;
    if (!idle_.empty()) {
      Lease lease = std::move(idle_.back());
      idle_.pop_back();
      return lease;
    }
  }
  Profile profile = profile_;
  profile.reader = true;
  profile.cache_kib = 2'048;
  CDP_TRY(auto connection, Connection::open(path_, key_.view(), vfs_, profile));
  return Lease{std::move(connection), generation};
}

void File::give_back(Lease lease) const {
  const std::lock_guard lock(readers_mutex_);
  if (lease.generation == generation_ && idle_.size() < kIdleReadersMax) {
    idle_.push_back(std::move(lease));
  }
}

}  // namespace cdp::store::sqlcipher
