#include "cdp/app/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

namespace cdp::app {
namespace {

constexpr int kNamesMax = 100;  // left by crashes of processes with our number

struct Draft {
  int fd = -1;
  std::string name;
};

Draft open_draft(const std::filesystem::path& file, unsigned mode) {
  Draft draft;
  for (int i = 0; i < kNamesMax; ++i) {
    draft.name =
        file.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".new";
    draft.fd = ::open(draft.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      static_cast<mode_t>(mode));
    if (draft.fd >= 0 || errno != EEXIST) return draft;
  }
  return draft;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
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

tl::unexpected<Error> not_written(const std::filesystem::path& file) {
  std::error_code ignored;
  return fail(ErrorCode::unavailable, "the file could not be written durably",
              std::filesystem::is_directory(file, ignored)
                  ? "a folder has its name: name another file"
                  : "check free space, and who may write in the folder it stands in");
}

}  // namespace

Result<void> write_durably(const std::filesystem::path& file, std::string_view text,
                           unsigned mode) {
  const Draft draft = open_draft(file, mode);
  if (draft.fd < 0) return not_written(file);
  bool written = write_all(draft.fd, text);
  written = ::close(draft.fd) == 0 && written;
  if (!written || ::rename(draft.name.c_str(), file.c_str()) != 0) {
    ::unlink(draft.name.c_str());  // it may hold personal data
    return not_written(file);
  }
  if (!sync_directory(file.parent_path())) return not_written(file);
  return {};
}

}  // namespace cdp::app
