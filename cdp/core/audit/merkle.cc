#include "cdp/core/audit/merkle.h"

#include <openssl/evp.h>

#include <bit>
#include <cstdlib>
#include <memory>

namespace cdp::audit {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// One context a thread, its algorithm fetched once: looking SHA-256 up costs more than hashing 65
// bytes. A libcrypto without SHA-256 leaves nothing that could be answered.
EVP_MD_CTX* sha256_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context = [] {
    std::unique_ptr<EVP_MD_CTX, FreeContext> made(EVP_MD_CTX_new());
    if (made == nullptr || EVP_DigestInit_ex2(made.get(), EVP_sha256(), nullptr) != 1) std::abort();
    return made;
  }();
  return context.get();
}

Hash prefixed_sha256(std::uint8_t prefix, ByteView data) {
  EVP_MD_CTX* context = sha256_context();
  Hash out{};
  unsigned length = 0;
  if (EVP_DigestInit_ex2(context, nullptr, nullptr) != 1 ||
      EVP_DigestUpdate(context, &prefix, 1) != 1 ||
      EVP_DigestUpdate(context, data.data(), data.size()) != 1 ||
      EVP_DigestFinal_ex(context, out.data(), &length) != 1 || length != out.size()) {
    std::abort();
  }
  return out;
}

// The left subtree of n > 1 leaves: the largest power of two below n.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

Hash hash_range(const LeafRange& range, const LeafReader& leaf) {
  Frontier frontier;
  for (std::uint64_t i = range.from; i < range.to; ++i) frontier.append(leaf(i));
  return frontier.root();
}

Proof hash_ranges(const std::vector<LeafRange>& ranges, const LeafReader& leaf) {
  Proof proof;
  proof.reserve(ranges.size());
  for (const LeafRange& range : ranges) proof.push_back(hash_range(range, leaf));
  return proof;
}

// One step up the tree that both verifications share: up to the next node whose sibling is in the
// proof.
void climb(std::uint64_t& node, std::uint64_t& last) {
  if ((node & 1U) == 0) {
    while (node != 0 && (node & 1U) == 0) {
      node >>= 1U;
      last >>= 1U;
    }
  }
  node >>= 1U;
  last >>= 1U;
}

}  // namespace

Hash leaf_hash(ByteView entry) { return prefixed_sha256(0x00, entry); }

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 64> both;
  std::copy(left.begin(), left.end(), both.begin());
  std::copy(right.begin(), right.end(), both.begin() + 32);
  return prefixed_sha256(0x01, both);
}

Hash empty_root() {
  return {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
          0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
          0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
}

void Frontier::append(const Hash& leaf) {
  peaks_.push_back(leaf);
  for (std::uint64_t rest = size_; (rest & 1U) != 0; rest >>= 1U) {
    const Hash right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = node_hash(peaks_.back(), right);
  }
  ++size_;
}

Hash Frontier::root() const {
  if (peaks_.empty()) return empty_root();
  Hash root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i > 0; --i) root = node_hash(peaks_[i - 1], root);
  return root;
}

Bytes Frontier::serialise() const {
  Bytes out;
  out.reserve(8 + peaks_.size() * 32);
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>((size_ >> (shift - 8)) & 255U));
  }
  for (const Hash& peak : peaks_) out.insert(out.end(), peak.begin(), peak.end());
  return out;
}

Result<Frontier> Frontier::parse(ByteView bytes) {
  Frontier frontier;
  if (bytes.size() < 8) return fail(ErrorCode::invalid_argument, "a Merkle frontier is cut short");
  for (std::size_t i = 0; i < 8; ++i) frontier.size_ = (frontier.size_ << 8U) | bytes[i];
  const auto peaks = static_cast<std::size_t>(std::popcount(frontier.size_));
  if (bytes.size() != 8 + peaks * 32) {
    return fail(ErrorCode::invalid_argument, "a Merkle frontier has the wrong number of hashes");
  }
  frontier.peaks_.resize(peaks);
  for (std::size_t i = 0; i < peaks; ++i) {
    const ByteView peak = bytes.subspan(8 + i * 32, 32);
    std::copy(peak.begin(), peak.end(), frontier.peaks_[i].begin());
  }
  return frontier;
}

Result<std::vector<LeafRange>> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
  if (index >= size) return fail(ErrorCode::invalid_argument, "the tree has no such leaf");
  std::vector<LeafRange> ranges;
  LeafRange at{0, size};
  while (at.to - at.from > 1) {
    const std::uint64_t middle = at.from + split(at.to - at.from);
    if (index < middle) {
      ranges.push_back({middle, at.to});
      at.to = middle;
    } else {
      ranges.push_back({at.from, middle});
      at.from = middle;
    }
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

Result<std::vector<LeafRange>> consistency_ranges(std::uint64_t old_size, std::uint64_t new_size) {
  if (old_size > new_size) {
    return fail(ErrorCode::invalid_argument, "the older tree is larger than the newer one");
  }
  std::vector<LeafRange> ranges;
  if (old_size == 0 || old_size == new_size) return ranges;
  LeafRange at{0, new_size};
  while (old_size != at.to) {
    const std::uint64_t middle = at.from + split(at.to - at.from);
    if (old_size <= middle) {
      ranges.push_back({middle, at.to});
      at.to = middle;
    } else {
      ranges.push_back({at.from, middle});
      at.from = middle;
    }
  }
  if (at.from != 0) ranges.push_back(at);  // else the verifier knows it: the old root itself
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

Hash root_of(std::uint64_t size, const LeafReader& leaf) { return hash_range({0, size}, leaf); }

Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const LeafReader& leaf) {
  CDP_TRY(const auto ranges, inclusion_ranges(index, size));
  return hash_ranges(ranges, leaf);
}

Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                const LeafReader& leaf) {
  CDP_TRY(const auto ranges, consistency_ranges(old_size, new_size));
  return hash_ranges(ranges, leaf);
}

// RFC 9162 §2.1.3.2.
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf, const Proof& proof,
                      const Hash& root) {
  if (index >= size) return false;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      climb(node, last);
    } else {
      hash = node_hash(hash, sibling);
      node >>= 1U;
      last >>= 1U;
    }
  }
  return last == 0 && hash == root;
}

// RFC 9162 §2.1.4.2.
bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Hash& old_root,
                        const Hash& new_root, const Proof& proof) {
  if (old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (old_size == 0) return proof.empty() && old_root == empty_root();
  std::uint64_t node = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((node & 1U) != 0) {
    node >>= 1U;
    last >>= 1U;
  }
  const bool old_is_first = std::has_single_bit(old_size);
  if (!old_is_first && proof.empty()) return false;
  Hash old_hash = old_is_first ? old_root : proof.front();
  Hash new_hash = old_hash;
  for (std::size_t i = old_is_first ? 0 : 1; i < proof.size(); ++i) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      old_hash = node_hash(proof[i], old_hash);
      new_hash = node_hash(proof[i], new_hash);
      climb(node, last);
    } else {
      new_hash = node_hash(new_hash, proof[i]);
      node >>= 1U;
      last >>= 1U;
    }
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace cdp::audit
