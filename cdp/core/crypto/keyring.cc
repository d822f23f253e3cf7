#include "cdp/core/crypto/keyring.h"

#include <cstdlib>

#include "cdp/core/crypto/keyring_file.h"
#include "cdp/core/crypto/private_file.h"
#include "cdp/core/crypto/seal.h"
#include "cdp/core/crypto/signature.h"
#include "cdp/core/crypto/wipe.h"

namespace cdp::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::string_view kDatabases[] = {"keys", "ledger", "state"};
constexpr std::string_view kSingles[] = {"audit_seed", "token_pepper", "request_key"};
constexpr Keyring::Index kIndexes[] = {Keyring::Index::link, Keyring::Index::message,
                                       Keyring::Index::tombstone, Keyring::Index::pseudonym,
                                       Keyring::Index::do_not_contact};

std::string index_name(Keyring::Index index) {
  switch (index) {
    case Keyring::Index::link:
      return "link";
    case Keyring::Index::message:
      return "message";
    case Keyring::Index::tombstone:
      return "tombstone";
    case Keyring::Index::pseudonym:
      return "pseudonym";
    case Keyring::Index::do_not_contact:
      return "do_not_contact";
  }
  std::abort();
}

// What every keyring holds besides epochs and named secrets.
std::vector<EntryName> required_entries() {
  std::vector<EntryName> names;
  for (const auto name : kDatabases) names.push_back({EntryKind::database, std::string(name)});
  for (const auto index : kIndexes) names.push_back({EntryKind::index, index_name(index)});
  for (const auto name : kSingles) names.push_back({EntryKind::single, std::string(name)});
  return names;
}

}  // namespace

struct Keyring::Body {
  std::filesystem::path file;
  KeyringHeader header;
  Secret root;
  KeyringEntries entries;

  // A name that is not ours is a bug, and an empty key would leave a database open: stop.
  ByteView key(EntryKind kind, std::string_view name) const {
    const auto found = entries.secrets.find({kind, std::string(name)});
    if (found == entries.secrets.end() || found->second.size() != kKeyBytes) std::abort();
    return found->second.view();
  }

  Result<void> write(Random& random, Existing existing) const {
    return write_private_file(file, frame_keyring(header, root.view(), entries, random), existing);
  }

  bool complete() const {
    auto needed = required_entries();
    needed.push_back({EntryKind::epoch, std::to_string(entries.current_epoch)});
    return std::all_of(needed.begin(), needed.end(), [this](const EntryName& name) {
      const auto found = entries.secrets.find(name);
      return found != entries.secrets.end() && found->second.size() == kKeyBytes;
    });
  }
};

Keyring::Keyring(std::shared_ptr<Body> body) : body_(std::move(body)) {}

Result<Keyring> Keyring::create(const std::filesystem::path& file, KekProvider& kek,
                                Random& random) {
  CDP_CHECK(initialise());
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    return fail(ErrorCode::conflict, "a keyring exists here", "it is never overwritten");
  }
  auto body = std::make_shared<Body>();
  body->file = file;
  body->root = Secret::random(random, kKeyBytes);
  body->header.kind = kek.kind();
  CDP_TRY(body->header.wrapped_root, kek.wrap(body->root.view(), &body->header.parameters, random));
  for (auto& name : required_entries()) {
    body->entries.secrets.emplace(std::move(name), Secret::random(random, kKeyBytes));
  }
  Keyring keyring(std::move(body));
  keyring.add_epoch(random);
  CDP_CHECK(keyring.body_->write(random, Existing::keep));
  return keyring;
}

Result<Keyring> Keyring::load(const std::filesystem::path& file, KekProvider& kek) {
  CDP_CHECK(initialise());
  CDP_TRY(const KeyringFrame frame, read_keyring_frame(file));
  if (frame.header.kind != kek.kind()) {
    return fail(ErrorCode::unauthenticated,
                "this keyring is not locked by a " + kek.kind() + " but by something else",
                "use the kind that `cdp init` was given");
  }
  auto body = std::make_shared<Body>();
  body->file = file;
  body->header = frame.header;
  CDP_TRY(body->root, kek.unwrap(frame.header.wrapped_root, frame.header.parameters));
  CDP_TRY(body->entries, open_keyring_frame(frame, body->root.view()));
  if (!body->complete()) return fail(ErrorCode::corrupt, "the keyring lacks a key");
  return Keyring(std::move(body));
}

Result<std::string> Keyring::kek_kind(const std::filesystem::path& file) {
  CDP_TRY(KeyringFrame frame, read_keyring_frame(file));
  return std::move(frame.header.kind);
}

Result<void> Keyring::save(Random& random) { return body_->write(random, Existing::replace); }

ByteView Keyring::database_key(std::string_view database) const {
  return body_->key(EntryKind::database, database);
}

std::uint32_t Keyring::current_epoch() const { return body_->entries.current_epoch; }

Result<ByteView> Keyring::epoch_key(std::uint32_t epoch) const {
  const auto found = body_->entries.secrets.find({EntryKind::epoch, std::to_string(epoch)});
  if (found == body_->entries.secrets.end()) {
    return fail(ErrorCode::not_found, "this key epoch was destroyed or never was");
  }
  return found->second.view();
}

ByteView Keyring::index_key(Index index) const {
  return body_->key(EntryKind::index, index_name(index));
}
ByteView Keyring::audit_seed() const { return body_->key(EntryKind::single, "audit_seed"); }
ByteView Keyring::token_pepper() const { return body_->key(EntryKind::single, "token_pepper"); }
ByteView Keyring::request_key() const { return body_->key(EntryKind::single, "request_key"); }

void Keyring::set_secret(const std::string& name, Secret value) {
  body_->entries.secrets.insert_or_assign({EntryKind::named, name}, std::move(value));
}

const Secret* Keyring::secret(const std::string& name) const {
  const auto found = body_->entries.secrets.find({EntryKind::named, name});
  return found == body_->entries.secrets.end() ? nullptr : &found->second;
}

std::vector<std::string> Keyring::secret_names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : body_->entries.secrets) {
    if (name.kind == EntryKind::named) names.push_back(name.name);
  }
  return names;
}

void Keyring::add_epoch(Random& random) {
  const std::uint32_t epoch = ++body_->entries.current_epoch;
  body_->entries.secrets.emplace(EntryName{EntryKind::epoch, std::to_string(epoch)},
                                 Secret::random(random, kKeyBytes));
}

void Keyring::destroy_epoch(std::uint32_t epoch) {
  if (epoch == body_->entries.current_epoch) return;
  body_->entries.secrets.erase({EntryKind::epoch, std::to_string(epoch)});
}

}  // namespace cdp::crypto
