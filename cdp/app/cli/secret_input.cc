#include "cdp/app/cli/secret_input.h"

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <istream>

namespace cdp::app::cli {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

// No echo while it lives.
class QuietTerminal {
 public:
  QuietTerminal() : quiet_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!quiet_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~QuietTerminal() {
    if (quiet_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

 private:
  termios before_{};
  bool quiet_;
};

Result<crypto::Secret> take(std::string& text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  const bool fits = !text.empty() && text.size() <= kSecretBytesMax;
  auto secret = crypto::Secret::copy_of(as_bytes(text));
  std::fill(text.begin(), text.end(), '\0');
  if (!fits) {
    return fail(ErrorCode::invalid_argument, "the secret is empty or longer than 64 KiB",
                "pipe it in, or type it when asked");
  }
  return secret;
}

}  // namespace

Result<crypto::Secret> read_secret_line(World& world, const std::string& question) {
  std::string text;
  if (world.terminal_in) {
    world.screen.prompt(question + ": ");
    const QuietTerminal quiet;
    std::getline(world.in, text);
    world.screen.note("");
  } else {
    std::getline(world.in, text);
  }
  return take(text);
}

Result<crypto::Secret> read_secret_file(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::not_found, "there is no such passphrase file", "see --passphrase-file");
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorCode::permission_denied, "others may read the passphrase file",
                "run: chmod 600 on it");
  }
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return fail(ErrorCode::unavailable, "the passphrase file cannot be read");
  return take(text);
}

}  // namespace cdp::app::cli
