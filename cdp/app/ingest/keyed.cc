#include "cdp/app/ingest/keyed.h"

namespace cdp::app {

Keyed Keyed::from(const crypto::Keyring& keyring, const std::string& tenant) {
  using Index = crypto::Keyring::Index;
  const auto make = [&](Index index) {
    return crypto::BlindIndex(crypto::Secret::copy_of(keyring.index_key(index)), tenant, 1);
  };
  return Keyed{make(Index::link), make(Index::message), make(Index::tombstone),
               make(Index::pseudonym), make(Index::do_not_contact)};
}

}  // namespace cdp::app
