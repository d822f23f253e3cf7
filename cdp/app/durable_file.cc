#include "cdp/app/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace cdp::app {
namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

bool sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

}  // namespace

Result<void> write_durably(const std::filesystem::path& file, std::string_view text,
                           unsigned mode) {
  const std::filesystem::path fresh = file.string() + ".new";
  const int fd =
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode));
  bool written = fd >= 0 && write_all(fd, text);
  if (fd >= 0) written = ::close(fd) == 0 && written;
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0 ||
      !sync_directory(file.parent_path())) {
    return fail(ErrorCode::unavailable, "the file could not be written durably",
                "check free space and permissions of the data directory");
  }
  return {};
}

}  // namespace cdp::app
