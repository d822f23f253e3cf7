#include "cdp/core/audit/note.h"

#include <gtest/gtest.h>

#include "cdp/core/event/json.h"
#include "tests/support/reference_data.h"

namespace cdp::audit {
namespace {

constexpr std::array<std::uint8_t, 32> kSeed = {7, 7, 7};

VerifierKey key_of(const std::string& name) { return {name, crypto::ed25519_public(kSeed)}; }

// PRIVATE+KEY+<name>+<key id>+<base64 of a type byte and the seed>
Bytes seed_of(std::string_view private_key) {
  for (int i = 0; i < 4; ++i) private_key.remove_prefix(private_key.find('+') + 1);
  Bytes typed = from_base64(private_key).value();
  typed.erase(typed.begin());
  return typed;
}

std::vector<std::string> strings(const json::Value& array) {
  std::vector<std::string> out;
  array.each([&](json::Value item) {
    out.emplace_back(*(item.is_array() ? *item.at("/0") : item).string());
    return true;
  });
  return out;
}

TEST(VerifierKey, ComesBackFromItsText) {
  const VerifierKey key = key_of("shop.example/audit");
  const VerifierKey again = VerifierKey::parse(key.to_string()).value();
  EXPECT_EQ(again.name, key.name);
  EXPECT_EQ(again.key, key.key);
  EXPECT_EQ(again.id(), key.id());
}

TEST(VerifierKey, AgreesWithThePublishedCases) {
  CDP_REQUIRE_REFERENCE(file, "audit/note_vectors.json");
  const std::string text = testing::read_text(file);
  const auto document = json::Document::parse(text).value();
  const auto valid = strings(*document.root().get("vkeys_valid"));
  for (const std::string& vkey : valid) {
    ASSERT_TRUE(VerifierKey::parse(vkey)) << vkey;
    EXPECT_EQ(VerifierKey::parse(vkey)->to_string(), vkey);
  }
  for (const char* group : {"vkeys_invalid", "vkeys_cosignature_v1_valid"}) {
    for (const std::string& vkey : strings(*document.root().get(group))) {
      EXPECT_FALSE(VerifierKey::parse(vkey)) << vkey;  // cosignatures are not Ed25519 note keys
    }
  }
  const std::string& first = valid.at(0);
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (std::size_t length = 0; length <= first.size() - i; ++length) {
      const bool whole = length == first.size();
      EXPECT_EQ(VerifierKey::parse(first.substr(i, length)).has_value(), whole);
    }
    std::string incremented = first;
    ++incremented[i];
    EXPECT_FALSE(VerifierKey::parse(incremented)) << incremented;
  }
}

TEST(Note, AgreesWithThePublishedCases) {
  CDP_REQUIRE_REFERENCE(file, "audit/note_vectors.json");
  const std::string text = testing::read_text(file);
  const auto document = json::Document::parse(text).value();
  document.root().get("notes_valid")->each([](json::Value item) {
    const auto key = VerifierKey::parse(*item.text("vkey")).value();
    const auto body = verify_note(*item.text("note"), {key});
    EXPECT_TRUE(body) << *item.text("note");
    return true;
  });
  const auto key =
      VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
          .value();
  for (const std::string& note : strings(*document.root().get("notes_malformed"))) {
    EXPECT_EQ(verify_note(note, {key}).error().code, ErrorCode::invalid_argument) << note;
  }
  for (const std::string& note : strings(*document.root().get("notes_invalid_signature"))) {
    EXPECT_EQ(verify_note(note, {key}).error().code, ErrorCode::unauthenticated) << note;
  }
}

TEST(Note, SignsByteForByteAsThePublishedCase) {
  CDP_REQUIRE_REFERENCE(file, "audit/note_vectors.json");
  const std::string text = testing::read_text(file);
  const auto document = json::Document::parse(text).value();
  const auto sign = *document.root().get("sign_ed25519");
  const Bytes seed = seed_of(*sign.text("skey"));
  EXPECT_EQ(sign_note(*sign.text("text"), "PeterNeumann", seed), *sign.text("signed"));
}

TEST(Note, AgreesWithGoAboutCheckpoints) {
  CDP_REQUIRE_REFERENCE(file, "audit/go-xmod/note_checkpoints.json");
  const std::string text = testing::read_text(file);
  const auto document = json::Document::parse(text).value();
  const auto key = VerifierKey::parse(*document.root().text("vkey")).value();
  const Bytes seed = seed_of(*document.root().text("skey_test_only"));
  std::size_t checked = 0;
  document.root().get("checkpoints")->each([&](json::Value item) {
    const std::string note(*item.text("Note"));
    const std::string body = verify_note(note, {key}).value();
    const Checkpoint checkpoint = Checkpoint::parse_body(body).value();
    EXPECT_EQ(checkpoint.size, static_cast<std::uint64_t>(*item.get("Size")->integer()));
    EXPECT_EQ(checkpoint.body(), body);
    EXPECT_EQ(sign_note(body, key.name, seed), note);
    ++checked;
    return true;
  });
  EXPECT_EQ(checked, 4U);
}

TEST(Note, RefusesEveryOneByteEdit) {
  const VerifierKey key = key_of("shop.example/audit");
  const Checkpoint checkpoint{key.name, 1234, empty_root()};
  const std::string note = sign_note(checkpoint.body(), key.name, kSeed);
  ASSERT_EQ(verify_note(note, {key}).value(), checkpoint.body());
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (unsigned edit = 1; edit < 256; ++edit) {
      std::string edited = note;
      edited[i] = static_cast<char>(static_cast<unsigned char>(edited[i]) ^ edit);
      EXPECT_FALSE(verify_note(edited, {key})) << "byte " << i << " xor " << edit;
    }
    std::string shorter = note;
    shorter.erase(i, 1);
    EXPECT_FALSE(verify_note(shorter, {key})) << "byte " << i << " removed";
    std::string longer = note;
    longer.insert(i, 1, note[i]);
    EXPECT_FALSE(verify_note(longer, {key})) << "byte " << i << " doubled";
  }
}

