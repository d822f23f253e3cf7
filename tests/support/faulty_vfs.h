// An SQLite VFS that fails on command: the n-th write or sync of the files, by error or by half a
// write, on top of the system's. Registered under a name, used by the stores through FileSpec::vfs.
// (sqlite.org/vfs.html; the method of SQLite's own I/O error tests.)
//
// Thread-safety: one faulty VFS at a time, one test's thread.
#pragma once

#include <sqlcipher/sqlite3.h>

#include <cstring>
#include <string>

namespace cdp::testing {

class FaultyVfs {
 public:
  enum class Fault : std::uint8_t { write_error, short_write, sync_error };

  FaultyVfs() {
    base_ = sqlite3_vfs_find(nullptr);
    vfs_ = *base_;
    vfs_.zName = "cdp-faulty";
    vfs_.pNext = nullptr;
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + base_->szOsFile;
    vfs_.xOpen = &FaultyVfs::open;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~FaultyVfs() { sqlite3_vfs_unregister(&vfs_); }
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  std::string name() const { return vfs_.zName; }
  // The `after`-th matching call from now on fails (0 = the next), and every one after it until
  // heal() when `lasting`.
  void fail(Fault fault, int after, bool lasting = false) {
    fault_ = fault;
    countdown_ = after;
    armed_ = true;
    lasting_ = lasting;
    fired_ = false;
  }
  void heal() { armed_ = false; }
  bool fired() const { return fired_; }
  int open_files() const { return open_files_; }

 private:
  struct File {
    sqlite3_file base;
    FaultyVfs* owner;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  // SQLite hands the same pointers back: the wrapper lies in front of the system's file.
  static File* wrapper(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return wrapper(file)->real(); }

  bool strikes(bool is_write) {
    if (!armed_ || is_write == (fault_ == Fault::sync_error)) return false;
    if (countdown_-- > 0) return false;
    fired_ = true;
    armed_ = lasting_;
    return true;
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
    File* made = wrapper(file);
    made->base.pMethods = nullptr;
    made->owner = self;
    const int code = self->base_->xOpen(self->base_, name, made->real(), flags, out);
    if (code != SQLITE_OK) return code;
    made->base.pMethods = methods();
    ++self->open_files_;
    return code;
  }

  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    FaultyVfs* self = wrapper(file)->owner;
    if (self->strikes(true)) {
      if (self->fault_ == Fault::short_write) {
        real(file)->pMethods->xWrite(real(file), data, size / 2, offset);
      }
      return SQLITE_IOERR_WRITE;
    }
    return real(file)->pMethods->xWrite(real(file), data, size, offset);
  }
  static int sync(sqlite3_file* file, int flags) {
    if (wrapper(file)->owner->strikes(false)) return SQLITE_IOERR_FSYNC;
    return real(file)->pMethods->xSync(real(file), flags);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods = {
        .iVersion = 2,
        .xClose =
            [](sqlite3_file* f) {
              --wrapper(f)->owner->open_files_;
              return real(f)->pMethods->xClose(real(f));
            },
        .xRead = [](sqlite3_file* f, void* data, int size,
                    sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), data, size, at); },
        .xWrite = &FaultyVfs::write,
        .xTruncate = [](sqlite3_file* f,
                        sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); },
        .xSync = &FaultyVfs::sync,
        .xFileSize =
            [](sqlite3_file* f, sqlite3_int64* size) {
              return real(f)->pMethods->xFileSize(real(f), size);
            },
        .xLock = [](sqlite3_file* f, int how) { return real(f)->pMethods->xLock(real(f), how); },
        .xUnlock = [](sqlite3_file* f,
                      int how) { return real(f)->pMethods->xUnlock(real(f), how); },
        .xCheckReservedLock =
            [](sqlite3_file* f, int* out) {
              return real(f)->pMethods->xCheckReservedLock(real(f), out);
            },
        .xFileControl = [](sqlite3_file* f, int op,
                           void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); },
        .xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
        .xDeviceCharacteristics =
            [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
        .xShmMap =
            [](sqlite3_file* f, int region, int size, int extend, void volatile** out) {
              return real(f)->pMethods->xShmMap(real(f), region, size, extend, out);
            },
        .xShmLock =
            [](sqlite3_file* f, int offset, int n, int flags) {
              return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
            },
        .xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
        .xShmUnmap = [](sqlite3_file* f,
                        int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
        .xFetch = nullptr,
        .xUnfetch = nullptr};
    return &kMethods;
  }

  sqlite3_vfs* base_ = nullptr;
  sqlite3_vfs vfs_{};
  Fault fault_ = Fault::write_error;
  int countdown_ = 0;
  bool armed_ = false;
  bool lasting_ = false;
  bool fired_ = false;
  int open_files_ = 0;
};

}  // namespace cdp::testing
