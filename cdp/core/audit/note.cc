#include "cdp/core/audit/note.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "cdp/core/audit/utf8.h"

namespace cdp::audit {
namespace {

constexpr std::uint8_t kEd25519 = 0x01;
constexpr std::string_view kDash = "\u2014 ";
constexpr std::size_t kNoteBytesMax = 1'000'000;  // Go's limits: nobody else reads a larger one
constexpr std::size_t kSignaturesMax = 100;
constexpr std::size_t kOriginBytesMax = 1'024;

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > kOriginBytesMax) return false;
  while (!name.empty()) {
    const auto code = next_code_point(name);
    if (!code || *code < 0x20 || *code == U'+' || is_space(*code)) return false;
  }
  return true;
}

bool valid_text(std::string_view text) {
  while (!text.empty()) {
    const auto code = next_code_point(text);
    if (!code || (*code < 0x20 && *code != U'\n')) return false;
  }
  return true;
}

Bytes big_endian(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>((value >> 16U) & 255U),
          static_cast<std::uint8_t>((value >> 8U) & 255U), static_cast<std::uint8_t>(value & 255U)};
}

std::uint32_t from_big_endian(ByteView four) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : four.first(4)) value = (value << 8U) | byte;
  return value;
}

struct SignatureLine {
  std::string_view name;
  std::uint32_t id = 0;
  Bytes signature;
};

struct ParsedNote {
  std::string_view body;
  std::vector<SignatureLine> lines;
};

tl::unexpected<Error> malformed(const char* what) {
  return fail(ErrorCode::invalid_argument, std::string("the signed note ") + what,
              "fetch it again, byte for byte");
}

Result<SignatureLine> parse_line(std::string_view line) {
  if (!line.starts_with(kDash)) return malformed("has a line that is no signature");
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !valid_name(line.substr(0, space))) {
    return malformed("has a signature line without a valid name");
  }
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return malformed("has a signature line that is not base64");
  SignatureLine out{line.substr(0, space), from_big_endian(*bytes), {}};
  out.signature.assign(bytes->begin() + 4, bytes->end());
  return out;
}

Result<ParsedNote> parse_note(std::string_view note) {
  if (note.size() > kNoteBytesMax) return malformed("is larger than a megabyte");
  if (!valid_text(note)) return malformed("is not UTF-8 text");
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return malformed("has no blank line before its signatures");
  ParsedNote parsed{note.substr(0, blank + 1), {}};
  std::string_view rest = note.substr(blank + 2);
  if (rest.empty() || !rest.ends_with('\n')) return malformed("breaks off");
  while (!rest.empty()) {
    if (parsed.lines.size() == kSignaturesMax) return malformed("has more than 100 signatures");
    const std::size_t end = rest.find('\n');
    CDP_TRY(auto line, parse_line(rest.substr(0, end)));
    parsed.lines.push_back(std::move(line));
    rest.remove_prefix(end + 1);
  }
  return parsed;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size() || std::to_string(size) != text) {
    return fail(ErrorCode::invalid_argument, "the checkpoint's size is not a plain decimal number");
  }
  return size;
}

}  // namespace

std::uint32_t VerifierKey::id() const {
  Bytes input(name.begin(), name.end());
  input.push_back('\n');
  input.push_back(kEd25519);
  input.insert(input.end(), key.begin(), key.end());
  return from_big_endian(crypto::sha256(input));
}

std::string VerifierKey::to_string() const {
  Bytes typed{kEd25519};
  typed.insert(typed.end(), key.begin(), key.end());
  return name + "+" + to_hex(big_endian(id())) + "+" + to_base64(typed);
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  const auto refuse = [](const char* what) {
    return fail(ErrorCode::invalid_argument, std::string("the verifier key ") + what,
                "it reads name+8 hex digits+base64; copy all of it");
  };
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return refuse("is not of three parts");
  if (!valid_name(text.substr(0, first))) return refuse("has no valid name");
  const auto typed = from_base64(text.substr(second + 1));
  if (!typed || typed->size() != 33) return refuse("is not 32 bytes of base64");
  if (typed->front() != kEd25519) return refuse("is not an Ed25519 key");
  VerifierKey key{std::string(text.substr(0, first)), {}};
  std::copy(typed->begin() + 1, typed->end(), key.key.begin());
  if (key.to_string() != text) return refuse("does not match its own key id");
  return key;
}

std::string Checkpoint::body() const {
  return origin + "\n" + std::to_string(size) + "\n" + to_base64(root) + "\n";
}

Result<Checkpoint> Checkpoint::parse_body(std::string_view body) {
  std::array<std::string_view, 3> lines;
  std::string_view rest = body;
  for (std::string_view& line : lines) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      return fail(ErrorCode::invalid_argument, "a checkpoint has three lines");
    }
    line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  if (!rest.empty()) {
    return fail(ErrorCode::invalid_argument, "the checkpoint has lines that cdp does not know",
                "cdp logs write none");
  }
  if (!valid_name(lines[0])) {
    return fail(ErrorCode::invalid_argument, "the checkpoint has no valid origin");
  }
  Checkpoint checkpoint{std::string(lines[0]), 0, {}};
  CDP_TRY(checkpoint.size, parse_size(lines[1]));
  const auto root = from_base64(lines[2]);
  if (!root || root->size() != checkpoint.root.size()) {
    return fail(ErrorCode::invalid_argument, "the checkpoint's root is not 32 bytes of base64");
  }
  std::copy(root->begin(), root->end(), checkpoint.root.begin());
  return checkpoint;
}

std::string sign_note(std::string_view body, const std::string& name, ByteView ed25519_seed) {
  const VerifierKey key{name, crypto::ed25519_public(ed25519_seed)};
  const crypto::Signature signature = crypto::ed25519_sign(ed25519_seed, as_bytes(body));
  Bytes line = big_endian(key.id());
  line.insert(line.end(), signature.begin(), signature.end());
  return std::string(body) + "\n" + std::string(kDash) + name + " " + to_base64(line) + "\n";
}

Result<std::string> verify_note(std::string_view note, const std::vector<VerifierKey>& trusted) {
  CDP_TRY(const ParsedNote parsed, parse_note(note));
  bool signed_by_trusted = false;
  for (const SignatureLine& line : parsed.lines) {
    for (const VerifierKey& key : trusted) {
      if (key.name != line.name || key.id() != line.id) continue;
      if (line.signature.size() != 64 ||
          !crypto::ed25519_verify(key.key, as_bytes(parsed.body), line.signature)) {
        return fail(ErrorCode::unauthenticated, "a signature of the note does not match its text",
                    "the text or the signature was changed; fetch it again from its owner");
      }
      signed_by_trusted = true;
    }
  }
  if (!signed_by_trusted) {
    return fail(ErrorCode::unauthenticated, "no trusted key signed the note",
                "check that the verifier key belongs to this log");
  }
  return std::string(parsed.body);
}

}  // namespace cdp::audit
