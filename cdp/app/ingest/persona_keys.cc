#include "cdp/app/ingest/persona_keys.h"

namespace cdp::app {

PersonaKeys::PersonaKeys(store::KeyStore& store, const crypto::Keyring& keyring, std::string tenant,
                         std::size_t cache_keys)
    : store_(store),
      keyring_(keyring),
      tenant_(std::move(tenant)),
      cache_(cache_keys),
      cache_keys_(cache_keys) {}

crypto::SealContext PersonaKeys::context(const PersonaId& persona, std::uint32_t epoch) const {
  return crypto::SealContext{tenant_, persona.bytes(), "wrap", 0, epoch};
}

Result<OpenKey> PersonaKeys::open(PersonaOrdinal ordinal) {
  if (auto cached = cache_.get(ordinal)) {
    const auto id = ids_.read([&](const auto& ids) -> std::optional<PersonaId> {
      const auto found = ids.find(ordinal);
      if (found == ids.end()) return std::nullopt;
      return found->second;
    });
    if (id) return OpenKey{*id, *cached};
  }
  CDP_TRY(const auto row, store_.get(ordinal));
  if (!row) return fail(ErrorCode::not_found, "the persona has no key");
  CDP_TRY(const auto epoch_key, keyring_.epoch_key(row->epoch));
  CDP_TRY(auto key, crypto::PersonaKey::unwrap(epoch_key, context(row->persona, row->epoch),
                                               row->wrapped, row->check));
  remember(*row, row->persona, key);
  return OpenKey{row->persona, key};
}

void PersonaKeys::remember(const store::KeyRow& stored, const PersonaId& made,
                           const crypto::PersonaKey& key) {
  if (stored.persona != made) return;
  cache_.put(stored.ordinal, key);
  ids_.write([&](auto& ids) {
    // The key cache evicts on its own; start the id map afresh before it outgrows it by much.
    if (ids.size() >= cache_keys_ * 2) ids.clear();
    ids[stored.ordinal] = stored.persona;
  });
}

PersonaKeys::Made PersonaKeys::make(const Token& persona_token, Random& random) const {
  store::KeyRow row;
  row.persona = PersonaId(random.next_token());
  row.persona_token = persona_token;
  row.epoch = keyring_.current_epoch();
  const auto key = crypto::PersonaKey::generate(random);
  const auto epoch_key = keyring_.epoch_key(row.epoch);
  // The current epoch is always present: the keyring refuses to destroy it.
  row.wrapped = key.wrap(*epoch_key, context(row.persona, row.epoch), random);
  row.check = key.check_value();
  return {std::move(row), key};
}

void PersonaKeys::forget(PersonaOrdinal ordinal) {
  cache_.erase(ordinal);
  ids_.write([&](auto& ids) { ids.erase(ordinal); });
}

}  // namespace cdp::app
