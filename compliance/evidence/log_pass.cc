#include "compliance/evidence/log_pass.h"

namespace cdp::compliance {

Result<LogPass> LogPass::start(std::uint64_t size, std::optional<std::uint64_t> previous_size,
                               audit::TileBuilder::Sink tile) {
  LogPass pass(audit::TileBuilder(std::move(tile)), previous_size);
  CDP_TRY(const auto ranges, audit::consistency_ranges(previous_size.value_or(0), size));
  for (const audit::LeafRange& range : ranges) pass.proof_.push_back({range, {}});
  return pass;
}

Result<void> LogPass::add(const audit::Hash& leaf) {
  const std::uint64_t index = tiles_.frontier().size();
  for (Subtree& subtree : proof_) {
    if (subtree.range.from <= index && index < subtree.range.to) subtree.frontier.append(leaf);
  }
  CDP_CHECK(tiles_.append(leaf));
  if (previous_size_ == index + 1) previous_root_ = root();
  if (watched_size_ == index + 1) watched_root_ = root();
  return {};
}

Result<void> LogPass::finish() { return tiles_.finish(); }

audit::Proof LogPass::consistency() const {
  audit::Proof proof;
  for (const Subtree& subtree : proof_) proof.push_back(subtree.frontier.root());
  return proof;
}

}  // namespace cdp::compliance
