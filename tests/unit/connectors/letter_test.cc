// Plain-text mail as it goes over the wire.
#include "connectors/mail/letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace cdp::connectors::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Time kNow{1'763'843'000'000'000};  // 2025-11-22T20:23:20Z

std::string render(const Letter& letter) {
  SeededRandom random(3);
  const auto text = letter.render(kNow, random);
  return text ? *text : "refused";
}

TEST(Letters, AreMailThatOthersRead) {
  const auto text =
      render({"Shop <privacy@shop.example>", "ada@home.example", "Hello", "A line\n"});
  EXPECT_THAT(text, HasSubstr("From: Shop <privacy@shop.example>\r\nTo: ada@home.example\r\n"
                              "Subject: Hello\r\nDate: Sat, 22 Nov 2025 20:23:20 +0000\r\n"));
  EXPECT_THAT(text, HasSubstr("@shop.example>\r\nAuto-Submitted: auto-generated\r\n"));
  const auto body = from_base64(text.substr(text.find("\r\n\r\n") + 4, 12));
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(as_text(*body), "A line\r\n");
}

TEST(Letters, CarryTheSameWordsInTwoFormsTheBetterOneLast) {
  Letter letter{"a@shop.example", "c@d.example", "s", "words\n", "<p>words</p>\n"};
  letter.id = Token{1};
  const auto text = render(letter);
  EXPECT_THAT(text, HasSubstr("Message-ID: <" + message_id_of(Token{1}, letter.from) + ">\r\n"));
  EXPECT_EQ(message_id_of(Token{1}, letter.from), "01" + std::string(30, '0') + "@shop.example");
  const std::string mark = "boundary=\"";
  const auto at = text.find(mark) + mark.size();
  const std::string boundary = text.substr(at, text.find('"', at) - at);
  EXPECT_THAT(text, HasSubstr("Content-Type: multipart/alternative; boundary="));
  const auto encoded = [](std::string_view part) { return to_base64(as_bytes(part)) + "\r\n"; };
  const auto head = [](const std::string& type) {
    return "Content-Type: " + type + "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  };
  EXPECT_THAT(text, ::testing::EndsWith("\r\n\r\n--" + boundary + "\r\n" + head("text/plain") +
                                        encoded("words\r\n") + "--" + boundary + "\r\n" +
                                        head("text/html") + encoded("<p>words</p>\r\n") + "--" +
                                        boundary + "--\r\n"));
}

TEST(Letters, KeepTheirLinesShortInAnyScript) {
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "Öffentliche Übergabe ";
  const auto text = render(
      {"Größe & Co <privacy@shop.example>", "a@b.example", subject, std::string(10'000, 'x')});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 77U) << line;
    for (const char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x80U);
  }
  EXPECT_THAT(text, HasSubstr("From: =?UTF-8?B?"));
}

TEST(Letters, GoToOneMailboxOrNowhere) {
  for (const char* to :
       {"", "nobody", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example",
        "<a@b.example>", "a b@c.example", "a@b.example\n", "@b.example", "a@"}) {
    EXPECT_EQ(render({"privacy@shop.example", to, "s", "b"}), "refused") << to;
  }
  for (const char* from : {"", "Shop", "Shop <a@b.example", "Shop\r\nX: y <a@b.example>"})
    EXPECT_EQ(render({from, "ada@home.example", "s", "b"}), "refused") << from;
}

TEST(Letters, LetNoSubjectMakeAHeader) {
  const auto text = render({"a@b.example", "c@d.example", "x\r\nBcc: evil@e.example", "b"});
  EXPECT_THAT(text, Not(HasSubstr("\nBcc:")));
}

}  // namespace
}  // namespace cdp::connectors::mail
