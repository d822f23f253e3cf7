#include "compliance/erasure/eraser.h"

#include <algorithm>
#include <set>

#include "compliance/erasure/certificate.h"
#include "compliance/erasure/eraser_scope.h"

namespace cdp::compliance {
namespace {

constexpr int kIntentAttemptsMax = 4;
constexpr int kTruncateAttemptsMax = 5;
constexpr std::size_t kRowsPerListing = 10'000;

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

audit::Entry entry_of(const char* kind, const RequestId& id, Time at) {
  audit::Entry entry;
  entry.kind = kind;
  entry.at = at;
  entry.fields["request"] = id.to_string();
  return entry;
}

// Counts alone: nothing in the log may lead back to the person.
void add_counts(const Manifest& manifest, audit::Entry& entry) {
  entry.fields["personas"] = number(manifest.personas.size());
  entry.fields["records"] = number(manifest.records);
  entry.fields["statements"] = number(manifest.statements);
  entry.fields["disclosures"] = number(manifest.disclosures);
  entry.fields["vendor_orders"] = number(manifest.vendors.size());
  entry.fields["declared_links"] = manifest.include_declared;
}

ErasureStep step_of(const store::RequestRow& row) { return static_cast<ErasureStep>(row.step); }

}  // namespace

Eraser::Eraser(ErasureGround& ground, const crypto::Keyring& keyring, std::string tenant)
    : ground_(ground), keyring_(keyring), dossier_key_(keyring.request_key(), std::move(tenant)) {}

Result<Manifest> Eraser::plan(const ErasureAsk& ask) {
  const std::lock_guard lock(mutex_);
  CDP_TRY(auto dossier, prepare(ask));
  return std::move(dossier.manifest);
}

Result<store::RequestRow> Eraser::erase(const ErasureAsk& ask) {
  const std::lock_guard lock(mutex_);
  CDP_TRY(auto work, begin(ask));
  CDP_CHECK(run(work));
  return std::move(work.row);
}

Result<store::RequestRow> Eraser::resume(const RequestId& id) {
  const std::lock_guard lock(mutex_);
  CDP_TRY(const auto row, ground_.ledger().request(id));
  if (!row || row->kind != kErasureKind) {
    return fail(ErrorCode::not_found, "there is no such erasure");
  }
  if (row->status != kInProgress) return *row;
  CDP_TRY(auto work, open(*row));
  // A crash may have brought back into state what was out of it already.
  if (step_of(work.row) >= ErasureStep::frozen) {
    CDP_CHECK(ground_.forget(work.dossier.manifest.ordinals()));
  }
  CDP_CHECK(run(work));
  return std::move(work.row);
}

Result<std::size_t> Eraser::resume_all() {
  std::size_t resumed = 0;
  std::optional<Error> first_error;
  CDP_TRY(const auto rows, ground_.ledger().requests(kInProgress, kRowsPerListing));
  for (const auto& row : rows) {
    if (row.kind != kErasureKind) continue;
    const auto done = resume(row.id);
    // One that cannot go on must not hold up the others.
    if (!done && !first_error) first_error = done.error();
    ++resumed;
  }
  // Whose last vendor answered just before a crash.
  CDP_TRY(const auto waiting, ground_.ledger().requests(kLocalComplete, kRowsPerListing));
  for (const auto& row : waiting) {
    if (row.kind == kErasureKind) CDP_CHECK(vendor_answered(row.id));
  }
  if (first_error) return fail(*first_error);
  return resumed;
}

// Reads the person and writes the intent; again when the person changed in between.
Result<Eraser::Work> Eraser::begin(const ErasureAsk& ask) {
  for (int attempt = 1;; ++attempt) {
    Work work;
    CDP_TRY(work.dossier, prepare(ask));
    work.row.id = RequestId(ground_.random().next_token());
    work.row.kind = kErasureKind;
    work.row.status = kInProgress;
    work.row.step = static_cast<std::uint32_t>(ErasureStep::intent);
    work.row.created_at = work.row.updated_at = ground_.now();
    work.dossier.manifest.request = work.row.id;
    work.key = crypto::Secret::random(ground_.random(), 32);
    work.envelope.sealed_key = dossier_key_.wrap(work.key, work.row.id, ground_.random());
    work.envelope.sealed_reason =
        dossier_key_.seal_reason(ask.reason, work.row.id, ground_.random());
    reseal(work);
    const auto committed = ground_.commit_intent(intent_of(work));
    if (committed) return work;
    // A commit in doubt may have lasted: then the erasure has begun.
    if (committed.error().code == ErrorCode::unavailable) {
      CDP_TRY(const auto row, ground_.ledger().request(work.row.id));
      if (row) return work;
    }
    if (committed.error().code != ErrorCode::conflict || attempt == kIntentAttemptsMax) {
      return fail(committed.error());
    }
  }
}

ErasureIntent Eraser::intent_of(Work& work) {
  const Manifest& manifest = work.dossier.manifest;
  ErasureIntent intent;
  intent.request = work.row;
  for (const auto& persona : manifest.personas) {
    intent.members.push_back({persona.ordinal, persona.head});
    intent.tombstones.push_back(
        {store::Tombstone::Scope::persona, persona.tombstone, manifest.made_at});
  }
  for (const Token& token : manifest.identifier_tombstones) {
    intent.tombstones.push_back({store::Tombstone::Scope::identifier, token, manifest.made_at});
  }
  intent.orders = orders_for(work, 0);
  intent.entry = entry_of("erasure_intent", work.row.id, work.row.created_at);
  add_counts(manifest, intent.entry);
  return intent;
}

Result<Eraser::Work> Eraser::open(const store::RequestRow& row) const {
  Work work;
  work.row = row;
  CDP_TRY(work.envelope, Envelope::decode(row.sealed));
  CDP_TRY(work.key, dossier_key_.unwrap(work.envelope.sealed_key, row.id));
  CDP_TRY(work.dossier, dossier_key_.open(work.key, row.id, work.envelope.sealed_dossier));
  return work;
}

void Eraser::reseal(Work& work) {
  work.envelope.sealed_dossier =
      dossier_key_.seal(work.key, work.row.id, work.dossier, ground_.random());
  work.row.sealed = work.envelope.encode();
}

Result<void> Eraser::save(Work& work, ErasureStep step) {
  work.row.step = static_cast<std::uint32_t>(step);
  work.row.updated_at = ground_.now();
  return ground_.commit({work.row, {}, {}, {}});
}

Result<void> Eraser::run(Work& work) {
  const auto personas = work.dossier.manifest.ordinals();
  if (step_of(work.row) < ErasureStep::frozen) CDP_CHECK(freeze(work));
  if (step_of(work.row) < ErasureStep::keys_gone) {
    CDP_CHECK(ground_.destroy_keys(personas));
    CDP_CHECK(save(work, ErasureStep::keys_gone));
  }
  if (step_of(work.row) < ErasureStep::rows_gone) {
    CDP_CHECK(ground_.delete_rows(work.dossier.rows, personas));
    CDP_CHECK(save(work, ErasureStep::rows_gone));
  }
  if (step_of(work.row) < ErasureStep::logs_emptied) {
    CDP_CHECK(truncate_logs());
    CDP_CHECK(save(work, ErasureStep::logs_emptied));
  }
  if (step_of(work.row) < ErasureStep::verified) {
    CDP_CHECK(verify(work));
    CDP_CHECK(save(work, ErasureStep::verified));
  }
  if (step_of(work.row) < ErasureStep::local_done) CDP_CHECK(finish(work));
  return {};
}

// The generation has ended: when everything before it has been folded, the chains are final, and
// so is what left for the vendors.
Result<void> Eraser::freeze(Work& work) {
  CDP_CHECK(ground_.drain());
  Manifest& manifest = work.dossier.manifest;
  const auto members = manifest.ordinals();
  CDP_CHECK(count_joined(manifest));
  CDP_CHECK(list_rows(work.dossier));
  CDP_CHECK(note_subject_members(manifest));
  CDP_CHECK(ground_.forget(members));
  // From the manifest: after a crash nobody else knows any more who was one with them.
  std::vector<PersonaOrdinal> stayed;
  std::ranges::set_difference(manifest.subject_members, members, std::back_inserter(stayed));
  CDP_CHECK(ground_.show_anew(stayed));
  // What was on its way when the intent was written has its disclosure row by now.
  CDP_CHECK(ground_.drain());
  const std::size_t told = manifest.vendors.size();
  CDP_CHECK(add_vendors(manifest));
  reseal(work);
  work.row.step = static_cast<std::uint32_t>(ErasureStep::frozen);
  work.row.updated_at = ground_.now();
  return ground_.commit({work.row, orders_for(work, told), {}, {}});
}

// Who carries what was proven by now and was not there when it was read. A browser's claim of it by
// somebody else was left out then as it is now.
Result<void> Eraser::count_joined(Manifest& manifest) {
  manifest.joined_meanwhile = 0;
  if (!manifest.only_source.empty()) return {};
  const auto members = manifest.ordinals();
  std::set<PersonaOrdinal> one_with_them;
  for (const PersonaOrdinal persona : members) {
    CDP_TRY(const auto profile, ground_.profile_of(persona));
    if (!profile) continue;
    for (const auto& member : profile->members) one_with_them.insert(member.persona);
  }
  for (const Token& identifier : manifest.identifiers) {
    for (const PersonaOrdinal holder : ground_.holders(identifier, event::Tier::device)) {
      if (std::ranges::binary_search(members, holder)) continue;
      if (one_with_them.contains(holder) || ground_.is_vouched(holder)) ++manifest.joined_meanwhile;
    }
  }
  return {};
}

// Who came to be one with them since the intent; a second try, which finds the persons gone, goes
// by the first one's list.
Result<void> Eraser::note_subject_members(Manifest& manifest) {
  auto& members = manifest.subject_members;
  for (const PersonaOrdinal persona : manifest.ordinals()) {
    CDP_TRY(const auto profile, ground_.profile_of(persona));
    if (!profile) continue;
    for (const auto& member : profile->members) members.push_back(member.persona);
  }
  std::ranges::sort(members);
  members.erase(std::unique(members.begin(), members.end()), members.end());
  return {};
}

// Readers hold their snapshots for 100 ms at most, and the store waits for them; a few tries make
// up for a crowd.
Result<void> Eraser::truncate_logs() {
  for (int attempt = 1;; ++attempt) {
    auto truncated = ground_.truncate_logs();
    if (truncated || truncated.error().code != ErrorCode::unavailable ||
        attempt == kTruncateAttemptsMax) {
      return truncated;
    }
  }
}

// The first of the person's needles that a page still holds, if there is one.
Result<std::optional<Eraser::Trace>> Eraser::find_trace(const Work& work) {
  const auto& [manifest, rows, needles] = work.dossier;
  CDP_TRY(auto sought, ground_.controls());
  // This erasure's own tombstone stands in the ledger by design: the search must see it.
  const Token& tombstone = manifest.personas.front().tombstone;
  sought.emplace_back(tombstone.begin(), tombstone.end());
  const std::size_t controls = sought.size();
  for (const auto& needle : needles) sought.push_back(needle.bytes);
  CDP_CHECK(truncate_logs());
  CDP_TRY(const auto hits, ground_.find_bytes(sought));
  for (std::size_t i = 0; i < controls; ++i) {
    if (hits[i] == 0) {
      return fail(ErrorCode::internal, "the page search does not find what is known to be there",
                  "nothing is proven; look at the page reader before resuming the request");
    }
  }
  for (std::size_t i = 0; i < needles.size(); ++i) {
    if (hits[controls + i] == 0) continue;
    if (needles[i].kind == Needle::Kind::index_token) {
      // Somebody came back with a new act since: the trace is the new life's.
      CDP_CHECK(ground_.drain());
      Token token{};
      std::ranges::copy(needles[i].bytes, token.begin());
      if (ground_.is_in_use(token)) continue;
    }
    return Trace{needles[i].kind, hits[controls + i]};
  }
  return std::nullopt;
}

// A deleted row's cell is overwritten, but not what balancing a tree copied of it before: where
// that is found, the files are written anew. A trace that survives even this is a defect of ours.
Result<void> Eraser::verify(const Work& work) {
  CDP_TRY(auto trace, find_trace(work));
  if (!trace) return {};
  CDP_CHECK(ground_.rewrite_files());
  CDP_TRY(trace, find_trace(work));
  if (!trace) return {};
  return fail(ErrorCode::internal,
              "after erasure " + std::to_string(trace->pages) + " pages still hold a " +
                  std::string(to_string(trace->kind)) + " of the person",
              "stop cdp, remove state.db (it is folded again at start) and start: the request goes "
              "on");
}

Result<std::string> Eraser::certify(const Work& work, std::uint64_t log_size) {
  audit::Entry statement = entry_of("erasure_certificate", work.row.id, ground_.now());
  const Manifest& manifest = work.dossier.manifest;
  add_counts(manifest, statement);
  statement.fields["requested_at"] = to_rfc3339(work.row.created_at);
  statement.fields["vendors_by_hand"] = number(manifest.vendors_by_hand());
  statement.fields["left_out"] = number(manifest.left_out);
  statement.fields["joined_meanwhile"] = number(manifest.joined_meanwhile);
  statement.fields["values_searched"] = number(work.dossier.needles.size());
  statement.fields["audit_log_size"] = number(log_size);
  if (!work.dossier.rows.empty()) {
    statement.fields["last_position"] = number(work.dossier.rows.back().value());
  }
  return sign_certificate(statement, work.row.id, keyring_.audit_seed());
}

Result<void> Eraser::finish(Work& work) {
  CDP_TRY(const auto log_size, ground_.ledger().audit_size());
  CDP_TRY(work.envelope.certificate, certify(work, log_size));
  audit::Entry entry = entry_of("erasure_local_complete", work.row.id, ground_.now());
  add_counts(work.dossier.manifest, entry);
  const auto digest = crypto::sha256(as_bytes(work.envelope.certificate));
  entry.fields["certificate_sha256"] = to_hex(digest);
  work.row.status = kLocalComplete;
  work.row.step = static_cast<std::uint32_t>(ErasureStep::local_done);
  work.row.updated_at = ground_.now();
  // Rows and needles have served.
  work.dossier.rows.clear();
  work.dossier.needles.clear();
  reseal(work);
  CDP_CHECK(ground_.commit({work.row, {}, {entry}, work.dossier.manifest.ordinals()}));
  CDP_TRY(const auto orders, orders_of(work));
  if (orders.any_open || orders.any_failed || work.dossier.manifest.vendors_by_hand() > 0) {
    return {};
  }
  return close(work);
}

// The last answer is in: the erasure's key dies, and with it what its orders and dossier held.
Result<void> Eraser::close(Work& work) {
  audit::Entry entry = entry_of("erasure_vendors_complete", work.row.id, ground_.now());
  entry.fields["vendor_orders"] = number(work.dossier.manifest.vendors.size());
  work.row.status = kVendorsComplete;
  work.row.updated_at = ground_.now();
  work.envelope.sealed_key.clear();
  work.envelope.sealed_dossier.clear();
  work.row.sealed = work.envelope.encode();
  CDP_CHECK(ground_.commit({work.row, {}, {entry}, {}}));
  // The row's earlier form goes from the log as well; a reader in the way delays that, no more.
  (void)ground_.truncate_logs().has_value();
  return {};
}

}  // namespace cdp::compliance
