// Kill -9 under load, a hundred times: what was acknowledged is there, once (invariant 5).
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "cdp/core/base/random.h"
#include "tests/support/cdp_process.h"
#include "tests/support/temp_directory.h"

namespace cdp::testing {
namespace {

constexpr std::size_t kConnections = 4;
constexpr std::size_t kBatch = 25;
constexpr std::uint64_t kPeople = 400;
constexpr int kKills = 100;
constexpr std::uint64_t kLifeUsMax = 250'000;
// The suite's minute, with what comes after: on a machine too slow for a hundred kills, fewer are
// made, and it says so.
constexpr auto kTimeMax = std::chrono::seconds(45);
constexpr int kKillsMin = 20;

// One client: batches whose message ids follow from (connection, number), so that each can be sent
// again later, byte for byte.
struct Sender {
  std::size_t connection = 0;
  std::uint64_t sent = 0;                 // batches tried
  std::vector<std::uint64_t> acked;       // batches with a 200
  std::vector<std::uint64_t> unanswered;  // sent, and nothing heard
  std::uint64_t duplicates = 0, surprises = 0;

  std::string body(std::uint64_t number) const;
  void run(std::uint16_t port, const std::string& authorization, const std::atomic<bool>& over);
};

std::string Sender::body(std::uint64_t number) const {
  SeededRandom random(connection * 1'000'003 + number);
  std::string out = R"({"batch":[)";
  for (std::size_t i = 0; i < kBatch; ++i) {
    const std::string person = std::to_string(random.below(kPeople));
    if (i > 0) out += ',';
    out += R"({"messageId":"m-)" + std::to_string(connection) + "-" + std::to_string(number) + "-" +
           std::to_string(i) + R"(","userId":"u)" + person + R"(",)";
    if (random.below(4) == 0) {
      out += R"("type":"identify","anonymousId":"d)" + person + R"(","traits":{"email":"p)" +
             person + R"(@shop.example","visits":)" + std::to_string(number) + R"(},)" +
             R"("context":{"consent":{"categoryPreferences":{"Newsletter":)" +
             (random.below(2) == 0 ? "true" : "false") + "}}}}";
    } else {
      out +=
          R"("type":"track","event":"Viewed","properties":{"n":)" + std::to_string(number) + "}}";
    }
  }
  return out + "]}";
}

void Sender::run(std::uint16_t port, const std::string& authorization,
                 const std::atomic<bool>& over) {
  HttpLine line(port);
  while (!over) {
    const std::uint64_t number = sent++;
    const auto answer = line.exchange(post_request("/v1/batch", authorization, body(number)));
    if (!answer) return unanswered.push_back(number);
    if (answer->status != 200) {
      unanswered.push_back(number);  // 429 or 503: not acknowledged, and sent again at the end
      continue;
    }
    acked.push_back(number);
    duplicates += json_number(answer->body, "duplicates");
    if (json_number(answer->body, "accepted") != kBatch) ++surprises;
  }
}

class KillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* binary = std::getenv("CDP_BINARY");
    if (binary == nullptr || *binary == '\0') GTEST_SKIP() << "CDP_BINARY names no cdp";
    binary_ = binary;
    data_ = folder_ / "data";
    ASSERT_TRUE(run_cdp(binary_, {"init", data_.string()}));
    std::ofstream(data_ / "cdp.toml", std::ios::app)
        << "\n[source.web]\nkind = \"segment\"\ntrust = \"server\"\n"
           "categories = {Newsletter = \"marketing.communications.email\"}\n";
    const auto added =
        run_cdp(binary_, {"source", "add", "web", "--dir", data_.string(), "--json"});
    ASSERT_TRUE(added) << added.error().what;
    authorization_ = basic_authorization(json_text(*added, "write_key"));
    for (std::size_t i = 0; i < kConnections; ++i) senders_[i].connection = i;
  }

  // Until the moment comes, or every sender has given up before it (which the counts then show).
  void wait_until(std::chrono::microseconds moment, const std::atomic<std::size_t>& running) {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, moment, [&] { return running == 0; });
  }

  void live_and_die(Random& random) {
    auto server = ServedCdp::start(binary_, data_);
    ASSERT_TRUE(server) << server.error().what << " after kill " << kills_;
    std::atomic<bool> over{false};
    std::atomic<std::size_t> running{kConnections};
    std::vector<std::thread> threads;
    for (auto& sender : senders_) {
      threads.emplace_back([&] {
        sender.run(server->port(), authorization_, over);
        --running;
        ended_.notify_all();
      });
    }
    wait_until(std::chrono::microseconds(random.below(kLifeUsMax)), running);
    server->kill9();
    over = true;
    for (auto& thread : threads) thread.join();
    ++kills_;
  }

  // A start that is cut off while it still looks at what the last one left.
  void die_while_starting(Random& random) {
    auto server = ServedCdp::launch(binary_, data_);
    ASSERT_TRUE(server);
    wait_until(std::chrono::microseconds(random.below(60'000)), std::atomic<std::size_t>{1});
    server->kill9();
    ++kills_;
  }

  // Everything once more: the acknowledged must all be duplicates; what was never answered may be
  // either, and is there afterwards.
  void send_again(const ServedCdp& server) {
    HttpLine line(server.port());
    for (const auto& sender : senders_) {
      for (const auto number : sender.acked) {
        const auto answer =
            line.exchange(post_request("/v1/batch", authorization_, sender.body(number)));
        ASSERT_TRUE(answer && answer->status == 200);
        EXPECT_EQ(json_number(answer->body, "duplicates"), kBatch)
            << "an acknowledged batch is gone";
      }
      for (const auto number : sender.unanswered) {
        const auto answer =
            line.exchange(post_request("/v1/batch", authorization_, sender.body(number)));
        ASSERT_TRUE(answer && answer->status == 200);
        const auto known = json_number(answer->body, "duplicates");
        EXPECT_TRUE(known == 0 || known == kBatch) << "half a batch became durable";
      }
    }
  }

  std::uint64_t messages_sent() const {
    std::uint64_t batches = 0;
    for (const auto& sender : senders_) batches += sender.sent;
    return batches * kBatch;
  }

  std::filesystem::path binary_, data_;
  TempDirectory folder_;
  std::string authorization_;
  std::array<Sender, kConnections> senders_;
  int kills_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
};

TEST_F(KillTest, LosesNothingAcknowledgedAndDoublesNothing) {
  SeededRandom random(20'261'122);
  const auto start = std::chrono::steady_clock::now();
  while (kills_ < kKills && std::chrono::steady_clock::now() - start < kTimeMax) {
    ASSERT_NO_FATAL_FAILURE(live_and_die(random));
    if (random.below(5) == 0) {
      ASSERT_NO_FATAL_FAILURE(die_while_starting(random));
    }
  }
  EXPECT_GE(kills_, kKillsMin);
  for (const auto& sender : senders_) {
    EXPECT_EQ(sender.duplicates, 0U) << "a message was there before it was sent";
    EXPECT_EQ(sender.surprises, 0U);
    EXPECT_FALSE(sender.acked.empty());
  }
  {
    auto server = ServedCdp::start(binary_, data_);
    ASSERT_TRUE(server) << server.error().what;
    ASSERT_NO_FATAL_FAILURE(send_again(*server));
    const auto stats = run_cdp(binary_, {"stats", "--dir", data_.string(), "--json"});
    ASSERT_TRUE(stats);
    // Distinct messages sent = observations in the ledger: nothing lost, nothing doubled.
    EXPECT_EQ(json_number(*stats, "observations"), messages_sent());
    const auto exported = run_cdp(
        binary_, {"audit", "export", (folder_ / "export").string(), "--dir", data_.string()});
    ASSERT_TRUE(exported) << exported.error().what;
    EXPECT_TRUE(server->stop());
  }
  EXPECT_TRUE(run_cdp(binary_, {"audit", "verify", (folder_ / "export").string()}));
  const auto healthy = run_cdp(binary_, {"doctor", "--dir", data_.string(), "--json"});
  EXPECT_TRUE(healthy) << "the integrity checks are not clean";
  RecordProperty("kills", kills_);
  RecordProperty("messages", static_cast<int>(messages_sent()));
  std::cout << kills_ << " kills, " << messages_sent() << " messages\n";
}

}  // namespace
}  // namespace cdp::testing
