// Dossier: what a running erasure remembers over a crash, in its request row: manifest, row list
// and needles, sealed under a random key of its own, which is sealed under the keyring's request
// key and dies with the last answer (DESIGN §8 step 1). What stays readable afterwards: the
// certificate, which holds no personal data, and the officer's reason under the request key.
//
//   row.sealed = CBOR [version, sealed erasure key | empty, sealed dossier | empty,
//                      sealed reason | empty, certificate]
//
// Thread-safety: values. Errors: corrupt for anything that does not open.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/crypto/secret.h"
#include "compliance/erasure/manifest.h"

namespace cdp::compliance {

// What must not be found on any page afterwards.
struct Needle {
  enum class Kind : std::uint8_t {
    identifier = 1,  // e-mail, phone, ids: in clear
    attribute = 2,   // names and addresses: in clear
    message_id = 3,
    index_token = 4,
    dedup_key = 5,
    wrapped_key = 6,
    ciphertext = 7,
  };
  Kind kind = Kind::identifier;
  Bytes bytes;
};
std::string_view to_string(Needle::Kind kind);

struct Dossier {
  Manifest manifest;
  std::vector<Position> rows;  // ascending; filled by step 2
  std::vector<Needle> needles;

  Bytes encode() const;
  static Result<Dossier> decode(ByteView bytes);
};

struct Envelope {
  Bytes sealed_key;
  Bytes sealed_dossier;
  Bytes sealed_reason;
  std::string certificate;  // JSON; empty until step 9

  Bytes encode() const;
  static Result<Envelope> decode(ByteView bytes);
};

// Seals and opens the parts of one request's envelope.
class DossierKey {
 public:
  DossierKey(ByteView request_key, std::string tenant) : tenant_(std::move(tenant)) {
    request_key_ = crypto::Secret::copy_of(request_key);
  }
  Bytes wrap(const crypto::Secret& key, const RequestId& id, Random& random) const;
  Result<crypto::Secret> unwrap(ByteView sealed, const RequestId& id) const;
  Bytes seal(const crypto::Secret& key, const RequestId& id, const Dossier& dossier,
             Random& random) const;
  Result<Dossier> open(const crypto::Secret& key, const RequestId& id, ByteView sealed) const;
  Bytes seal_reason(std::string_view reason, const RequestId& id, Random& random) const;
  Result<std::string> open_reason(ByteView sealed, const RequestId& id) const;
  const std::string& tenant() const { return tenant_; }

 private:
  std::string tenant_;
  crypto::Secret request_key_;
};

}  // namespace cdp::compliance
