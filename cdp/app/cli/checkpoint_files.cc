#include "cdp/app/cli/checkpoint_files.h"

#include <fstream>
#include <iterator>

namespace cdp::app::cli {

namespace {

Result<std::optional<std::string>> file_of(Invocation& call, const std::string& option) {
  if (!call.has(option)) return std::optional<std::string>{};
  std::ifstream in(call.text(option), std::ios::binary);
  if (!in) {
    return fail(ErrorCode::not_found, "the file of --" + option + " cannot be read",
                "give its path");
  }
  return std::optional<std::string>(std::string(std::istreambuf_iterator<char>(in), {}));
}

}  // namespace

Option CheckpointFiles::checkpoint_option() {
  return {"checkpoint", Option::Kind::text, "a checkpoint of the log, got another way", false, ""};
}

Option CheckpointFiles::proof_option() {
  return {"proof", Option::Kind::text, "between checkpoints of two sizes: see audit proof", false,
          ""};
}

Result<CheckpointFiles> CheckpointFiles::read(Invocation& call) {
  CheckpointFiles files;
  CDP_TRY(files.checkpoint_, file_of(call, "checkpoint"));
  CDP_TRY(files.proof_, file_of(call, "proof"));
  if (files.proof_ && !files.checkpoint_) {
    return fail(ErrorCode::invalid_argument, "a proof leads to a checkpoint, and none is given",
                "pass the checkpoint that you got another way: --checkpoint");
  }
  return files;
}

std::optional<compliance::GivenCheckpoint> CheckpointFiles::given() const {
  if (!checkpoint_) return std::nullopt;
  return compliance::GivenCheckpoint{*checkpoint_, proof_};
}

std::string CheckpointFiles::agrees(const audit::Checkpoint& given) {
  return "Your checkpoint of " + std::to_string(given.size) + " entries is of the same log.";
}

}  // namespace cdp::app::cli
