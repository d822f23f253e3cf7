#include "cdp/core/crypto/keyring_file.h"

#include <nlohmann/json.hpp>

#include "cdp/core/crypto/private_file.h"
#include "cdp/core/crypto/seal.h"
#include "cdp/core/crypto/signature.h"
#include "cdp/core/crypto/wipe.h"

namespace cdp::crypto {
namespace {

constexpr std::string_view kMagic = "cdp-keyring 1\n";
constexpr std::size_t kFileBytesMax = std::size_t{16} << 20;
constexpr std::size_t kHeaderBytesMax = 16 * 1024;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kRootBytes = 32;

SealContext body_context(std::string_view head) {
  return {.tenant = head, .persona = {}, .kind = "keyring"};
}

tl::unexpected<Error> corrupt(const char* what) {
  return fail(ErrorCode::corrupt, what, "restore the keyring from its backup");
}

void put_u32(Bytes* out, std::size_t value) {
  for (int i = 0; i < 4; ++i) out->push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put(Bytes* out, ByteView bytes) {
  put_u32(out, bytes.size());
  out->insert(out->end(), bytes.begin(), bytes.end());
}

// In one allocation of the right size, so that growing leaves no copy of a key behind.
Bytes write_body(const KeyringEntries& entries) {
  std::size_t size = 4;
  for (const auto& [name, value] : entries.secrets) size += 9 + name.name.size() + value.size();
  Bytes body;
  body.reserve(size);
  put_u32(&body, entries.current_epoch);
  for (const auto& [name, value] : entries.secrets) {
    body.push_back(static_cast<std::uint8_t>(name.kind));
    put(&body, as_bytes(name.name));
    put(&body, value.view());
  }
  return body;
}

Result<std::uint32_t> take_u32(ByteView* rest) {
  if (rest->size() < 4) return corrupt("the keyring's body ends too early");
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | (*rest)[i];
  *rest = rest->subspan(4);
  return value;
}

Result<ByteView> take(ByteView* rest) {
  CDP_TRY(const std::uint32_t size, take_u32(rest));
  if (rest->size() < size) return corrupt("the keyring's body ends too early");
  const ByteView value = rest->first(size);
  *rest = rest->subspan(size);
  return value;
}

Result<KeyringHeader> parse_header(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return corrupt("the keyring's header is not ours");
  const auto kind = json.find("kek");
  const auto parameters = json.find("parameters");
  const auto root = json.find("root");
  if (kind == json.end() || !kind->is_string() || parameters == json.end() ||
      !parameters->is_object() || root == json.end() || !root->is_string()) {
    return corrupt("the keyring's header lacks a field");
  }
  // Parameters are numbers and strings: dumping deep ones could overflow the stack.
  for (const auto& parameter : *parameters) {
    if (parameter.is_structured()) return corrupt("the keyring's header is not ours");
  }
  KeyringHeader header;
  header.kind = kind->get<std::string>();
  header.parameters = parameters->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  auto wrapped = from_base64(root->get_ref<const std::string&>());
  if (!wrapped) return corrupt("the keyring's root key is not base64");
  header.wrapped_root = std::move(*wrapped);
  return header;
}

}  // namespace

Bytes frame_keyring(const KeyringHeader& header, ByteView root_key, const KeyringEntries& entries,
                    Random& random) {
  const nlohmann::json line{
      {"kek", header.kind},
      {"parameters", nlohmann::json::parse(header.parameters, nullptr, false)},
      {"root", to_base64(header.wrapped_root)}};
  const std::string head = std::string(kMagic) +
                           line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) +
                           "\n";
  const Wiped<Bytes> plain(write_body(entries));
  const Bytes sealed = seal(root_key, body_context(head), plain.value, random);
  Bytes out(head.begin(), head.end());
  out.insert(out.end(), sealed.begin(), sealed.end());
  const Digest digest = sha256(out);
  out.insert(out.end(), digest.begin(), digest.end());
  return out;
}

Result<KeyringFrame> parse_keyring_frame(ByteView file) {
  const std::string_view text = as_text(file);
  if (!text.starts_with(kMagic)) return corrupt("this is not a keyring of version 1");
  if (file.size() < kMagic.size() + kDigestBytes) return corrupt("the keyring is cut short");
  const ByteView content = file.first(file.size() - kDigestBytes);
  if (!equal_constant_time(sha256(content), file.last(kDigestBytes))) {
    return corrupt("the keyring is damaged or cut short");
  }
  const std::size_t end = as_text(content).find('\n', kMagic.size());
  if (end > kHeaderBytesMax) {  // or there is none
    return corrupt("the keyring's header is not ours");
  }
  KeyringFrame frame;
  frame.head = text.substr(0, end + 1);
  CDP_TRY(frame.header, parse_header(text.substr(kMagic.size(), end - kMagic.size())));
  const ByteView body = content.subspan(end + 1);
  frame.body.assign(body.begin(), body.end());
  return frame;
}

Result<KeyringFrame> read_keyring_frame(const std::filesystem::path& file) {
  CDP_TRY(const Bytes content, read_private_file(file, Privacy::sealed, kFileBytesMax));
  return parse_keyring_frame(content);
}

Result<KeyringEntries> open_keyring_frame(const KeyringFrame& frame, ByteView root_key) {
  if (root_key.size() != kRootBytes) {
    return fail(ErrorCode::unauthenticated, "the key does not open this keyring");
  }
  auto opened = open(root_key, body_context(frame.head), frame.body);
  if (!opened) {
    return fail(ErrorCode::unauthenticated, "the key does not open this keyring",
                "it is another keyring's key, or somebody changed the file");
  }
  const Wiped<Bytes> body(std::move(*opened));
  return parse_keyring_body(body.value);
}

Result<KeyringEntries> parse_keyring_body(ByteView body) {
  KeyringEntries entries;
  CDP_TRY(entries.current_epoch, take_u32(&body));
  while (!body.empty()) {
    const std::uint8_t kind = body[0];
    body = body.subspan(1);
    if (kind < static_cast<std::uint8_t>(EntryKind::database) ||
        kind > static_cast<std::uint8_t>(EntryKind::named)) {
      return corrupt("the keyring holds an entry of an unknown kind");
    }
    CDP_TRY(const ByteView name, take(&body));
    CDP_TRY(const ByteView value, take(&body));
    EntryName key{static_cast<EntryKind>(kind), std::string(as_text(name))};
    if (!entries.secrets.empty() && !(entries.secrets.rbegin()->first < key)) {
      return corrupt("the keyring's entries are out of order");
    }
    entries.secrets.emplace(std::move(key), Secret::copy_of(value));
  }
  return entries;
}

}  // namespace cdp::crypto
