#include "compliance/evidence/log_prover.h"

#include <bit>

#include "cdp/core/audit/note.h"
#include "cdp/core/audit/tile.h"
#include "cdp/core/crypto/signature.h"
#include "cdp/core/event/json.h"
#include "compliance/evidence/export_layout.h"
#include "compliance/evidence/log_reader.h"

namespace cdp::compliance {

namespace {

constexpr Duration kSlack = Duration::seconds(300);  // clocks step, queues wait

std::string field(const json::Value& entry, std::string_view key) {
  return std::string(entry.text(key).value_or(""));
}

// Entries of before commitments were logged: nothing but the persona's own secret tells whose.
bool is_alike(const json::Value& entry, const WantedEntry& wanted) {
  const event::Statement& s = *wanted.statement;
  const std::string channel = field(entry, "channel");
  return field(entry, "kind") == "statement" && field(entry, "commitment").empty() &&
         field(entry, "at") == to_rfc3339(s.received_at) &&
         field(entry, "choice") == event::to_string(s.choice) &&
         field(entry, "purpose") == s.purpose && field(entry, "source") == s.source &&
         field(entry, "grade") == event::to_string(s.grade) &&
         (channel == s.channel || channel == "other") &&
         field(entry, "subject") ==
             to_hex(crypto::hmac_sha256(wanted.audit_secret, as_bytes(field(entry, "id"))));
}

// Goes through the entries about the statement's time, one after the other.
class Search {
 public:
  explicit Search(const WantedEntry& wanted)
      : wanted_(wanted), at_(R"("at":")" + to_rfc3339(wanted.statement->received_at)) {}

  // Most entries are no match: the text is looked at before it is parsed.
  void look_at(std::uint64_t index, const Bytes& entry) {
    if (committed_) return;
    const std::string_view text = as_text(entry);
    const bool may_commit = text.find(wanted_.commitment) != std::string_view::npos;
    if (!may_commit && text.find(at_) == std::string_view::npos) return;
    const auto document = json::Document::parse(text);
    if (!document) return;
    if (may_commit && field(document->root(), "commitment") == wanted_.commitment) {
      committed_ = FoundEntry{index, entry, true};
    } else if (is_alike(document->root(), wanted_) && alike_seen_++ == wanted_.alike_before) {
      alike_ = FoundEntry{index, entry, false};
    }
  }
  bool is_over() const { return committed_.has_value(); }
  std::optional<FoundEntry> result() const { return committed_ ? committed_ : alike_; }

 private:
  const WantedEntry& wanted_;
  std::string at_;
  std::size_t alike_seen_ = 0;
  std::optional<FoundEntry> committed_;
  std::optional<FoundEntry> alike_;
};

}  // namespace

Result<Time> LogProver::time_of(std::uint64_t index) const {
  Time at;
  CDP_CHECK(
      each_entry(ledger_, index, index + 1, [&](std::uint64_t, const Bytes& entry) -> Result<void> {
        const auto document = json::Document::parse(as_text(entry));
        CDP_TRY(at, from_rfc3339(document ? field(document->root(), "at") : std::string()));
        return {};
      }));
  return at;
}

Result<std::optional<FoundEntry>> LogProver::find(const WantedEntry& wanted,
                                                  std::uint64_t size) const {
  const Time at = wanted.statement->received_at;
  std::uint64_t low = 0;
  std::uint64_t high = size;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    CDP_TRY(const Time then, time_of(middle));
    if (then < at - kSlack) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  Search search(wanted);
  bool past = false;
  while (low < size && !search.is_over() && !past) {
    const std::uint64_t to = std::min(low + audit::kTileWidth, size);
    CDP_CHECK(
        each_entry(ledger_, low, to, [&](std::uint64_t index, const Bytes& entry) -> Result<void> {
          search.look_at(index, entry);
          return {};
        }));
    CDP_TRY(const Time last, time_of(to - 1));
    past = last > at + kSlack;
    low = to;
  }
  return search.result();
}

Result<std::vector<audit::Hash>> LogProver::leaves(std::uint64_t from, std::uint64_t to) const {
  std::vector<audit::Hash> hashes;
  hashes.reserve(to - from);
  CDP_CHECK(each_entry(ledger_, from, to, [&](std::uint64_t, const Bytes& entry) -> Result<void> {
    hashes.push_back(audit::leaf_hash(entry));
    return {};
  }));
  return hashes;
}

Result<audit::Hash> LogProver::tile(std::uint64_t number) {
  if (tiles_.size() <= number) tiles_.resize(number + 1);
  if (!tiles_[number]) {
    const std::uint64_t from = number * audit::kTileWidth;
    CDP_TRY(const auto hashes, leaves(from, from + audit::kTileWidth));
    tiles_[number] = audit::root_of(hashes.size(), [&](std::uint64_t i) { return hashes[i]; });
  }
  return *tiles_[number];
}

// RFC 6962 §2.1, with full tiles as the leaves of what is wider than one. Ranges of a proof start
// at a multiple of their own power of two, so a wide one starts at a tile.
Result<audit::Hash> LogProver::subtree(std::uint64_t from, std::uint64_t to) {
  const std::uint64_t width = to - from;
  if (width > audit::kTileWidth) {
    const std::uint64_t left = std::bit_floor(width - 1);
    CDP_TRY(const auto a, subtree(from, from + left));
    CDP_TRY(const auto b, subtree(from + left, to));
    return audit::node_hash(a, b);
  }
  if (width == audit::kTileWidth && from % audit::kTileWidth == 0) {
    return tile(from / audit::kTileWidth);
  }
  CDP_TRY(const auto hashes, leaves(from, to));
  return audit::root_of(width, [&](std::uint64_t i) { return hashes[i]; });
}

Result<audit::Proof> LogProver::hashes_of(const std::vector<audit::LeafRange>& ranges) {
  const std::lock_guard lock(mutex_);
  audit::Proof proof;
  for (const auto& range : ranges) {
    CDP_TRY(const auto hash, subtree(range.from, range.to));
    proof.push_back(hash);
  }
  return proof;
}

Result<audit::Proof> LogProver::prove(std::uint64_t index, std::uint64_t size) {
  CDP_TRY(const auto ranges, audit::inclusion_ranges(index, size));
  return hashes_of(ranges);
}

Result<audit::Proof> LogProver::prove_consistency(std::uint64_t old_size, std::uint64_t new_size) {
  CDP_TRY(const auto ranges, audit::consistency_ranges(old_size, new_size));
  return hashes_of(ranges);
}

Result<std::string> consistency_file(LogProver& prover, std::string_view published_note,
                                     std::uint64_t old_size,
                                     std::optional<std::uint64_t> new_size) {
  CDP_TRY(const auto published,
          audit::Checkpoint::parse_body(published_note.substr(0, published_note.find("\n\n") + 1)));
  const std::uint64_t size = new_size.value_or(published.size);
  if (size > published.size) {
    return fail(ErrorCode::not_found, "the published log is shorter than that",
                "it has " + std::to_string(published.size) + " entries");
  }
  if (old_size > size) {
    return fail(ErrorCode::invalid_argument, "the older checkpoint is the larger of both",
                "a log only grows: give the smaller size first");
  }
  CDP_TRY(const auto proof, prover.prove_consistency(old_size, size));
  return layout::consistency_text(old_size, proof,
                                  size == published.size ? published_note : std::string_view());
}

}  // namespace cdp::compliance
