#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>

#include "tests/unit/app/server/server_fixture.h"

namespace cdp::app::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

Certificate self_signed(EVP_PKEY* key) {
  Certificate certificate(X509_new(), &X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    folder =
        std::filesystem::temp_directory_path() / ("cdp_tls_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    options.tls = ServerOptions::Tls{folder / "cert.pem", folder / "key.pem"};
    const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const auto certificate = self_signed(key.get());
    const File cert_file(std::fopen((folder / "cert.pem").c_str(), "w"), &std::fclose);
    PEM_write_X509(cert_file.get(), certificate.get());
    const File key_file(std::fopen((folder / "key.pem").c_str(), "w"), &std::fclose);
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }
  ~TlsTest() override { std::filesystem::remove_all(folder); }

  // A session over `client`; null when the handshake fails.
  Session shake_hands(const Client& client, int version_max = 0) {
    Session session(SSL_new(context.get()), &SSL_free);
    if (version_max != 0) {
      SSL_set_min_proto_version(session.get(), version_max);
      SSL_set_max_proto_version(session.get(), version_max);
    }
    SSL_set_fd(session.get(), client.fd());
    if (SSL_connect(session.get()) != 1) session.reset();
    return session;
  }

  static std::string ask(SSL* session, std::string_view bytes, std::string_view until) {
    SSL_write(session, bytes.data(), static_cast<int>(bytes.size()));
    std::string got;
    char piece[16 * 1024];
    while (!got.ends_with(until)) {
      const int n = SSL_read(session, piece, sizeof piece);
      if (n <= 0) break;
      got.append(piece, static_cast<std::size_t>(n));
    }
    return got;
  }

  std::filesystem::path folder;
  Context context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
};

TEST_F(TlsTest, ServesOverTls12And13) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Client client(server->port());
    const auto session = shake_hands(client, version);
    ASSERT_TRUE(session) << version;
    for (int i = 0; i < 5; ++i) {
      EXPECT_THAT(ask(session.get(), post("/a", "body"), "POST /a body"),
                  ::testing::StartsWith("HTTP/1.1 200 OK\r\n"));
    }
  }
}

TEST_F(TlsTest, RefusesOlderVersions) {
  start();
  SSL_CTX_set_security_level(context.get(), 0);
  const Client client(server->port());
  EXPECT_FALSE(shake_hands(client, TLS1_1_VERSION));
}

TEST_F(TlsTest, LargeAnswersAndPipelinedRequestsArriveWhole) {
  start();
  const Client client(server->port());
  const auto session = shake_hands(client);
  ASSERT_TRUE(session);
  const std::string got = ask(session.get(), get("/big") + get("/two") + get("/end"), "GET /end ");
  EXPECT_GT(got.size(), 4'000'000U);
  EXPECT_THAT(got.substr(4'000'000), ::testing::HasSubstr("GET /two "));
}

TEST_F(TlsTest, PlainBytesHarmNobodyElse) {
  start();
  const Client good(server->port());
  const auto session = shake_hands(good);
  ASSERT_TRUE(session);
  Client plain(server->port());
  plain.send(get("/"));
  while (plain.receive().status != 0) {
  }
  EXPECT_THAT(ask(session.get(), get("/a"), "GET /a "), ::testing::HasSubstr("200 OK"));
  server->stop();
  EXPECT_EQ(refused("tls_handshake"), 1U);
}

TEST_F(TlsTest, SlowHeadersAndHandshakesAreCut) {
  start();
  const Client slow(server->port());
  const auto session = shake_hands(slow);
  ASSERT_TRUE(session);
  EXPECT_THAT(ask(session.get(), get("/a") + "GET / HT", "GET /a "),
              ::testing::HasSubstr("200 OK"));
  Client silent(server->port());
  const Client after(server->port());
  ASSERT_TRUE(shake_hands(after));  // `silent` was accepted before
  clock.advance(Duration::millis(limits::kHeaderReadMs + 1'000));
  EXPECT_THAT(ask(session.get(), "", "}}"), ::testing::HasSubstr("408 Request Timeout"));
  EXPECT_TRUE(silent.ended());
}

TEST_F(TlsTest, StopEndsTlsConnections) {
  start();
  const Client client(server->port());
  const auto session = shake_hands(client);
  ASSERT_TRUE(session);
  EXPECT_THAT(ask(session.get(), get("/a"), "GET /a "), ::testing::HasSubstr("200 OK"));
  server->stop();
  char byte = 0;
  EXPECT_LE(SSL_read(session.get(), &byte, 1), 0);
}

}  // namespace
}  // namespace cdp::app::testing
