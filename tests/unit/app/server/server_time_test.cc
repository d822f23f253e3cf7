// Slow clients and graceful stop. Time is moved by the test; the server looks at it every few
// milliseconds.
#include <thread>

#include "tests/unit/app/server/server_fixture.h"

namespace cdp::app::testing {
namespace {

using ::testing::HasSubstr;

// Long enough for any one limit that is meant, too short for those that are not.
Duration just_over(std::int64_t ms) { return Duration::millis(ms + 1'000); }

class SlowClientTest : public ServerTest {
 protected:
  SlowClientTest() {
    // Far apart, so that one advance passes one limit.
    options.connection.header_read_ms = 10'000;
    options.connection.body_read_ms = 100'000;
    options.connection.idle_ms = 1'000'000;
    options.connection.write_ms = 10'000'000;
    options.connection.linger_ms = 1'000;
  }
};

TEST_F(SlowClientTest, AHeaderThatDoesNotEndAnswers408) {
  start();
  Client slow(server->port());
  Client neighbour(server->port());
  EXPECT_EQ(neighbour.ask(get("/")).status, 200);
  slow.send(get("/one") + "GET /two HTTP/1.1\r\nHost: ");
  EXPECT_EQ(slow.receive().status, 200);
  clock.advance(just_over(10'000));
  const auto reply = slow.receive();
  EXPECT_EQ(reply.status, 408);
  EXPECT_THAT(reply.body, HasSubstr("header_timeout"));
  EXPECT_TRUE(slow.ended());
  EXPECT_EQ(neighbour.ask(get("/")).status, 200);
}

TEST_F(SlowClientTest, DrippingBytesDoNotMoveTheDeadline) {
  start();
  Client slow(server->port());
  slow.send(get("/one") + "GET /two HTTP/1.1\r\n");
  EXPECT_EQ(slow.receive().status, 200);
  for (int i = 0; i < 12; ++i) {
    slow.send("X: y\r\n");
    clock.advance(Duration::millis(1'000));
  }
  EXPECT_EQ(slow.receive().status, 408);
}

TEST_F(SlowClientTest, ABodyThatDoesNotEndAnswers408) {
  start();
  Client slow(server->port());
  // 100 says that the server has come to the body.
  slow.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n");
  EXPECT_EQ(slow.receive(true).status, 100);
  slow.send("half");
  clock.advance(just_over(10'000));
  Client neighbour(server->port());
  EXPECT_EQ(neighbour.ask(get("/")).status, 200);
  clock.advance(just_over(100'000));
  const auto reply = slow.receive();
  EXPECT_EQ(reply.status, 408);
  EXPECT_THAT(reply.body, HasSubstr("body_timeout"));
}

TEST_F(SlowClientTest, ATruncatedBodyIsNeverServed) {
  start();
  Client client(server->port());
  client.send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhalf");
  client.end_sending();
  EXPECT_TRUE(client.ended());
  Client after(server->port());
  after.send(post("/later", "whole"));
  auto waiting = shelf.take(1);
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].first.body, "whole");
  waiting[0].second(http::Response::text(200, ""));
}

TEST_F(SlowClientTest, SilentAndIdleConnectionsAreClosed) {
  start();
  Client used(server->port());
  EXPECT_EQ(used.ask(get("/")).status, 200);
  Client silent(server->port());
  EXPECT_EQ(Client(server->port()).ask(get("/")).status, 200);  // `silent` was accepted before
  clock.advance(just_over(10'000));
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(used.ask(get("/")).status, 200);
  clock.advance(just_over(1'000'000));
  EXPECT_TRUE(used.ended());
}

TEST_F(SlowClientTest, AReaderThatTakesNothingIsClosed) {
  start();
  Client stuck(server->port(), 4'096);
  stuck.send(get("/big") + get("/big") + get("/big"));
  char first = 0;
  ASSERT_EQ(::recv(stuck.fd(), &first, 1, MSG_PEEK), 1);  // the first answer is being written
  Client neighbour(server->port());
  EXPECT_EQ(neighbour.ask(get("/")).status, 200);
  clock.advance(just_over(10'000'000));
  while (stuck.receive().status != 0) {
  }
  EXPECT_EQ(Client(server->port()).ask(get("/")).status, 200);
}

TEST_F(ServerTest, StopLetsRequestsInFlightFinish) {
  start();
  Client busy(server->port());
  busy.send(get("/later") + get("/pipelined"));
  auto waiting = shelf.take(1);
  Client idle(server->port());
  EXPECT_EQ(idle.ask(get("/")).status, 200);
  const std::uint16_t port = server->port();
  std::thread stopper([this] { server->stop(); });
  EXPECT_TRUE(idle.ended());  // the drain has begun
  EXPECT_FALSE(Client(port).connected());
  waiting[0].second(http::Response::text(200, "done"));
  const auto reply = busy.receive();
  EXPECT_EQ(reply.body, "done");
  EXPECT_THAT(reply.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(busy.ended());
  busy.hang_up();
  stopper.join();
}

TEST_F(ServerTest, StopReadsARequestThatHasBegun) {
  start();
  Client busy(server->port());
  busy.send("POST /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(busy.receive(true).status, 100);
  Client idle(server->port());
  EXPECT_EQ(idle.ask(get("/")).status, 200);
  std::thread stopper([this] { server->stop(); });
  EXPECT_TRUE(idle.ended());
  EXPECT_EQ(busy.ask("hello").body, "POST /b hello");
  busy.hang_up();
  stopper.join();
}

TEST_F(ServerTest, StopEndsAtTheDrainDeadline) {
  start();
  Client stuck(server->port());
  stuck.send(get("/later"));
  const auto waiting = shelf.take(1);
  Client idle(server->port());
  EXPECT_EQ(idle.ask(get("/")).status, 200);
  std::thread stopper([this] { server->stop(); });
  EXPECT_TRUE(idle.ended());
  clock.advance(just_over(limits::kDrainMs));
  stopper.join();
  EXPECT_TRUE(stuck.ended());
}

TEST_F(ServerTest, StopTwiceIsStopOnce) {
  start();
  server->stop();
  server->stop();
}

}  // namespace
}  // namespace cdp::app::testing
