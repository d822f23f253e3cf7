#include "cdp/core/audit/merkle.h"

#include <gtest/gtest.h>

#include "cdp/core/base/random.h"
#include "cdp/core/event/json.h"
#include "tests/support/reference_data.h"
#include "tests/support/slow_merkle.h"

namespace cdp::audit {
namespace {

Bytes entry(std::uint64_t i) {
  const std::string text = "leaf " + std::to_string(i);
  return {text.begin(), text.end()};
}

// Trees of every size up to 300, their leaves and their leaf hashes.
class Merkle : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSizeMax = 300;
  void SetUp() override {
    for (std::uint64_t i = 0; i < kSizeMax; ++i) {
      entries_.push_back(entry(i));
      leaves_.push_back(leaf_hash(entries_.back()));
    }
    reader_ = [this](std::uint64_t i) { return leaves_.at(i); };
    Frontier frontier;
    roots_.push_back(frontier.root());
    for (const Hash& leaf : leaves_) {
      frontier.append(leaf);
      roots_.push_back(frontier.root());
    }
  }
  testing::slow::Leaves first(std::uint64_t n) const {
    return testing::slow::Leaves(entries_).first(n);
  }

  std::vector<Bytes> entries_;
  std::vector<Hash> leaves_;
  std::vector<Hash> roots_;  // by size
  LeafReader reader_;
};

Hash hash_from(std::string_view base64) {
  Hash out{};
  const Bytes bytes = from_base64(base64).value();
  EXPECT_EQ(bytes.size(), out.size());
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return out;
}

TEST_F(Merkle, RootsEqualTheDefinitionOfTheRfcForEverySize) {
  for (std::uint64_t n = 0; n <= kSizeMax; ++n) {
    const Hash slow = testing::slow::tree_hash(first(n));
    EXPECT_EQ(roots_[n], slow) << n;
    EXPECT_EQ(root_of(n, reader_), slow) << n;
  }
}

TEST_F(Merkle, InclusionProofsEqualTheDefinitionAndVerifyForEveryPair) {
  for (std::uint64_t n = 1; n <= kSizeMax; n += n < 70 ? 1 : 23) {
    for (std::uint64_t i = 0; i < n; ++i) {
      const Proof proof = inclusion_proof(i, n, reader_).value();
      ASSERT_EQ(proof, testing::slow::path(i, first(n))) << i << " of " << n;
      ASSERT_TRUE(verify_inclusion(i, n, leaves_[i], proof, roots_[n])) << i << " of " << n;
    }
  }
}

TEST_F(Merkle, ConsistencyProofsEqualTheDefinitionForEveryPair) {
  for (std::uint64_t n = 0; n <= kSizeMax; n += n < 70 ? 1 : 23) {
    for (std::uint64_t m = 0; m <= n; ++m) {
      ASSERT_EQ(consistency_proof(m, n, reader_).value(), testing::slow::consistency(m, first(n)))
          << m << " to " << n;
    }
  }
}

TEST_F(Merkle, ConsistencyProofsVerifyForEveryPairOfSizesUpTo300) {
  for (std::uint64_t n = 0; n <= kSizeMax; ++n) {
    for (std::uint64_t m = 0; m <= n; m += n < 130 ? 1 : 7) {
      const Proof proof = consistency_proof(m, n, reader_).value();
      ASSERT_TRUE(verify_consistency(m, n, roots_[m], roots_[n], proof)) << m << " to " << n;
    }
  }
}

TEST_F(Merkle, RefusesEveryOneBitEditOfAnInclusionProof) {
  for (const std::uint64_t n : {1U, 2U, 3U, 7U, 8U, 9U, 33U, 100U, 257U}) {
    for (const std::uint64_t i : {std::uint64_t{0}, n / 3, n / 2, n - 1}) {
      const Proof proof = inclusion_proof(i, n, reader_).value();
      for (std::size_t h = 0; h < proof.size(); ++h) {
        for (std::size_t b = 0; b < 32; ++b) {
          Proof edited = proof;
          edited[h][b] ^= static_cast<std::uint8_t>(1U << (b % 8));
          EXPECT_FALSE(verify_inclusion(i, n, leaves_[i], edited, roots_[n]));
        }
      }
      Proof longer = proof;
      longer.push_back(leaves_[0]);
      EXPECT_FALSE(verify_inclusion(i, n, leaves_[i], longer, roots_[n]));
      if (!proof.empty()) {
        const Proof shorter(proof.begin(), proof.end() - 1);
        EXPECT_FALSE(verify_inclusion(i, n, leaves_[i], shorter, roots_[n]));
      }
      Hash other = leaves_[i];
      other[31] ^= 1U;
      EXPECT_FALSE(verify_inclusion(i, n, other, proof, roots_[n]));
      EXPECT_FALSE(verify_inclusion(i, n, leaves_[i], proof, other));
      for (std::uint64_t wrong = 0; wrong <= n; ++wrong) {
        EXPECT_EQ(verify_inclusion(wrong, n, leaves_[i], proof, roots_[n]), wrong == i);
      }
    }
  }
}

TEST_F(Merkle, RefusesEveryOneBitEditOfAConsistencyProof) {
  for (const std::uint64_t n : {2U, 3U, 7U, 8U, 9U, 33U, 100U, 257U}) {
    for (const std::uint64_t m : {std::uint64_t{1}, n / 3 + 1, n / 2, n - 1}) {
      const Proof proof = consistency_proof(m, n, reader_).value();
      for (std::size_t h = 0; h < proof.size(); ++h) {
        for (std::size_t b = 0; b < 32; ++b) {
          Proof edited = proof;
          edited[h][b] ^= static_cast<std::uint8_t>(1U << (b % 8));
          EXPECT_FALSE(verify_consistency(m, n, roots_[m], roots_[n], edited));
        }
      }
      Proof longer = proof;
      longer.push_back(leaves_[0]);
      EXPECT_FALSE(verify_consistency(m, n, roots_[m], roots_[n], longer));
      const Proof shorter(proof.begin(), proof.end() - 1);
      EXPECT_FALSE(verify_consistency(m, n, roots_[m], roots_[n], shorter));
      EXPECT_FALSE(verify_consistency(m, n, roots_[m - 1], roots_[n], proof));
      EXPECT_FALSE(verify_consistency(m, n, roots_[m], roots_[n - 1], proof));
    }
  }
}

TEST_F(Merkle, KnowsWhatTheEndsOfConsistencyMean) {
  EXPECT_TRUE(verify_consistency(0, 5, empty_root(), roots_[5], {}));
  EXPECT_FALSE(verify_consistency(0, 5, roots_[1], roots_[5], {}));
  EXPECT_FALSE(verify_consistency(0, 5, empty_root(), roots_[5], {leaves_[0]}));
  EXPECT_TRUE(verify_consistency(5, 5, roots_[5], roots_[5], {}));
  EXPECT_FALSE(verify_consistency(5, 5, roots_[4], roots_[5], {}));
  EXPECT_FALSE(verify_consistency(5, 4, roots_[5], roots_[4], {}));
  EXPECT_FALSE(consistency_proof(5, 4, reader_));
  EXPECT_FALSE(inclusion_proof(4, 4, reader_));
  EXPECT_FALSE(verify_inclusion(0, 0, leaves_[0], {}, empty_root()));
}

TEST_F(Merkle, FrontierSurvivesBytesAtEverySize) {
  Frontier frontier;
  for (const Hash& leaf : leaves_) {
    const Frontier again = Frontier::parse(frontier.serialise()).value();
    ASSERT_EQ(again, frontier);
    frontier.append(leaf);
  }
  Bytes bytes = frontier.serialise();
  bytes.pop_back();
  EXPECT_FALSE(Frontier::parse(bytes));
  EXPECT_FALSE(Frontier::parse(ByteView(bytes).first(7)));
  bytes.resize(bytes.size() + 2);
  EXPECT_FALSE(Frontier::parse(bytes));
}

TEST_F(Merkle, AgreesWithGoAboutRoots) {
  CDP_REQUIRE_REFERENCE(file, "audit/go-xmod/tlog_roots.json");
  const std::string text = testing::read_text(file);
  const auto document = json::Document::parse(text).value();
  EXPECT_EQ(empty_root(), hash_from(*document.root().text("emptyRoot")));
  std::map<std::uint64_t, Hash> wanted;
  document.root().get("roots")->each_member([&](std::string_view size, json::Value root) {
    wanted[std::stoull(std::string(size))] = hash_from(*root.string());
    return true;
  });
  ASSERT_GE(wanted.size(), 500U);
  Frontier frontier;
  for (const auto& [size, root] : wanted) {
    while (frontier.size() < size) frontier.append(leaf_hash(entry(frontier.size())));
    EXPECT_EQ(frontier.root(), root) << size;
  }
}

TEST_F(Merkle, AgreesWithGoAboutInclusionProofs) {
  CDP_REQUIRE_REFERENCE(file, "audit/go-xmod/tlog_inclusion.json");
  const std::string text = testing::read_text(file);
  const auto document = json::Document::parse(text).value();
  std::vector<Hash> leaves;
  for (std::uint64_t i = 0; i < 70'000; ++i) leaves.push_back(leaf_hash(entry(i)));
  std::size_t checked = 0;
  document.root().each([&](json::Value item) {
    const auto index = static_cast<std::uint64_t>(*item.get("Index")->integer());
    const auto size = static_cast<std::uint64_t>(*item.get("Size")->integer());
    Proof proof;
    item.get("Proof")->each([&](json::Value hash) {
      proof.push_back(hash_from(*hash.string()));
      return true;
    });
    const Hash leaf = hash_from(*item.text("LeafHash"));
    EXPECT_EQ(leaf, leaves.at(index));
    EXPECT_TRUE(verify_inclusion(index, size, leaf, proof, hash_from(*item.text("Root"))));
    EXPECT_EQ(inclusion_proof(index, size, [&](std::uint64_t i) { return leaves.at(i); }).value(),
              proof);
    ++checked;
    return true;
  });
  EXPECT_GE(checked, 40U);
}

}  // namespace
}  // namespace cdp::audit
