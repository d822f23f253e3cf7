// Merkle trees after RFC 6962 §2 (identical in RFC 9162): pure mathematics, no storage, no clock.
//
//   leaf hash = SHA-256(0x00 ‖ entry)    node = SHA-256(0x01 ‖ left ‖ right)    empty tree =
//   SHA-256("")
//
// The slow definition of the RFC is kept beside it in tests/support as the reference it is tested
// against. Thread-safety: values and pure functions. Errors: a proof of another length or size is
// invalid_argument; verification answers bool.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/result.h"

namespace cdp::audit {

using Hash = std::array<std::uint8_t, 32>;
using Proof = std::vector<Hash>;

Hash leaf_hash(ByteView entry);
Hash node_hash(const Hash& left, const Hash& right);
Hash empty_root();

// The right edge of a tree: enough to append and to compute the root. At most 64 hashes.
class Frontier {
 public:
  void append(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  Hash root() const;
  Bytes serialise() const;
  static Result<Frontier> parse(ByteView bytes);
  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;  // largest subtree first
};

// Leaves [from, to). A proof is a list of subtree hashes: these say which leaves each one covers,
// so that a caller that streams the log can hash all of them in one pass. Errors: invalid_argument.
struct LeafRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};
Result<std::vector<LeafRange>> inclusion_ranges(std::uint64_t index, std::uint64_t size);
Result<std::vector<LeafRange>> consistency_ranges(std::uint64_t old_size, std::uint64_t new_size);

// Roots and proofs over leaf hashes that `leaf(i)` answers for i in [0, size).
// A proof from the empty tree is empty: everything continues it.
using LeafReader = std::function<Hash(std::uint64_t)>;
Hash root_of(std::uint64_t size, const LeafReader& leaf);
Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const LeafReader& leaf);
Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                const LeafReader& leaf);
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf, const Proof& proof,
                      const Hash& root);
bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Hash& old_root,
                        const Hash& new_root, const Proof& proof);

}  // namespace cdp::audit
