// Eraser: forgets a person, in steps that each resume after a crash and end in the same place
// (DESIGN §8). The step number is durable in the request row; each step may run again.
//
//   1 intent        one transaction: request, tombstones, end of generation, vendor orders, audit
//   2 frozen        drained, row list and needles fixed, readers see nobody any more
//   5 keys gone     the wrapped keys are destroyed; what is sealed is noise from here on
//   6 rows gone     ledger, state, disclosures
//   7 logs emptied  the write-ahead logs of all files
//   8 verified      no needle on any decrypted page, while the controls are found; files that hold
//                   one are written anew first
//   9 local done    audit entry and signed certificate; vendors answer in their own time
//
// (3 and 4, hold and proof capsule, come with the rights issue.)
//
// The erasure is the vendor's, too: an ErasureOrder per vendor id waits in the outbox from step 1
// on. Its outbox row names the request in `purpose`; the dispatcher asks order_for() for the
// passport before each try and calls vendor_answered() after the row is settled.
//
// Thread-safety: one erasure at a time, guarded inside; never call it from the writer's or the
// fold's thread. Errors: not_found for nobody; unprocessable for an identifier that more than one
// person carries; conflict when the person changes faster than the intent can be written, nothing
// done; from step 2 on an error leaves the request in_progress, to be resumed. Non-errors: resuming
// what is finished.
#pragma once

#include <mutex>

#include "cdp/core/crypto/keyring.h"
#include "compliance/erasure/dossier.h"
#include "compliance/erasure/erasure_ground.h"
#include "connectors/erasure_order.h"

namespace cdp::compliance {

inline constexpr const char* kErasureKind = "erasure";
inline constexpr const char* kInProgress = "in_progress";
inline constexpr const char* kLocalComplete = "local_complete";
inline constexpr const char* kVendorsComplete = "vendors_complete";

enum class ErasureStep : std::uint32_t {
  none = 0,
  intent = 1,
  frozen = 2,
  keys_gone = 5,
  rows_gone = 6,
  logs_emptied = 7,
  verified = 8,
  local_done = 9,
};

// Whom, and on whose authority.
struct ErasureAsk {
  std::vector<Token> identifiers;  // blind-index tokens of what the request proves
  // Personas linked only by what was declared or by a device enter, too: the officer says why.
  bool include_declared = false;
  std::string reason;
  std::string only_source;  // a vendor's redaction; empty = every source
};

struct ErasureScope;  // eraser_scope.h

class Eraser {
 public:
  Eraser(ErasureGround& ground, const crypto::Keyring& keyring, std::string tenant);

  // The manifest, and nothing done.
  Result<Manifest> plan(const ErasureAsk& ask);
  // Plans, commits the intent and runs to local_complete. The row as it stands then.
  Result<store::RequestRow> erase(const ErasureAsk& ask);
  // Goes on where the request stands.
  Result<store::RequestRow> resume(const RequestId& id);
  // At start, before anything is served: every erasure in progress. How many there were.
  Result<std::size_t> resume_all();

  // The passport for an outbox row of kind erasure. Errors: not_found when its request is over.
  Result<connectors::ErasureOrder> order_for(const store::OutboxItem& item);
  // After an order's outbox row was delivered, refused or given up: the last one completes the
  // request and ends the erasure's key. A vendor that refused or never answered, or that has no
  // wire, is an officer's task: the request waits for confirm_by_hand().
  Result<void> vendor_answered(const RequestId& id);
  // An officer confirms that the vendors who were not reached were told. Orders still on their way
  // are waited for all the same.
  Result<store::RequestRow> confirm_by_hand(const RequestId& id);

  // What can be said of a request of this kind without opening it.
  static Result<std::string> certificate_of(const store::RequestRow& row);

  // For the request book: a person's identifiers on their way into a request row and back. They
  // leave this class sealed, or as Pii.
  static Bytes seal_identifiers(const std::vector<event::Identifier>& identifiers,
                                ByteView request_key, std::string_view tenant, const RequestId& id,
                                Random& random);
  static Result<std::vector<event::Identifier>> open_identifiers(ByteView sealed,
                                                                 ByteView request_key,
                                                                 std::string_view tenant,
                                                                 const RequestId& id);
  // A digest of them under the request key: tells one vendor request from another.
  static Token digest_identifiers(const std::vector<event::Identifier>& identifiers,
                                  ByteView request_key, std::string_view scope);

 private:
  // One erasure under way: the row, its envelope, opened.
  struct Work {
    store::RequestRow row;
    Envelope envelope;
    crypto::Secret key;
    Dossier dossier;
  };

  // Whom: eraser_scope.cc.
  Result<ErasureScope> scope_of(const ErasureAsk& ask);
  Result<std::vector<identity::Profile>> subjects_of(const std::vector<PersonaOrdinal>& holders);
  std::vector<PersonaOrdinal> vouched(const std::vector<PersonaOrdinal>& holders);
  static void choose_members(const identity::Profile& profile, const ErasureAsk& ask,
                             const std::vector<PersonaOrdinal>& holders, ErasureScope& scope);
  Result<Manifest> manifest_of(const ErasureScope& scope, const ErasureAsk& ask);
  std::vector<Token> kept_tokens(const ErasureScope& scope);
  Result<Dossier> prepare(const ErasureAsk& ask);
  static void add_profile_needles(const identity::ProfileMember& member,
                                  const std::vector<Token>& kept, Dossier& dossier);
  Result<std::vector<Position>> chain_of(const ManifestPersona& persona) const;
  Result<void> list_rows(Dossier& dossier);
  Result<void> add_row_needles(const std::vector<Position>& rows, Dossier& dossier);

  // The steps: eraser.cc.
  Result<Work> begin(const ErasureAsk& ask);
  ErasureIntent intent_of(Work& work);
  Result<Work> open(const store::RequestRow& row) const;
  void reseal(Work& work);
  Result<void> save(Work& work, ErasureStep step);
  Result<void> run(Work& work);
  Result<void> freeze(Work& work);
  Result<void> count_joined(Manifest& manifest);
  Result<void> note_subject_members(Manifest& manifest);
  Result<void> truncate_logs();
  struct Trace {
    Needle::Kind kind;
    std::uint64_t pages;
  };
  Result<std::optional<Trace>> find_trace(const Work& work);
  Result<void> verify(const Work& work);
  Result<std::string> certify(const Work& work, std::uint64_t log_size);
  Result<void> finish(Work& work);
  Result<void> close(Work& work);

  // The vendors: eraser_orders.cc.
  Result<void> add_vendors(Manifest& manifest);
  std::vector<store::OutboxItem> orders_for(const Work& work, std::size_t first_vendor);
  struct Orders {
    bool any_open = false;    // waiting or in doubt
    bool any_failed = false;  // refused, or given up
  };
  Result<Orders> orders_of(const Work& work) const;

  ErasureGround& ground_;
  const crypto::Keyring& keyring_;
  DossierKey dossier_key_;
  std::mutex mutex_;
};

}  // namespace cdp::compliance
