// RFC 6962 §2.1 written down as it stands there, recursion and all: the reference that
// cdp/core/audit/merkle is tested against. Quadratic; for trees of hundreds of leaves.
#pragma once

#include <cstddef>
#include <span>

#include "cdp/core/audit/merkle.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::testing::slow {

using audit::Hash;
using audit::Proof;
using Leaves = std::span<const Bytes>;

inline Hash sha256_of(std::uint8_t prefix, ByteView a, ByteView b = {}) {
  Bytes input{prefix};
  input.insert(input.end(), a.begin(), a.end());
  input.insert(input.end(), b.begin(), b.end());
  return crypto::sha256(input);
}

inline std::size_t largest_power_of_two_below(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

// MTH(D[n])
inline Hash tree_hash(Leaves d) {
  if (d.empty()) return crypto::sha256({});
  if (d.size() == 1) return sha256_of(0x00, d[0]);
  const std::size_t k = largest_power_of_two_below(d.size());
  return sha256_of(0x01, tree_hash(d.first(k)), tree_hash(d.subspan(k)));
}

// PATH(m, D[n])
inline Proof path(std::size_t m, Leaves d) {
  if (d.size() <= 1) return {};
  const std::size_t k = largest_power_of_two_below(d.size());
  Proof proof = m < k ? path(m, d.first(k)) : path(m - k, d.subspan(k));
  proof.push_back(m < k ? tree_hash(d.subspan(k)) : tree_hash(d.first(k)));
  return proof;
}

// SUBPROOF(m, D[n], b)
inline Proof subproof(std::size_t m, Leaves d, bool b) {
  if (m == d.size()) return b ? Proof{} : Proof{tree_hash(d)};
  const std::size_t k = largest_power_of_two_below(d.size());
  Proof proof = m <= k ? subproof(m, d.first(k), b) : subproof(m - k, d.subspan(k), false);
  proof.push_back(m <= k ? tree_hash(d.subspan(k)) : tree_hash(d.first(k)));
  return proof;
}

// PROOF(m, D[n]) for 0 < m < n; the two ends are empty
inline Proof consistency(std::size_t m, Leaves d) {
  return m == 0 || m == d.size() ? Proof{} : subproof(m, d, true);
}

}  // namespace cdp::testing::slow
