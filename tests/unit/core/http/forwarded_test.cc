// Who sent a request, when proxies stand in between, and what a client cannot make us believe.
#include "cdp/core/http/forwarded.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace cdp::http {
namespace {

std::vector<AddressRange> ranges(const std::vector<std::string>& texts) {
  std::vector<AddressRange> out;
  for (const auto& text : texts) {
    const auto range = AddressRange::parse(text);
    EXPECT_TRUE(range.has_value()) << text;
    if (range) out.push_back(*range);
  }
  return out;
}

struct Row {
  std::string peer;
  std::string plain;     // X-Forwarded-For; "-" = absent
  std::string standard;  // Forwarded
  std::string client;
};

Request request(const Row& row) {
  Request request;
  request.peer = row.peer;
  if (row.plain != "-") request.headers.emplace_back("x-forwarded-for", row.plain);
  if (row.standard != "-") request.headers.emplace_back("forwarded", row.standard);
  return request;
}

void expect(const std::vector<Row>& table) {
  const auto trusted = ranges({"10.0.0.0/8", "2001:db8:aaaa::/48"});
  for (const Row& row : table) {
    EXPECT_EQ(client_address(request(row), trusted), row.client)
        << row.peer << " | " << row.plain << " | " << row.standard;
  }
}

TEST(ClientAddress, IsTheRightmostThatIsNotTrusted) {
  expect({
      // peer      X-Forwarded-For                          Forwarded   the client
      {"10.0.0.1", "198.51.100.7", "-", "198.51.100.7"},
      {"10.0.0.1", "192.0.2.1, 198.51.100.7", "-", "198.51.100.7"},
      {"10.0.0.1", "198.51.100.7, 10.2.2.2", "-", "198.51.100.7"},
      {"10.0.0.1", "192.0.2.1, 198.51.100.7, 10.2.2.2,10.3.3.3", "-", "198.51.100.7"},
      {"10.0.0.1", "198.51.100.7:4711", "-", "198.51.100.7"},
      {"10.0.0.1", "2001:db8::1", "-", "2001:db8::1"},
      {"10.0.0.1", "[2001:DB8:0:0::1]:443", "-", "2001:db8::1"},
      {"10.0.0.1", "2001:db8::1, 2001:db8:aaaa::5", "-", "2001:db8::1"},
      {"2001:db8:aaaa::1", "198.51.100.7", "-", "198.51.100.7"},
      {"::ffff:10.0.0.1", "198.51.100.7", "-", "198.51.100.7"},
      {"10.0.0.1", "::ffff:198.51.100.7", "-", "198.51.100.7"},
      // Everybody is trusted: whoever is furthest away.
      {"10.0.0.1", "10.9.9.9, 10.2.2.2", "-", "10.9.9.9"},
      // No header, no news.
      {"10.0.0.1", "-", "-", "10.0.0.1"},
  });
}

TEST(ClientAddress, ReadsForwardedAsRfc7239Does) {
  expect({
      {"10.0.0.1", "-", "for=198.51.100.7", "198.51.100.7"},
      {"10.0.0.1", "-", "For=\"[2001:db8::17]:4711\"", "2001:db8::17"},
      {"10.0.0.1", "-", "for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"},
      {"10.0.0.1", "-", "by=203.0.113.43 ; FOR=192.0.2.60", "192.0.2.60"},
      {"10.0.0.1", "-", "for=192.0.2.43, for=198.51.100.7", "198.51.100.7"},
      {"10.0.0.1", "-", "for=192.0.2.43,for=198.51.100.7;by=\"a,b\", for=10.4.4.4", "198.51.100.7"},
      {"10.0.0.1", "-", "for=\"192.0.2.\\43\"", "192.0.2.43"},
  });
}

TEST(ClientAddress, IsThePeerWhenThePeerIsNoTrustedProxy) {
  expect({
      {"198.51.100.1", "192.0.2.1", "-", "198.51.100.1"},
      {"198.51.100.1", "-", "for=192.0.2.1", "198.51.100.1"},
      {"11.0.0.1", "192.0.2.1", "-", "11.0.0.1"},
      {"2001:db8:aaab::1", "192.0.2.1", "-", "2001:db8:aaab::1"},
      {"", "192.0.2.1", "-", ""},
      {"@", "192.0.2.1", "-", "@"},
  });
  EXPECT_EQ(client_address(request({"10.0.0.1", "192.0.2.1", "-", ""}), {}), "10.0.0.1");
}

TEST(ClientAddress, IsThePeerWhenWhatHasToBeReadIsMalformedOrNamesNobody) {
  for (const std::string plain :
       {"", " ", "unknown", "_hidden", "198.51.100.7,", "198.51.100.7, ,10.1.1.1", "198.51.100",
        "198.51.100.7:", "198.51.100.7:port", "[2001:db8::1", "[2001:db8::1]80", "[198.51.100.7]",
        "2001:db8::1%eth0", "198.51.100.7/32", "0x7f.1", "198.051.100.07", "1.2.3.4 5.6.7.8"}) {
    expect({{"10.0.0.1", plain, "-", "10.0.0.1"}});
  }
  for (const std::string standard :
       {"", "for", "for=", "for=unknown", "for=_gazonk", "proto=https", "for=\"198.51.100.7",
        "for=198.51.100.7 for=192.0.2.1", "for=198.51.100.7;for=192.0.2.1", "for=198.51.100.7,",
        "for =198.51.100.7", "for=\"198.51.100.7\\", "=198.51.100.7", "for=198.51.100.7;by"}) {
    expect({{"10.0.0.1", "-", standard, "10.0.0.1"}});
  }
  expect({{"10.0.0.1", std::string(30'000, ','), "-", "10.0.0.1"}});
}

TEST(ClientAddress, WhatTheClientInventedStandsToTheLeftAndIsNotRead) {
  expect({
      {"10.0.0.1", "10.1.1.1, 198.51.100.7", "-", "198.51.100.7"},
      {"10.0.0.1", "garbage, \"x, 198.51.100.7", "-", "198.51.100.7"},
      {"10.0.0.1", "127.0.0.1, unknown, 198.51.100.7, 10.1.1.1", "-", "198.51.100.7"},
      // A quote that is never closed would swallow what the proxy added: then nobody is named.
      {"10.0.0.1", "-", "for=\"10.1.1.1, for=198.51.100.7", "10.0.0.1"},
      {"10.0.0.1", "-", "for=192.0.2.66;x=\", for=\"[2001:db8::17]\"", "10.0.0.1"},
  });
}

// The proxy writes one of the headers and hands the other on as it came: the client's.
TEST(ClientAddress, TwoHeadersMustNameOneClient) {
  expect({
      {"10.0.0.1", "198.51.100.7", "for=198.51.100.7", "198.51.100.7"},
      {"10.0.0.1", "198.51.100.7", "for=192.0.2.66", "10.0.0.1"},
      {"10.0.0.1", "192.0.2.66", "for=198.51.100.7", "10.0.0.1"},
      {"10.0.0.1", "198.51.100.7", "garbage", "10.0.0.1"},
      {"10.0.0.1", "garbage", "for=198.51.100.7", "10.0.0.1"},
  });
}

TEST(ClientAddress, SeveralLinesOfOneHeaderAreOneList) {
  Request twice;
  twice.peer = "10.0.0.1";
  twice.headers = {{"x-forwarded-for", "192.0.2.66"}, {"x-forwarded-for", "198.51.100.7"}};
  EXPECT_EQ(client_address(twice, ranges({"10.0.0.0/8"})), "198.51.100.7");
}

TEST(AddressRanges, HoldWhatTheirPrefixSays) {
  const auto holds = [](const std::string& range, const std::string& address) {
    return ranges({range}).front().contains(*Address::parse(address));
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(holds("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(holds("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(holds("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("::/0", "2001:db8::1"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
}

TEST(AddressRanges, AreRefusedWhenTheyAreNone) {
  for (const std::string text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "10.1.0.0/8",
        "10.0.0.0/8/8", "2001:db8::/129", "2001:db8::1/64", "proxy.example", "10.0.0", "[::1]",
        "10.0.0.0/0008", "10.0.0.1:80"}) {
    EXPECT_FALSE(AddressRange::parse(text).has_value()) << text;
  }
}

// Whatever a client puts in front: the answer is the address that the first proxy saw, as long as
// our own proxies add what they see.
TEST(ClientAddress, NoPrefixChangesWhoItIs) {
  const unsigned seed = 20'261'123;
  std::mt19937 random(seed);
  const auto trusted = ranges({"10.0.0.0/8", "2001:db8:aaaa::/48"});
  const std::vector<std::string> alphabet = {
      "10.1.1.1", "192.0.2.9", "2001:db8::9", ",",  ", ", "unknown", "\"",
      "[",        ";",         "for=",        "\\", " ",  "_x",      ":"};
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (int i = 0; i < 5'000; ++i) {
    std::string invented;
    for (std::size_t words = pick(8); words > 0; --words)
      invented += alphabet[pick(alphabet.size())];
    std::string added = "198.51.100.7";
    for (std::size_t proxies = pick(3); proxies > 0; --proxies) {
      added += ", 10." + std::to_string(pick(256)) + ".0.1";
    }
    const std::string header = invented.empty() ? added : invented + ", " + added;
    EXPECT_EQ(client_address(request({"10.0.0.1", header, "-", ""}), trusted), "198.51.100.7")
        << "seed " << seed << ": " << header;
    // The standard header can be spoilt by an open quote, and then names nobody; it never names
    // somebody else.
    const std::string standard =
        (invented.empty() ? "" : "for=" + invented + ", ") + "for=198.51.100.7";
    const auto client = client_address(request({"10.0.0.1", "-", standard, ""}), trusted);
    EXPECT_TRUE(client == "198.51.100.7" || client == "10.0.0.1")
        << "seed " << seed << ": " << standard << " -> " << client;
  }
}

TEST(Forwarded, LimitsCountASubnetOfIpv6AsOnePeer) {
  struct Key {
    const char* peer;
    const char* key;
  };
  for (const Key& row : {
           Key{"192.0.2.1", "192.0.2.1"},
           Key{"192.0.2.2", "192.0.2.2"},
           Key{"::ffff:192.0.2.1", "192.0.2.1"},
           Key{"2001:db8:1:2::1", "2001:db8:1:2::/64"},
           Key{"2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
           Key{"2001:DB8:1:2:0:0:0:9", "2001:db8:1:2::/64"},
           Key{"2001:db8:1:3::1", "2001:db8:1:3::/64"},
           Key{"::1", "::/64"},
           Key{"", ""},
           Key{"somewhere", "somewhere"},
       })
    EXPECT_EQ(limit_key(row.peer), row.key) << row.peer;
}

}  // namespace
}  // namespace cdp::http