TEST(Note, AsksForATrustedKeyAndKeepsUnknownLines) {
  const VerifierKey ours = key_of("shop.example/audit");
  const VerifierKey witness = key_of("witness.example");
  const std::string body = "a\nb\n";
  std::string note = sign_note(body, ours.name, kSeed);
  const std::string cosigned = sign_note(body, witness.name, kSeed);
  note += cosigned.substr(body.size() + 1);
  EXPECT_EQ(verify_note(note, {ours}).value(), body);
  EXPECT_EQ(verify_note(note, {witness}).value(), body);
  EXPECT_EQ(verify_note(note, {key_of("nobody.example")}).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(verify_note(note, {}).error().code, ErrorCode::unauthenticated);
}

TEST(Note, RefusesWhenOneTrustedLineIsWrongThoughAnotherIsRight) {
  const VerifierKey ours = key_of("shop.example/audit");
  const VerifierKey witness = key_of("witness.example");
  const std::string line = sign_note("other\n", witness.name, kSeed).substr(7);
  const std::string note = sign_note("body\n", ours.name, kSeed) + line;
  EXPECT_TRUE(verify_note(note, {ours}));
  EXPECT_EQ(verify_note(note, {ours, witness}).error().code, ErrorCode::unauthenticated);
}

TEST(Note, LimitsTheNumberOfSignatures) {
  const VerifierKey key = key_of("a");
  std::string note = sign_note("body\n", key.name, kSeed);
  const std::string line = note.substr(6);
  for (int i = 0; i < 99; ++i) note += line;
  EXPECT_TRUE(verify_note(note, {key}));
  EXPECT_EQ(verify_note(note + line, {key}).error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(verify_note("\xff" + note, {key}));
}

TEST(Checkpoint, HasOneTextOnly) {
  const std::string root = to_base64(empty_root());
  const auto parse = [&](const std::string& text) { return Checkpoint::parse_body(text); };
  EXPECT_TRUE(parse("shop.example\n0\n" + root + "\n"));
  EXPECT_TRUE(parse("shop.example\n18446744073709551615\n" + root + "\n"));
  for (const std::string size :
       {"", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1e3", "18446744073709551616"}) {
    EXPECT_FALSE(parse("shop.example\n" + size + "\n" + root + "\n")) << size;
  }
  EXPECT_FALSE(parse("\n1\n" + root + "\n"));
  EXPECT_FALSE(parse("a b\n1\n" + root + "\n"));
  EXPECT_FALSE(parse("a+b\n1\n" + root + "\n"));
  EXPECT_FALSE(parse("a\u00a0b\n1\n" + root + "\n"));
  EXPECT_FALSE(parse("a\n1\n" + root));
  EXPECT_FALSE(parse("a\n1\n" + root + "\nextension\n"));
  EXPECT_FALSE(parse("a\n1\n" + root.substr(4) + "\n"));
}

}  // namespace
}  // namespace cdp::audit
