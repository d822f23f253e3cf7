#include "compliance/evidence/export.h"

#include <optional>
#include <utility>
#include <vector>

#include "compliance/evidence/export_layout.h"
#include "compliance/evidence/log_pass.h"
#include "compliance/evidence/log_reader.h"
#include "compliance/evidence/staged_directory.h"

namespace cdp::compliance {
namespace {

Result<audit::Checkpoint> opened(const std::string& note, const audit::VerifierKey& key) {
  CDP_TRY(const std::string body, audit::verify_note(note, {key}));
  CDP_TRY(auto checkpoint, audit::Checkpoint::parse_body(body));
  if (checkpoint.origin != key.name) {
    return fail(ErrorCode::invalid_argument, "the checkpoint is of a log of another name");
  }
  return checkpoint;
}

class Export {
 public:
  Export(const store::Ledger& ledger, const ExportInput& input, StagedDirectory& out)
      : ledger_(ledger), input_(input), out_(out) {}

  Result<ExportReport> run() {
    CDP_CHECK(open_checkpoints());
    CDP_TRY(auto pass, LogPass::start(checkpoint_.size, previous_size(),
                                      [this](const audit::TileName& name, ByteView bytes) {
                                        return put(
                                            audit::tile_path(*name.level, name.number, name.width),
                                            bytes);
                                      }));
    CDP_CHECK(write_log(pass));
    CDP_CHECK(write_rest(pass));
    report_.entries = checkpoint_.size;
    return report_;
  }

 private:
  std::optional<std::uint64_t> previous_size() const {
    return previous_ ? std::optional(previous_->size) : std::nullopt;
  }

  Result<void> put(const std::string& path, ByteView bytes) {
    ++report_.files;
    report_.bytes += bytes.size();
    return out_.put(path, bytes);
  }

  Result<void> open_checkpoints() {
    if (input_.checkpoint.empty()) {
      return fail(ErrorCode::unprocessable, "the audit log has no checkpoint yet",
                  "sign one first: cdp audit checkpoint");
    }
    CDP_TRY(checkpoint_, opened(input_.checkpoint, input_.key));
    if (input_.previous_checkpoint.empty()) return {};
    CDP_TRY(previous_, opened(input_.previous_checkpoint, input_.key));
    if (previous_->size > checkpoint_.size) {
      return fail(ErrorCode::unprocessable, "the previous checkpoint is newer than the checkpoint",
                  "export the newer one");
    }
    return {};
  }

  Result<void> flush_bundle(std::vector<Bytes>& bundle, std::uint64_t next_index) {
    if (bundle.empty()) return {};
    const std::uint64_t number = (next_index - 1) / audit::kTileWidth;
    CDP_CHECK(put(audit::entries_path(number, bundle.size()), audit::pack_entries(bundle)));
    bundle.clear();
    return {};
  }

  Result<void> write_log(LogPass& pass) {
    std::vector<Bytes> bundle;
    const auto add = [&](std::uint64_t index, const Bytes& entry) -> Result<void> {
      bundle.push_back(entry);
      CDP_CHECK(pass.add(audit::leaf_hash(entry)));
      if (bundle.size() < audit::kTileWidth) return {};
      return flush_bundle(bundle, index + 1);
    };
    CDP_CHECK(each_entry(ledger_, 0, checkpoint_.size, add));
    CDP_CHECK(flush_bundle(bundle, checkpoint_.size));
    CDP_CHECK(pass.finish());
    if (pass.root() != checkpoint_.root || (previous_ && pass.previous_root() != previous_->root)) {
      return fail(ErrorCode::corrupt, "the ledger's audit entries do not give the signed root",
                  "nothing was exported; restore the ledger and compare with earlier exports");
    }
    return {};
  }

  Result<void> write_rest(const LogPass& pass) {
    if (previous_) {
      CDP_CHECK(put(layout::kPrevious, as_bytes(input_.previous_checkpoint)));
      CDP_CHECK(put(layout::kProof, as_bytes(layout::consistency_text(
                                        previous_->size, pass.consistency(), input_.checkpoint))));
    }
    CDP_CHECK(put(layout::kKey, as_bytes(input_.key.to_string() + "\n")));
    CDP_CHECK(put(layout::kReadme, as_bytes(layout::readme())));
    return put(layout::kCheckpoint, as_bytes(input_.checkpoint));
  }

  const store::Ledger& ledger_;
  const ExportInput& input_;
  StagedDirectory& out_;
  audit::Checkpoint checkpoint_;
  std::optional<audit::Checkpoint> previous_;
  ExportReport report_;
};

}  // namespace

Result<ExportReport> export_log(const store::Ledger& ledger, const ExportInput& input,
                                const std::filesystem::path& directory) {
  CDP_TRY(StagedDirectory out, StagedDirectory::create(directory));
  CDP_TRY(const ExportReport report, Export(ledger, input, out).run());
  CDP_CHECK(out.publish());
  return report;
}

}  // namespace cdp::compliance
