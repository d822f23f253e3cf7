#include "cdp/core/crypto/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace cdp::crypto {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

tl::unexpected<Error> not_written() {
  return fail(ErrorCode::unavailable, "a key file could not be written",
              "check the directory's rights and free space; the old file is untouched");
}

tl::unexpected<Error> not_readable(int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return fail(ErrorCode::not_found, "a key file does not exist", "check its path");
  }
  if (error == EACCES || error == EPERM) {
    return fail(ErrorCode::permission_denied, "a key file may not be read by this user",
                "run as its owner");
  }
  return fail(ErrorCode::unavailable, "a key file could not be read", "check its path and disk");
}

bool write_all(int fd, ByteView content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_directory(const std::filesystem::path& file) {
  const auto parent = file.parent_path();
  const Descriptor directory(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.ok() && ::fsync(directory.get()) == 0;
}

}  // namespace

Result<Bytes> read_private_file(const std::filesystem::path& file, Privacy privacy,
                                std::size_t max_bytes) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in.ok()) return not_readable(errno);
  struct stat status {};
  if (::fstat(in.get(), &status) != 0) return not_readable(errno);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::permission_denied, "a key file is not a regular file");
  }
  if (privacy == Privacy::owner_only && (status.st_mode & 077) != 0) {
    return fail(ErrorCode::permission_denied, "a key file can be read by others than its owner",
                "chmod 0400 it, and replace the key if anybody may have read it");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max_bytes) return fail(ErrorCode::too_large, "a key file is larger than any of ours");
  Bytes content(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(in.get(), content.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return not_readable(errno);
    if (got == 0) return fail(ErrorCode::corrupt, "a key file was cut short while it was read");
    have += static_cast<std::size_t>(got);
  }
  return content;
}

Result<void> write_private_file(const std::filesystem::path& file, ByteView content,
                                Existing existing) {
  const std::string temporary = file.string() + ".tmp";
  // What a crash left behind is of no use and may have other rights than ours.
  ::unlink(temporary.c_str());
  {
    const Descriptor out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out.ok()) return not_written();
    if (!write_all(out.get(), content) || ::fsync(out.get()) != 0) {
      ::unlink(temporary.c_str());
      return not_written();
    }
  }
  // link() fails when the name is taken: two creators cannot both win.
  const bool moved = existing == Existing::replace ? ::rename(temporary.c_str(), file.c_str()) == 0
                                                   : ::link(temporary.c_str(), file.c_str()) == 0;
  const int error = moved ? 0 : errno;
  if (!moved || existing == Existing::keep) ::unlink(temporary.c_str());
  if (error == EEXIST) {
    return fail(ErrorCode::conflict, "a key file of that name exists", "it is never overwritten");
  }
  if (!moved) return not_written();
  if (!sync_directory(file)) {
    return fail(ErrorCode::unavailable, "a key file was written but may not survive a power loss",
                "check the disk and save again");
  }
  return {};
}

}  // namespace cdp::crypto
