#include "compliance/erasure/dossier.h"

#include "cdp/core/crypto/seal.h"
#include "cdp/core/crypto/wipe.h"
#include "cdp/core/event/cbor.h"

namespace cdp::compliance {
namespace {

using event::cbor::Reader;
using event::cbor::Writer;

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kKindMax = 7;

tl::unexpected<Error> other_shape() {
  return fail(ErrorCode::corrupt, "a request row has another shape",
              "restore the ledger from a backup");
}

crypto::SealContext context(std::string_view tenant, const RequestId& id, std::string_view kind) {
  return crypto::SealContext{tenant, id.bytes(), kind, 0, 1};
}

Bytes copy_of(ByteView view) { return {view.begin(), view.end()}; }

}  // namespace

std::string_view to_string(Needle::Kind kind) {
  switch (kind) {
    case Needle::Kind::identifier:
      return "identifier";
    case Needle::Kind::attribute:
      return "attribute";
    case Needle::Kind::message_id:
      return "message id";
    case Needle::Kind::index_token:
      return "blind index";
    case Needle::Kind::dedup_key:
      return "dedup key";
    case Needle::Kind::wrapped_key:
      return "wrapped key";
    case Needle::Kind::ciphertext:
      return "ciphertext";
  }
  return "unknown";
}

Bytes Dossier::encode() const {
  Writer w;
  w.array(3);
  w.bytes(manifest.encode());
  w.array(rows.size());
  for (const Position row : rows) w.uint(row.value());
  w.array(needles.size());
  for (const auto& needle : needles) {
    w.uint(static_cast<std::uint64_t>(needle.kind));
    w.bytes(needle.bytes);
  }
  return w.take();
}

Result<Dossier> Dossier::decode(ByteView bytes) {
  Reader r(bytes);
  CDP_TRY(const auto parts, r.array());
  if (parts != 3) return other_shape();
  Dossier out;
  CDP_TRY(const auto manifest, r.bytes());
  CDP_TRY(out.manifest, Manifest::decode(manifest));
  CDP_TRY(const auto rows, r.array());
  for (std::size_t i = 0; i < rows; ++i) {
    CDP_TRY(const auto row, r.uint());
    out.rows.emplace_back(row);
  }
  CDP_TRY(const auto needles, r.array());
  for (std::size_t i = 0; i < needles; ++i) {
    CDP_TRY(const auto kind, r.uint());
    CDP_TRY(const auto needle, r.bytes());
    if (kind < 1 || kind > kKindMax) return other_shape();
    out.needles.push_back({static_cast<Needle::Kind>(kind), copy_of(needle)});
  }
  if (!r.done()) return other_shape();
  return out;
}

Bytes Envelope::encode() const {
  Writer w;
  w.array(5);
  w.uint(kVersion);
  w.bytes(sealed_key);
  w.bytes(sealed_dossier);
  w.bytes(sealed_reason);
  w.text(certificate);
  return w.take();
}

Result<Envelope> Envelope::decode(ByteView bytes) {
  Reader r(bytes);
  CDP_TRY(const auto parts, r.array());
  if (parts != 5) return other_shape();
  CDP_TRY(const auto version, r.uint());
  CDP_TRY(const auto key, r.bytes());
  CDP_TRY(const auto dossier, r.bytes());
  CDP_TRY(const auto reason, r.bytes());
  CDP_TRY(const auto certificate, r.text());
  if (version != kVersion || !r.done()) return other_shape();
  return Envelope{copy_of(key), copy_of(dossier), copy_of(reason), std::string(certificate)};
}

Bytes DossierKey::wrap(const crypto::Secret& key, const RequestId& id, Random& random) const {
  return crypto::seal(request_key_.view(), context(tenant_, id, "erasure_key"), key.view(), random);
}

Result<crypto::Secret> DossierKey::unwrap(ByteView sealed, const RequestId& id) const {
  CDP_TRY(auto plain,
          crypto::open(request_key_.view(), context(tenant_, id, "erasure_key"), sealed));
  const crypto::Wiped<Bytes> wiped(std::move(plain));
  if (wiped.value.size() != 32) return other_shape();
  return crypto::Secret::copy_of(wiped.value);
}

Bytes DossierKey::seal(const crypto::Secret& key, const RequestId& id, const Dossier& dossier,
                       Random& random) const {
  const crypto::Wiped<Bytes> plain(dossier.encode());
  return crypto::seal(key.view(), context(tenant_, id, "erasure"), plain.value, random);
}

Result<Dossier> DossierKey::open(const crypto::Secret& key, const RequestId& id,
                                 ByteView sealed) const {
  CDP_TRY(auto plain, crypto::open(key.view(), context(tenant_, id, "erasure"), sealed));
  const crypto::Wiped<Bytes> wiped(std::move(plain));
  return Dossier::decode(wiped.value);
}

Bytes DossierKey::seal_reason(std::string_view reason, const RequestId& id, Random& random) const {
  if (reason.empty()) return {};
  return crypto::seal(request_key_.view(), context(tenant_, id, "reason"), as_bytes(reason),
                      random);
}

Result<std::string> DossierKey::open_reason(ByteView sealed, const RequestId& id) const {
  if (sealed.empty()) return std::string();
  CDP_TRY(const auto plain,
          crypto::open(request_key_.view(), context(tenant_, id, "reason"), sealed));
  return std::string(as_text(plain));
}

}  // namespace cdp::compliance
