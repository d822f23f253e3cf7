#include "cdp/app/server/server.h"

#include <sys/stat.h>

#include <thread>

#include "tests/unit/app/server/gzip_for_tests.h"
#include "tests/unit/app/server/server_fixture.h"

namespace cdp::app::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
  start();
  Client client(server->port());
  for (int i = 0; i < 50; ++i) {
    const std::string body = std::to_string(i);
    const auto reply = client.ask(post("/a", body));
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "POST /a " + body);
    EXPECT_THAT(reply.head, HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST_F(ServerTest, SendsDateAndNoStoreButNotItsName) {
  start();
  const auto reply = Client(server->port()).ask(get("/"));
  EXPECT_THAT(reply.head, HasSubstr("Date: Sun, 22 Nov 2026 20:23:00 GMT\r\n"));
  EXPECT_THAT(reply.head, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(reply.head, Not(HasSubstr("Server:")));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client client(server->port());
  std::string all;
  for (int i = 0; i < 200; ++i) all += post("/" + std::to_string(i), "b");
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(client.receive().body, "POST /" + std::to_string(i) + " b");
  }
}

TEST_F(ServerTest, ReadsChunkedBodies) {
  start();
  Client client(server->port());
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  EXPECT_EQ(client.ask(chunked).body, "POST /c hello world");
  EXPECT_EQ(client.ask(chunked + get("/next")).body, "POST /c hello world");
  EXPECT_EQ(client.receive().body, "GET /next ");
}

TEST_F(ServerTest, HeadHasNoBody) {
  start();
  Client client(server->port());
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + get("/y"));
  const auto head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_THAT(head.head, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_EQ(client.receive().body, "GET /y ");
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
  start();
  Client client(server->port());
  const auto reply = client.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.ended());
  Client old(server->port());
  EXPECT_EQ(old.ask("GET / HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(old.ended());
}

TEST_F(ServerTest, AnswersAClientThatHasEndedItsSending) {
  start();
  Client client(server->port());
  client.send(get("/half"));
  client.end_sending();
  EXPECT_EQ(client.receive().body, "GET /half ");
}

TEST_F(ServerTest, SaysContinueBeforeABodyThatAsksForIt) {
  start();
  Client client(server->port());
  client.send("POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 100);
  EXPECT_EQ(client.ask("hello").body, "POST /e hello");
}

TEST_F(ServerTest, UndoesGzipWhateverTheContentType) {
  start();
  Client client(server->port());
  const std::string packed = gzip("{\"batch\":[]}");
  for (const char* fields :
       {"Content-Encoding: gzip\r\nContent-Type: application/json\r\n",
        "Content-Encoding: gzip\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        "Content-Encoding: gzip\r\n", "Content-Type: text/plain\r\n"}) {
    EXPECT_EQ(client.ask(post("/g", packed, fields)).body, "POST /g {\"batch\":[]}") << fields;
  }
  EXPECT_EQ(client.ask(post("/g", "x", "Content-Encoding: br\r\n")).status, 415);
  EXPECT_EQ(client.ask(post("/g", "plain", "Content-Encoding: gzip\r\n")).status, 400);
  EXPECT_EQ(client.ask(post("/g", packed.substr(0, packed.size() / 2), "")).status, 400);
}

TEST_F(ServerTest, AGzipBombAnswers413AndTheConnectionGoesOn) {
  start();
  Client client(server->port());
  const auto reply =
      client.ask(post("/g", gzip(std::string(15'000'000, 'a')), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, StartsWith(R"({"error":{"code":"too_large")"));
  EXPECT_EQ(client.ask(get("/next")).status, 200);
}

TEST_F(ServerTest, AnOversizedBodyAnswers413ThoughTheClientIsStillSending) {
  options.connection.reader.body_bytes = 1'000;
  start();
  Client client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  client.send(std::string(100'000, 'a'));
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, LargeAnswersArriveWhole) {
  start();
  Client client(server->port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.ask(get("/big")).body, std::string(4'000'000, 'x'));
}

TEST_F(ServerTest, ASmuggledRequestIsNeverServed) {
  start();
  for (const char* framing :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nContent-Length: 40\r\n", "Transfer-Encoding:\r\n chunked\r\n",
        "Content-Length: 4, 4\r\n", "Host: other\r\nContent-Length: 4\r\n"}) {
    Client client(server->port());
    const auto reply = client.ask("POST /a HTTP/1.1\r\nHost: h\r\n" + std::string(framing) +
                                  "\r\n0\r\n\r\n" + get("/smuggled"));
    EXPECT_EQ(reply.status, 400) << framing;
    EXPECT_THAT(reply.body, StartsWith(R"({"error":{"code":")"));
    EXPECT_TRUE(client.ended()) << framing;
  }
}

TEST_F(ServerTest, AHandlerThatThrowsAnswers500WithoutItsText) {
  start();
  Client client(server->port());
  const auto reply = client.ask(get("/throw"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, Not(HasSubstr("ada")));
  EXPECT_EQ(client.ask(get("/next")).status, 200);
  server->stop();
  EXPECT_THAT(lines, HasSubstr("handler_threw"));
  EXPECT_THAT(lines, Not(HasSubstr("ada")));
}

TEST_F(ServerTest, ADroppedResponderAnswers503) {
  start();
  Client client(server->port());
  const auto reply = client.ask(get("/drop"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.head, HasSubstr("Retry-After: "));
  EXPECT_EQ(client.ask(get("/next")).status, 200);
}

TEST_F(ServerTest, RespondersMayAnswerLaterFromAnotherThreadAndOnlyOnce) {
  options.worker_threads = 1;
  start();
  constexpr std::size_t kClients = 20;  // far more than workers
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    clients.back()->send(post("/later", std::to_string(i)));
  }
  auto waiting = shelf.take(kClients);
  std::thread other([&waiting] {
    for (auto& [request, respond] : waiting) {
      respond(http::Response::text(200, "late " + request.body));
      respond(http::Response::text(200, "twice"));
    }
    waiting.clear();
  });
  for (std::size_t i = 0; i < kClients; ++i) {
    EXPECT_EQ(clients[i]->receive().body, "late " + std::to_string(i));
    EXPECT_EQ(clients[i]->ask(get("/next")).body, "GET /next ");
  }
  other.join();
}

TEST_F(ServerTest, ARespondersAnswerToAClosedConnectionOrServerIsDropped) {
  start();
  Client gone(server->port());
  gone.send(get("/later"));
  auto waiting = shelf.take(1);
  gone.hang_up();
  waiting[0].second(http::Response::text(200, "x"));
  Client client(server->port());
  client.send(get("/later"));
  waiting = shelf.take(1);
  std::atomic<bool> stopped{false};
  std::thread mover([this, &stopped] {  // past the drain deadline
    while (!stopped.load()) clock.advance(Duration::millis(limits::kDrainMs + 1));
  });
  server->stop();
  stopped = true;
  mover.join();
  waiting[0].second(http::Response::text(200, "x"));
  server.reset();
  waiting[0].second(http::Response::text(200, "x"));
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, AnswersTooManyWhenFullAndRecovers) {
  options.requests_in_flight_max = 2;
  start();
  Client a(server->port());
  Client b(server->port());
  a.send(get("/later"));
  b.send(get("/later"));
  auto waiting = shelf.take(2);
  while (waiting.size() < 2) {
    for (auto& one : shelf.take(1)) waiting.push_back(std::move(one));
  }
  Client c(server->port());
  const auto reply = c.ask(post("/c", "small"));
  EXPECT_EQ(reply.status, 429);
  EXPECT_THAT(reply.head, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(reply.body, StartsWith(R"({"error":{"code":"overloaded")"));
  // A body that is not here yet is not read on.
  Client d(server->port());
  d.send("POST /d HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n");
  EXPECT_EQ(d.receive().status, 429);
  EXPECT_TRUE(d.ended());
  for (auto& [request, respond] : waiting) respond(http::Response::text(200, "ok"));
  EXPECT_EQ(a.receive().status, 200);
  EXPECT_EQ(b.receive().status, 200);
  EXPECT_EQ(c.ask(get("/c")).status, 200);
  EXPECT_EQ(refused("overloaded"), 2U);
}

TEST_F(ServerTest, BodiesHeldByAllConnectionsAreBounded) {
  options.connection.buffered_body_bytes = 300'000;
  start();
  Client hog(server->port());
  hog.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n");
  hog.send(std::string(400'000, 'a'));
  EXPECT_EQ(hog.receive().status, 429);
  EXPECT_EQ(Client(server->port()).ask(post("/", std::string(1'000, 'b'))).status, 200);
}

TEST_F(ServerTest, RefusesConnectionsOverTheLimit) {
  options.connections_max = 2;
  start();
  Client a(server->port());
  Client b(server->port());
  EXPECT_EQ(a.ask(get("/")).status, 200);
  EXPECT_EQ(b.ask(get("/")).status, 200);
  Client c(server->port());
  EXPECT_TRUE(c.ended());
  EXPECT_EQ(a.ask(get("/")).status, 200);
}

TEST_F(ServerTest, TheUnixSocketIsPrivateAndItsRequestsAreAdmin) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("cdp_server_test_" + std::to_string(::getpid()) + ".sock");
  options.unix_socket = path;
  std::atomic<int> admins{0};
  auto started = Server::start(options, synchronous([&admins](http::Request request) {
                                 if (request.admin) ++admins;
                                 return http::Response::text(200, request.peer);
                               }),
                               clock, logger, metrics);
  ASSERT_TRUE(started);
  struct stat file {};
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  EXPECT_EQ(Client(path).ask(get("/")).body, "local");
  EXPECT_EQ(admins, 1);
  EXPECT_EQ(Client((*started)->port()).ask(get("/")).body, "127.0.0.1");
  EXPECT_EQ(admins, 1);
  options.port = 0;
  const auto second = Server::start(
      options, synchronous([](const http::Request&) { return http::Response::text(200, ""); }),
      clock, logger, metrics);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  (*started)->stop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ServerTest, SaysWhyItCannotStart) {
  start();
  options.port = server->port();
  const auto handler = synchronous([](const http::Request&) { return http::Response{}; });
  EXPECT_EQ(Server::start(options, handler, clock, logger, metrics).error().code,
            ErrorCode::conflict);
  options.address = "localhost";
  EXPECT_EQ(Server::start(options, handler, clock, logger, metrics).error().code,
            ErrorCode::invalid_argument);
  options.address = "127.0.0.1";
  options.tls = ServerOptions::Tls{"/nowhere/cert.pem", "/nowhere/key.pem"};
  EXPECT_EQ(Server::start(options, handler, clock, logger, metrics).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(ServerTest, CountsRequestsByRouteMethodAndStatus) {
  start();
  Client client(server->port());
  client.ask(get("/ada@shop.example"));
  client.ask("BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n");
  server->stop();
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("http_server_request_duration_seconds_count{"
                              "http_request_method=\"GET\",http_route=\"all\","
                              "http_response_status_code=\"200\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("http_request_method=\"_OTHER\""));
  EXPECT_THAT(text, Not(HasSubstr("ada")));
  EXPECT_THAT(text, Not(HasSubstr("BREW")));
}

}  // namespace
}  // namespace cdp::app::testing
