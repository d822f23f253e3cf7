#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "cdp/core/crypto/persona_key.h"

namespace cdp::crypto {

// Slots in the arena, and what lies in each. Second chance: a hand goes round and takes the first
// slot that nobody has read since it last came by.
struct KeyCache::Impl {
  static constexpr std::size_t kSlotBytes = 80;  // persona, encryption key, audit secret

  explicit Impl(std::size_t wanted) : capacity(wanted == 0 ? 1 : wanted) {
    if (sodium_init() < 0) std::abort();
    arena = static_cast<std::uint8_t*>(sodium_malloc(capacity * kSlotBytes));
    if (arena == nullptr) std::abort();  // keys never fall back to ordinary memory
    owners.resize(capacity);
    read_since.resize(capacity, 0);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { sodium_free(arena); }

  std::uint8_t* slot(std::size_t index) const { return arena + index * kSlotBytes; }

  std::optional<std::size_t> find(PersonaOrdinal ordinal) const {
    if (ordinal.value() >= slot_of.size() || slot_of[ordinal.value()] == 0) return std::nullopt;
    return slot_of[ordinal.value()] - 1;
  }

  Entry load(std::size_t index) const {
    const std::uint8_t* from = slot(index);
    Token persona{};
    std::memcpy(persona.data(), from, 16);
    Entry entry{PersonaId(persona), {}};
    std::memcpy(entry.keys.encrypt_.data(), from + 16, 32);
    std::memcpy(entry.keys.audit_.data(), from + 48, 32);
    return entry;
  }

  void store(std::size_t index, const PersonaId& persona, const PersonaSubkeys& keys) const {
    std::uint8_t* to = slot(index);
    std::memcpy(to, persona.bytes().data(), 16);
    std::memcpy(to + 16, keys.encrypt_.data(), 32);
    std::memcpy(to + 48, keys.audit_.data(), 32);
  }

  void point(PersonaOrdinal ordinal, std::size_t index) {
    const std::size_t at = ordinal.value();
    if (at >= slot_of.size()) slot_of.resize(std::max(at + 1, at + at / 4), 0);
    slot_of[at] = static_cast<std::uint32_t>(index + 1);
  }

  // A slot to write into; whoever lay there is gone from the index.
  std::size_t make_room() {
    while (!owners[hand].none() && read_since[hand] != 0) {
      read_since[hand] = 0;
      hand = (hand + 1) % capacity;
    }
    const std::size_t found = hand;
    hand = (hand + 1) % capacity;
    if (!owners[found].none()) slot_of[owners[found].value()] = 0;
    return found;
  }

  std::mutex mutex;
  const std::size_t capacity;
  std::uint8_t* arena = nullptr;
  std::vector<PersonaOrdinal> owners;
  std::vector<std::uint8_t> read_since;
  std::vector<std::uint32_t> slot_of;  // by ordinal: the slot's number and one; 0 = none
  std::size_t hand = 0;
};

KeyCache::KeyCache(std::size_t capacity) : impl_(std::make_unique<Impl>(capacity)) {}
KeyCache::~KeyCache() = default;

std::optional<KeyCache::Entry> KeyCache::get(PersonaOrdinal ordinal) {
  const std::lock_guard lock(impl_->mutex);
  const auto index = impl_->find(ordinal);
  if (!index) return std::nullopt;
  impl_->read_since[*index] = 1;
  return impl_->load(*index);
}

void KeyCache::put(PersonaOrdinal ordinal, const PersonaId& persona, const PersonaSubkeys& keys) {
  if (ordinal.none()) return;  // no persona has this number
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->find(ordinal);
  const std::size_t index = found ? *found : impl_->make_room();
  impl_->store(index, persona, keys);
  impl_->owners[index] = ordinal;
  impl_->read_since[index] = 0;
  impl_->point(ordinal, index);
}

void KeyCache::erase(PersonaOrdinal ordinal) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->find(ordinal);
  if (!found) return;
  sodium_memzero(impl_->slot(*found), Impl::kSlotBytes);
  impl_->owners[*found] = PersonaOrdinal();
  impl_->read_since[*found] = 0;
  impl_->slot_of[ordinal.value()] = 0;
}

}  // namespace cdp::crypto
