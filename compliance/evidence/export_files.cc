#include "compliance/evidence/export_files.h"

#include <fstream>
#include <system_error>
#include <utility>

#include "compliance/evidence/export_layout.h"

namespace cdp::compliance {
namespace {

namespace fs = std::filesystem;

bool belongs(const std::string& path, std::uint64_t size, bool has_previous) {
  if (path == layout::kReadme || path == layout::kKey || path == layout::kCheckpoint) return true;
  if (path == layout::kPrevious || path == layout::kProof) return has_previous;
  const auto tile = audit::parse_tile_path(path);
  return tile && layout::has_tile(*tile, size);
}

// A stranger chose the name: no control characters of theirs reach a terminal or a log.
std::string printable(std::string path) {
  for (char& c : path) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return path;
}

}  // namespace

Result<ExportFiles> ExportFiles::open(fs::path directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    return fail(ErrorCode::not_found, "there is no such export directory",
                "name the directory that holds the file `checkpoint`");
  }
  return ExportFiles(std::move(directory));
}

bool ExportFiles::has(const std::string& path) const {
  std::error_code error;
  return fs::exists(fs::symlink_status(root_ / path, error));
}

Result<Bytes> ExportFiles::read(const std::string& path, std::uint64_t bytes_max) {
  const fs::path file = root_ / path;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) {
    return fail(ErrorCode::corrupt, path + " is missing from the export",
                "ask for the export again");
  }
  const std::uint64_t size = fs::file_size(file, error);
  if (error) return fail(ErrorCode::unavailable, path + " cannot be read");
  if (size > bytes_max) {
    return fail(ErrorCode::corrupt,
                path + " is longer than it can be, from byte " + std::to_string(bytes_max),
                "ask for the export again");
  }
  Bytes bytes(size);
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!in) return fail(ErrorCode::unavailable, path + " cannot be read");
  ++files_;
  bytes_ += size;
  return bytes;
}

Result<void> ExportFiles::refuse_strangers(std::uint64_t size, bool has_previous) const {
  std::error_code error;
  fs::recursive_directory_iterator walk(root_, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const fs::file_status status = walk->symlink_status(error);
    if (error) break;
    if (fs::is_directory(status)) continue;
    const std::string path = walk->path().lexically_relative(root_).generic_string();
    if (!fs::is_regular_file(status) || !belongs(path, size, has_previous)) {
      return fail(ErrorCode::corrupt, printable(path) + " does not belong to the export",
                  "keep notes of your own outside of it");
    }
  }
  if (error) return fail(ErrorCode::unavailable, "the export's directory cannot be listed");
  return {};
}

}  // namespace cdp::compliance
