#include "cdp/core/base/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <vector>

namespace cdp {
namespace {

TEST(SystemRandom, NeverHandsOutTheSameBytesTwice) {
  SystemRandom random;
  std::set<Token> seen;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(random.next_token()).second);
}

TEST(SystemRandom, FillsEverySizeWhole) {
  SystemRandom random;
  for (std::size_t size = 0; size <= 1'000; ++size) {
    std::vector<std::uint8_t> bytes(size, 0);
    // A byte that stays zero eight times over was not filled (one chance in 2^64).
    std::vector<std::uint8_t> seen(size, 0);
    for (int round = 0; round < 8; ++round) {
      random.fill(bytes);
      for (std::size_t i = 0; i < size; ++i) seen[i] |= bytes[i];
    }
    EXPECT_EQ(std::ranges::count(seen, 0), 0) << size;
  }
}

// What was drawn ahead must not be drawn again on the other side of a fork: two processes with one
// nonce would undo the encryption.
TEST(SystemRandom, AChildProcessDoesNotContinueItsParentsDraw) {
  SystemRandom random;
  (void)random.next_token();  // something is left of this draw
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Token token = random.next_token();
    const bool written = ::write(ends[1], token.data(), token.size()) == ssize_t(token.size());
    ::_exit(written ? 0 : 1);
  }
  const Token mine = random.next_token();
  Token theirs{};
  ASSERT_EQ(::read(ends[0], theirs.data(), theirs.size()), ssize_t(theirs.size()));
  ::close(ends[0]);
  ::close(ends[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(mine, theirs);
}

}  // namespace
}  // namespace cdp
