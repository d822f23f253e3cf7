// RequestBook: what people, officers and vendors asked of us about a person's data, and by when it
// must be done (GDPR Art. 12(3): one month from receipt).
//
// Kinds: "erasure" is worked by the eraser. "access", "portability", "rectification",
// "restriction" and "objection" are opened, listed and timed here, and worked by hand until the
// rights issue. A vendor's orders are queued as "vendor_redact", "vendor_data_request" and
// "vendor_shop_redact"; the first is worked by the eraser, limited to that vendor's source, when an
// officer completes it; the third never runs by itself.
//
// Identifiers stand in the row sealed under the keyring's request key, together with the source's
// name; erasures keep their own sealed form (erasure/dossier.h).
//
// Thread-safety: safe; not from the writer's or the fold's thread. Lifetime: ledger, clock, random
// and keyring must outlive it. Errors: not_found, conflict for a request in another state,
// invalid_argument for an unknown kind. Non-errors: a vendor that repeats itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/audit/trail.h"
#include "cdp/core/crypto/keyring.h"
#include "cdp/core/event/observation.h"
#include "cdp/core/store/ledger.h"

namespace cdp::compliance {

inline constexpr const char* kVendorRedact = "vendor_redact";

class RequestBook {
 public:
  struct Services {
    const store::Ledger& ledger;
    const crypto::Keyring& keyring;
    Clock& clock;
    Random& random;
    std::string tenant;
    // Row and audit entry in one durable transaction.
    std::function<Result<void>(store::RequestRow, audit::Entry)> commit;
  };
  explicit RequestBook(Services services) : services_(std::move(services)) {}

  // A request that is not an erasure, about whoever the identifiers name.
  Result<store::RequestRow> open(const std::string& kind,
                                 const std::vector<event::Identifier>& identifiers);
  // Idempotent by the vendor's request id, or, where it gives none, by whom it names.
  Result<store::RequestRow> queue(const event::PrivacyOrder& order, const std::string& source);

  Result<std::optional<store::RequestRow>> show(const RequestId& id) const;
  // By time of opening; `status` empty = all.
  Result<std::vector<store::RequestRow>> list(const std::string& status, std::size_t limit) const;

  struct Contents {
    std::string source;  // of a vendor's order
    std::vector<event::Identifier> identifiers;
  };
  Result<Contents> contents_of(const store::RequestRow& row) const;
  // Done, by whatever means; the identifiers go from the row. Done before is no error.
  Result<store::RequestRow> complete(const RequestId& id);

 private:
  Result<store::RequestRow> put(RequestId id, const std::string& kind, const std::string& source,
                                const std::vector<event::Identifier>& identifiers);
  audit::Entry entry_of(const char* kind, const store::RequestRow& row) const;

  Services services_;
};

// Whether a request of this kind may be opened by an officer (erasures are opened by the eraser).
bool can_be_opened(std::string_view kind);
// One calendar month after `from`, at the same time of day; where the month has no such day, its
// last (Regulation 1182/71 Art. 3).
Time due_at(Time from);

}  // namespace cdp::compliance
