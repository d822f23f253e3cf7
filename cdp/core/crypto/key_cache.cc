#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "cdp/core/crypto/persona_key.h"

namespace cdp::crypto {

// Slots in the arena, and what lies in each. Second chance: a hand goes round and takes the first
// slot that nobody has read since it last came by.
struct KeyCache::Impl {
  static constexpr std::size_t kSlotBytes = 96;

  explicit Impl(std::size_t wanted) : capacity(wanted == 0 ? 1 : wanted) {
    if (sodium_init() < 0) std::abort();
    arena = static_cast<std::uint8_t*>(sodium_malloc(capacity * kSlotBytes));
    if (arena == nullptr) std::abort();  // keys never fall back to ordinary memory
    owners.resize(capacity);
    read_since.resize(capacity, 0);
    slots.reserve(capacity);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { sodium_free(arena); }

  std::uint8_t* slot(std::size_t index) const { return arena + index * kSlotBytes; }

  PersonaKey load(std::size_t index) {
    PersonaKey key;
    const std::uint8_t* from = slot(index);
    std::memcpy(key.master_.data(), from, 32);
    std::memcpy(key.encrypt_.data(), from + 32, 32);
    std::memcpy(key.audit_.data(), from + 64, 32);
    return key;
  }

  void store(std::size_t index, const PersonaKey& key) {
    std::uint8_t* to = slot(index);
    std::memcpy(to, key.master_.data(), 32);
    std::memcpy(to + 32, key.encrypt_.data(), 32);
    std::memcpy(to + 64, key.audit_.data(), 32);
  }

  // A slot to write into; whoever lay there is gone from the index.
  std::size_t make_room() {
    while (!owners[hand].none() && read_since[hand] != 0) {
      read_since[hand] = 0;
      hand = (hand + 1) % capacity;
    }
    const std::size_t found = hand;
    hand = (hand + 1) % capacity;
    if (!owners[found].none()) slots.erase(owners[found]);
    return found;
  }

  std::mutex mutex;
  const std::size_t capacity;
  std::uint8_t* arena = nullptr;
  std::vector<PersonaOrdinal> owners;
  std::vector<std::uint8_t> read_since;
  std::unordered_map<PersonaOrdinal, std::size_t> slots;
  std::size_t hand = 0;
};

KeyCache::KeyCache(std::size_t capacity) : impl_(std::make_unique<Impl>(capacity)) {}
KeyCache::~KeyCache() = default;

std::optional<PersonaKey> KeyCache::get(PersonaOrdinal ordinal) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->slots.find(ordinal);
  if (found == impl_->slots.end()) return std::nullopt;
  impl_->read_since[found->second] = 1;
  return impl_->load(found->second);
}

void KeyCache::put(PersonaOrdinal ordinal, const PersonaKey& key) {
  if (ordinal.none()) return;  // no persona has this number
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->slots.find(ordinal);
  const std::size_t index = found != impl_->slots.end() ? found->second : impl_->make_room();
  impl_->store(index, key);
  impl_->owners[index] = ordinal;
  impl_->read_since[index] = 0;
  impl_->slots[ordinal] = index;
}

void KeyCache::erase(PersonaOrdinal ordinal) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->slots.find(ordinal);
  if (found == impl_->slots.end()) return;
  sodium_memzero(impl_->slot(found->second), Impl::kSlotBytes);
  impl_->owners[found->second] = PersonaOrdinal();
  impl_->read_since[found->second] = 0;
  impl_->slots.erase(found);
}

}  // namespace cdp::crypto
