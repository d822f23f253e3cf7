#include <map>
#include <mutex>
#include <unordered_map>

#include "cdp/core/store/memory/engine.h"

namespace cdp::store::memory {
namespace {

class MemoryKeyStore final : public InMemory<KeyStore> {
 public:
  Result<std::vector<KeyRow>> put_if_absent(std::vector<KeyRow> rows, Fence fence) override {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(fence_.check(fence));
    for (KeyRow& row : rows) {
      const auto found = by_token_.find(row.persona_token);
      if (found != by_token_.end()) {
        row = rows_.at(found->second);
        continue;
      }
      row.ordinal = PersonaOrdinal(++last_);
      by_token_.emplace(row.persona_token, row.ordinal);
      rows_.emplace(row.ordinal, row);
    }
    return rows;
  }

  std::optional<PersonaOrdinal> find(const Token& persona_token) const override {
    const std::lock_guard lock(mutex_);
    const auto found = by_token_.find(persona_token);
    if (found == by_token_.end()) return std::nullopt;
    return found->second;
  }

  Result<std::optional<KeyRow>> get(PersonaOrdinal ordinal) const override {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(ordinal);
    if (found == rows_.end()) return std::optional<KeyRow>();
    return std::optional<KeyRow>(found->second);
  }

  Result<void> rewrap(std::span<const KeyRow> rows, Fence fence) override {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(fence_.check(fence));
    for (const KeyRow& row : rows) {
      const auto found = rows_.find(row.ordinal);
      if (found == rows_.end()) continue;
      found->second.epoch = row.epoch;
      found->second.wrapped = row.wrapped;
      found->second.check = row.check;
    }
    return {};
  }

  Result<void> destroy(std::span<const PersonaOrdinal> ordinals, Fence fence) override {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(fence_.check(fence));
    for (const PersonaOrdinal ordinal : ordinals) {
      const auto found = rows_.find(ordinal);
      if (found == rows_.end()) continue;
      by_token_.erase(found->second.persona_token);
      rows_.erase(found);
    }
    return {};
  }

  Result<void> each(const std::function<bool(const KeyRow&)>& row) const override {
    std::map<PersonaOrdinal, KeyRow> copy;
    {
      const std::lock_guard lock(mutex_);
      copy = rows_;
    }
    for (const auto& [ordinal, value] : copy) {
      if (!row(value)) break;
    }
    return {};
  }

  std::size_t size() const override {
    const std::lock_guard lock(mutex_);
    return rows_.size();
  }

 private:
  std::uint64_t last_ = 0;
  std::map<PersonaOrdinal, KeyRow> rows_;
  std::unordered_map<Token, PersonaOrdinal, TokenHash> by_token_;
};

}  // namespace

std::unique_ptr<KeyStore> make_key_store() { return std::make_unique<MemoryKeyStore>(); }

}  // namespace cdp::store::memory
