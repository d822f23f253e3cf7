#include "cdp/app/ingest/persona_keys.h"

namespace cdp::app {

PersonaKeys::PersonaKeys(store::KeyStore& store, const crypto::Keyring& keyring, std::string tenant,
                         std::size_t cache_keys)
    : store_(store), keyring_(keyring), tenant_(std::move(tenant)), cache_(cache_keys) {}

crypto::SealContext PersonaKeys::context(const PersonaId& persona, std::uint32_t epoch) const {
  return crypto::SealContext{tenant_, persona.bytes(), "wrap", 0, epoch};
}

Result<OpenKey> PersonaKeys::open(PersonaOrdinal ordinal) {
  if (const auto cached = cache_.get(ordinal)) return OpenKey{cached->persona, cached->keys};
  CDP_TRY(const auto row, store_.get(ordinal));
  if (!row) return fail(ErrorCode::not_found, "the persona has no key");
  CDP_TRY(const auto epoch_key, keyring_.epoch_key(row->epoch));
  CDP_TRY(auto key, crypto::PersonaKey::unwrap(epoch_key, context(row->persona, row->epoch),
                                               row->wrapped, row->check));
  remember(*row, row->persona, key);
  return OpenKey{row->persona, key.subkeys()};
}

void PersonaKeys::remember(const store::KeyRow& stored, const PersonaId& made,
                           const crypto::PersonaKey& key) {
  if (stored.persona == made) cache_.put(stored.ordinal, made, key.subkeys());
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

void PersonaKeys::forget(PersonaOrdinal ordinal) { cache_.erase(ordinal); }

}  // namespace cdp::app
