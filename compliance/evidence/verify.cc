#include "compliance/evidence/verify.h"

#include <algorithm>
#include <utility>

#include "cdp/core/base/limits.h"
#include "cdp/core/event/json.h"
#include "compliance/evidence/export_files.h"
#include "compliance/evidence/export_layout.h"
#include "compliance/evidence/log_pass.h"

namespace cdp::compliance {
namespace {

constexpr std::uint64_t kTextBytesMax = 1'000'000;
constexpr std::uint64_t kBundleBytesMax = audit::kTileWidth * (limits::kAuditEntryBytesMax + 2);

tl::unexpected<Error> broken(std::string what) {
  return fail(ErrorCode::corrupt, std::move(what),
              "this is not what was exported; ask for the export again and keep this one");
}

// The same error, saying of which file it speaks.
tl::unexpected<Error> in_file(const char* file, Error error) {
  error.what = std::string(file) + ": " + error.what;
  return fail(std::move(error));
}

Result<void> expect_equal(const std::string& path, ByteView found, ByteView wanted) {
  const auto differ = std::mismatch(found.begin(), found.end(), wanted.begin(), wanted.end()).first;
  if (differ == found.end() && found.size() == wanted.size()) return {};
  return broken(path + " is not what the log gives, from byte " +
                std::to_string(differ - found.begin()));
}

// Kinds are printed by whoever verifies, and the log may be anybody's.
bool plain_word(std::string_view kind) {
  constexpr std::size_t kKindBytesMax = 64;
  return kind.size() <= kKindBytesMax &&
         std::all_of(kind.begin(), kind.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

class Verification {
 public:
  Verification(ExportFiles& files, std::optional<audit::VerifierKey> trusted,
               const std::optional<GivenCheckpoint>& given)
      : files_(files), trusted_(std::move(trusted)), given_(given) {}

  Result<VerifyReport> run() {
    CDP_CHECK(check_key());
    CDP_TRY(checkpoint_note_, note(layout::kCheckpoint));
    CDP_TRY(report_.checkpoint, checkpoint_of(layout::kCheckpoint, checkpoint_note_));
    CDP_CHECK(check_readme());
    CDP_CHECK(check_previous());
    CDP_CHECK(check_given());
    CDP_CHECK(files_.refuse_strangers(report_.checkpoint.size, report_.previous.has_value()));
    CDP_CHECK(check_log());
    report_.files = files_.files_read();
    report_.bytes = files_.bytes_read();
    return std::move(report_);
  }

 private:
  Result<std::string> note(const char* name) {
    CDP_TRY(const Bytes bytes, files_.read(name, kTextBytesMax));
    return std::string(bytes.begin(), bytes.end());
  }

  Result<void> check_key() {
    CDP_TRY(const Bytes bytes, files_.read(layout::kKey, kTextBytesMax));
    std::string_view line = as_text(bytes);
    if (!line.ends_with('\n')) return broken("vkey does not end with its line");
    line.remove_suffix(1);
    auto key = audit::VerifierKey::parse(line);
    if (!key) return in_file(layout::kKey, std::move(key).error());
    report_.key = *std::move(key);
    report_.key_was_given = trusted_.has_value();
    if (trusted_ && trusted_->to_string() != report_.key.to_string()) {
      return fail(ErrorCode::unauthenticated, "vkey is not the key that you trust",
                  "the export is of another log, or somebody put a key of their own into it");
    }
    return {};
  }

  Result<audit::Checkpoint> checkpoint_of(const char* file, const std::string& text) {
    auto body = audit::verify_note(text, {report_.key});
    if (!body) return in_file(file, std::move(body).error());
    auto checkpoint = audit::Checkpoint::parse_body(*body);
    if (!checkpoint) return in_file(file, std::move(checkpoint).error());
    if (checkpoint->origin != report_.key.name) {
      return broken(std::string(file) + ": it is of a log of another name");
    }
    return *std::move(checkpoint);
  }

  Result<void> check_readme() {
    CDP_TRY(const Bytes bytes, files_.read(layout::kReadme, kTextBytesMax));
    return expect_equal(layout::kReadme, bytes, as_bytes(layout::readme()));
  }

  Result<void> check_previous() {
    if (!files_.has(layout::kPrevious)) return {};
    CDP_TRY(const std::string text, note(layout::kPrevious));
    CDP_TRY(report_.previous, checkpoint_of(layout::kPrevious, text));
    if (report_.previous->size > report_.checkpoint.size) {
      return broken("previous-checkpoint is of a longer log than checkpoint");
    }
    return {};
  }

  // One that is not newer is compared once the entries have been read.
  Result<void> check_given() {
    if (!given_) return {};
    CDP_TRY(report_.given, given_checkpoint(*given_, report_.key));
    if (report_.given->size <= report_.checkpoint.size) return {};
    CDP_CHECK(check_continuity(report_.checkpoint, report_.key, *given_));
    return {};
  }

  Result<void> check_log() {
    const std::uint64_t size = report_.checkpoint.size;
    std::optional<std::uint64_t> previous_size;
    if (report_.previous) previous_size = report_.previous->size;
    CDP_TRY(auto pass, LogPass::start(size, previous_size,
                                      [this](const audit::TileName& name, ByteView bytes) {
                                        return compare_tile(name, bytes);
                                      }));
    if (report_.given) pass.watch(report_.given->size);
    for (std::uint64_t n = 0; n * audit::kTileWidth < size; ++n) CDP_CHECK(add_bundle(n, pass));
    CDP_CHECK(pass.finish());
    if (pass.root() != report_.checkpoint.root) {
      // The signature speaks for the root, so the entries are at fault, and the tiles say which.
      if (changed_entry_) return broken(*changed_entry_);
      return broken("the entries do not give the root that the checkpoint signs");
    }
    if (changed_tile_) return broken(*changed_tile_);
    if (report_.given && report_.given->size <= size &&
        pass.watched_root() != report_.given->root) {
      return forked();
    }
    return check_consistency(pass);
  }

  Result<void> add_bundle(std::uint64_t number, LogPass& pass) {
    const std::uint64_t width = layout::width_of(number, report_.checkpoint.size);
    bundle_path_ = audit::entries_path(number, width);
    CDP_TRY(const Bytes bytes, files_.read(bundle_path_, kBundleBytesMax));
    auto entries = audit::unpack_entries(bytes);
    if (!entries) return broken(bundle_path_ + ": " + entries.error().what);
    if (entries->size() != width) {
      return broken(bundle_path_ + " holds " + std::to_string(entries->size()) +
                    " entries and not " + std::to_string(width));
    }
    entry_at_.clear();
    std::size_t at = 0;
    for (const Bytes& entry : *entries) {
      entry_at_.push_back(at + 2);
      at += 2 + entry.size();
      CDP_CHECK(count_kind(entry));
      CDP_CHECK(pass.add(audit::leaf_hash(entry)));
      ++entry_index_;
    }
    return {};
  }

  std::string describe_entry(std::uint64_t index, std::size_t at) const {
    return bundle_path_ + ": entry " + std::to_string(index) + ", from byte " + std::to_string(at);
  }

  Result<void> count_kind(const Bytes& entry) {
    const auto document = json::Document::parse(as_text(entry));
    const auto kind = document ? document->root().text("kind") : std::nullopt;
    if (!kind || !plain_word(*kind)) {
      return broken(describe_entry(entry_index_, entry_at_.back()) +
                    ", is not a JSON object with a kind");
    }
    ++report_.entries_by_kind[std::string(*kind)];
    return {};
  }

  // `wanted` is what the entries give. Level-0 tiles come while their bundle is the current one.
  Result<void> compare_tile(const audit::TileName& name, ByteView wanted) {
    const std::string path = audit::tile_path(*name.level, name.number, name.width);
    CDP_TRY(const Bytes found, files_.read(path, wanted.size()));
    if (found.size() != wanted.size()) {
      return broken(path + " has " + std::to_string(found.size()) + " bytes and not " +
                    std::to_string(wanted.size()));
    }
    const auto equal = expect_equal(path, found, wanted);
    if (equal) return {};
    if (!changed_tile_) changed_tile_ = equal.error().what;
    if (*name.level != 0 || changed_entry_) return {};
    const auto byte =
        std::mismatch(found.begin(), found.end(), wanted.begin()).first - found.begin();
    const auto entry = static_cast<std::size_t>(byte) / 32;
    changed_entry_ = describe_entry(name.number * audit::kTileWidth + entry, entry_at_.at(entry)) +
                     ", does not hash to its leaf in " + path;
    return {};
  }

  Result<void> check_consistency(const LogPass& pass) {
    if (!report_.previous) return {};
    const audit::Checkpoint& previous = *report_.previous;
    const audit::Proof proof = pass.consistency();
    if (pass.previous_root() != previous.root ||
        !audit::verify_consistency(previous.size, report_.checkpoint.size, previous.root,
                                   report_.checkpoint.root, proof)) {
      return broken("the log does not continue previous-checkpoint: its past was rewritten");
    }
    CDP_TRY(const Bytes found, files_.read(layout::kProof, kTextBytesMax));
    return expect_equal(layout::kProof, found,
                        as_bytes(layout::consistency_text(previous.size, proof, checkpoint_note_)));
  }

  ExportFiles& files_;
  std::optional<audit::VerifierKey> trusted_;
  const std::optional<GivenCheckpoint>& given_;
  VerifyReport report_;
  std::string checkpoint_note_;
  std::string bundle_path_;
  std::vector<std::size_t> entry_at_;  // where each entry of the current bundle starts
  std::uint64_t entry_index_ = 0;
  std::optional<std::string> changed_entry_;
  std::optional<std::string> changed_tile_;
};

}  // namespace

Result<VerifyReport> verify_export(const std::filesystem::path& directory,
                                   std::optional<std::string_view> trusted,
                                   const std::optional<GivenCheckpoint>& given) {
  std::optional<audit::VerifierKey> key;
  if (trusted) {
    CDP_TRY(key, audit::VerifierKey::parse(*trusted));
  }
  CDP_TRY(ExportFiles files, ExportFiles::open(directory));
  return Verification(files, std::move(key), given).run();
}

}  // namespace cdp::compliance
