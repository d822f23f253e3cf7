#include "compliance/evidence/staged_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <system_error>
#include <utility>

namespace cdp::compliance {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> disk(const char* what) {
  return fail(ErrorCode::unavailable, what, "check free space and permissions");
}

// Flushes the file system that `directory` lies on: one call for thousands of small files.
bool flush_to_disk(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool flushed = ::syncfs(fd) == 0;
  ::close(fd);
  return flushed;
}

}  // namespace

Result<StagedDirectory> StagedDirectory::create(fs::path target) {
  std::error_code error;
  target = fs::absolute(target, error).lexically_normal();
  if (error) return disk("the directory's place cannot be found");
  if (!target.has_filename()) target = target.parent_path();
  if (fs::exists(fs::symlink_status(target, error))) {
    const bool empty = fs::is_directory(fs::symlink_status(target, error)) &&
                       fs::is_empty(target, error) && !error;
    if (!empty) {
      return fail(ErrorCode::conflict, "the directory to write exists and is not empty",
                  "name a new one");
    }
  }
  fs::path staging = target;
  staging += ".partial";
  fs::create_directories(target.parent_path(), error);
  if (!fs::create_directory(staging, error)) {
    if (error) return disk("the directory cannot be created");
    return fail(ErrorCode::conflict, "a .partial directory of the same name is there",
                "another export is running or was killed: remove it or name another directory");
  }
  return StagedDirectory(std::move(target), std::move(staging));
}

StagedDirectory::StagedDirectory(StagedDirectory&& other) noexcept
    : target_(std::move(other.target_)), staging_(std::exchange(other.staging_, {})) {}

StagedDirectory::~StagedDirectory() {
  std::error_code ignored;  // what stays is named .partial, and create() says what to do about it
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

Result<void> StagedDirectory::put(const std::string& path, ByteView bytes) {
  const fs::path file = staging_ / path;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return disk("a directory of the export cannot be created");
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return disk("a file of the export cannot be written");
  return {};
}

Result<void> StagedDirectory::publish() {
  if (!flush_to_disk(staging_)) return disk("the export cannot be flushed to disk");
  std::error_code error;
  fs::rename(staging_, target_, error);  // also onto an empty directory, never onto a full one
  if (error) return disk("the finished export cannot be renamed");
  staging_.clear();
  if (!flush_to_disk(target_.parent_path())) return disk("the export cannot be flushed to disk");
  return {};
}

}  // namespace cdp::compliance
