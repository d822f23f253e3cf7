#include "cdp/app/erasure_platform.h"

#include <future>
#include <set>

#include "cdp/app/activation/outbox_book.h"

namespace cdp::app {

// Everything committed is folded; what its effects commit is committed; and folded in turn.
Result<void> ErasurePlatform::drain() { return services_.pipeline.fold().settle(); }

std::vector<PersonaOrdinal> ErasurePlatform::holders(const Token& identifier,
                                                     event::Tier at_least) {
  std::vector<PersonaOrdinal> found;
  services_.pipeline.live().with_graph([&](const identity::Graph& graph) {
    found = graph.holders(identifier, at_least);
    if (at_least > event::Tier::none) return;
    const auto retracted = graph.retracted_from(identifier);
    found.insert(found.end(), retracted.begin(), retracted.end());
  });
  return found;
}

bool ErasurePlatform::is_vouched(PersonaOrdinal persona) {
  return services_.pipeline.live().is_vouched(persona);
}

Result<std::optional<identity::Profile>> ErasurePlatform::profile_of(PersonaOrdinal persona) {
  return services_.pipeline.live().profile_of(persona);
}

Position ErasurePlatform::head(PersonaOrdinal persona) {
  return services_.pipeline.live().head(persona);
}

Result<std::optional<store::KeyRow>> ErasurePlatform::key(PersonaOrdinal persona) {
  return platform().keys.get(persona);
}

Result<std::string> ErasurePlatform::message_id(const store::Record& record) {
  auto item = open_record(record, services_.pipeline.persona_keys(), services_.pipeline.codec());
  if (!item) {
    if (item.error().code == ErrorCode::not_found) return std::string();
    return fail(item.error());
  }
  const auto* fact = std::get_if<event::Fact>(&item->content);
  return fact == nullptr ? std::string() : fact->message_id;
}

Result<Bytes> ErasurePlatform::stored_document(PersonaOrdinal persona) {
  CDP_TRY(auto document, platform().state.document(persona));
  return document ? std::move(*document) : Bytes();
}

bool ErasurePlatform::is_in_use(const Token& link_token) {
  return !holders(link_token, event::Tier::none).empty() ||
         platform().keys.find(link_token).has_value();
}

bool ErasurePlatform::is_latched(const Token& link_token) {
  return services_.pipeline.live().names_latch(link_token);
}

Token ErasurePlatform::tombstone_of(const Token& link_token) {
  return services_.pipeline.keyed().tombstone_of(link_token);
}

bool ErasurePlatform::can_be_told(const std::string& destination) {
  return services_.can_be_told(destination);
}

// Views that wait are cancelled: there will be nobody to show. In doubt = disclosed, and its vendor
// is among those told. What vendors know of the person's choices is forgotten with the person; what
// they are still to be told stays until they are (OutboxBook).
Result<void> ErasurePlatform::cancel_views(PersonaOrdinal persona, BatchBuilder& builder) {
  CDP_TRY(const auto items, platform().ledger.outbox_of(persona));
  for (const auto& item : items) {
    const bool unsent =
        item.kind == store::OutboxKind::view && item.status == store::OutboxStatus::waiting;
    if (unsent || is_closed_order(item)) builder.batch().outbox_done.push_back(item.id);
  }
  return {};
}

Result<void> ErasurePlatform::fill_intent(const compliance::ErasureIntent& intent,
                                          BatchBuilder& builder,
                                          std::vector<FoldItem>& fold_items) {
  fold_items.clear();
  std::vector<PersonaOrdinal> personas;
  for (const auto& member : intent.members) {
    if (builder.head(member.persona) != member.head || builder.is_ended(member.persona)) {
      return fail(ErrorCode::conflict, "the person changed while the erasure was prepared",
                  "ask again");
    }
    CDP_CHECK(cancel_views(member.persona, builder));
    personas.push_back(member.persona);
  }
  CDP_CHECK(builder.audit(intent.entry));
  for (const PersonaOrdinal persona : personas) {
    const Position position =
        builder.append_clear(store::RecordKind::erasure, persona, {}, intent.request.created_at);
    fold_items.push_back({position, persona, store::RecordKind::erasure, std::monostate{}});
  }
  auto& batch = builder.batch();
  batch.requests.push_back(intent.request);
  batch.tombstones.insert(batch.tombstones.end(), intent.tombstones.begin(),
                          intent.tombstones.end());
  // What waits for a confirmation at an erased address goes with it: its link is dead from here on.
  for (const auto& tombstone : intent.tombstones) {
    if (tombstone.scope == store::Tombstone::Scope::identifier)
      batch.opt_ins_erased.push_back(tombstone.token);
  }
  for (const auto& order : intent.orders) builder.add_outbox(order);
  Writer& writer = services_.pipeline.writer();
  writer.add_tombstones(intent.tombstones);
  writer.end_generation(builder, personas);
  return {};
}

Result<void> ErasurePlatform::commit_intent(compliance::ErasureIntent intent) {
  std::promise<Result<void>> promise;
  auto answer = promise.get_future();
  Command command;
  command.fold_items = std::make_shared<std::vector<FoldItem>>();
  command.fill = [this, &intent, items = command.fold_items](BatchBuilder& builder) {
    return fill_intent(intent, builder, *items);
  };
  command.done = [&promise](Result<void> result) { promise.set_value(std::move(result)); };
  services_.pipeline.writer().command(std::move(command));
  return answer.get();
}

Result<void> ErasurePlatform::commit(compliance::ErasureProgress progress) {
  Writer& writer = services_.pipeline.writer();
  return writer.run([&](BatchBuilder& builder) -> Result<void> {
    for (auto& entry : progress.entries) CDP_CHECK(builder.audit(entry));
    builder.batch().requests.push_back(progress.request);
    for (const auto& order : progress.orders) builder.add_outbox(order);
    if (!progress.released.empty()) writer.release_generation(builder, progress.released);
    return {};
  });
}

// Who is one subject with somebody of them now, and stays.
std::vector<PersonaOrdinal> ErasurePlatform::left_behind(
    const std::vector<PersonaOrdinal>& personas) {
  std::set<PersonaOrdinal> left;
  for (const PersonaOrdinal persona : personas) {
    for (const auto& member : services_.pipeline.live().explain(persona).members) {
      left.insert(member.persona);
    }
  }
  for (const PersonaOrdinal persona : personas) left.erase(persona);
  return {left.begin(), left.end()};
}

Result<void> ErasurePlatform::show_anew(const std::vector<PersonaOrdinal>& personas) {
  if (!services_.views_of || personas.empty()) return {};
  std::set<PersonaOrdinal> subjects;
  for (const PersonaOrdinal persona : personas) {
    const auto members = services_.pipeline.live().explain(persona).members;
    if (!members.empty()) subjects.insert(members.front().persona);
  }
  const Position cause = services_.pipeline.live().applied();
  return services_.pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    for (const PersonaOrdinal subject : subjects) {
      for (auto& item : services_.views_of(subject, cause)) builder.add_outbox(std::move(item));
    }
    return {};
  });
}

Result<void> ErasurePlatform::forget(const std::vector<PersonaOrdinal>& personas) {
  const auto left = left_behind(personas);
  CDP_CHECK(services_.pipeline.fold().erase(personas));
  services_.disclosures.forget(personas);
  services_.pending_views.forget(personas);
  if (services_.forget_likeness) services_.forget_likeness(personas, left);
  for (const PersonaOrdinal persona : personas) services_.pipeline.persona_keys().forget(persona);
  return {};
}

Result<void> ErasurePlatform::destroy_keys(const std::vector<PersonaOrdinal>& personas) {
  CDP_CHECK(platform().keys.destroy(personas, services_.pipeline.writer().keys_fence()));
  for (const PersonaOrdinal persona : personas) services_.pipeline.persona_keys().forget(persona);
  return {};
}

// Orders that were closed in the transaction of the intent; later ones do not stay (OutboxBook).
Result<void> ErasurePlatform::delete_closed_orders(const std::vector<PersonaOrdinal>& personas) {
  std::vector<std::uint64_t> closed;
  for (const PersonaOrdinal persona : personas) {
    CDP_TRY(const auto items, platform().ledger.outbox_of(persona));
    for (const auto& item : items) {
      if (is_closed_order(item)) closed.push_back(item.id);
    }
  }
  if (closed.empty()) return {};
  return services_.pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    auto& done = builder.batch().outbox_done;
    done.insert(done.end(), closed.begin(), closed.end());
    return {};
  });
}

Result<void> ErasurePlatform::delete_rows(const std::vector<Position>& records,
                                          const std::vector<PersonaOrdinal>& personas) {
  CDP_CHECK(delete_closed_orders(personas));
  CDP_CHECK(platform().ledger.erase(records, personas, services_.pipeline.writer().ledger_fence()));
  // Once more: whoever had the key in hand while it was destroyed may have put it back.
  return forget(personas);
}

Result<void> ErasurePlatform::truncate_logs() {
  CDP_CHECK(platform().keys.truncate_wal());
  CDP_CHECK(platform().ledger.truncate_wal());
  return platform().state.truncate_wal();
}

// The ledger last: it may be too long for it, and the others are clean then.
Result<void> ErasurePlatform::rewrite_files() {
  CDP_CHECK(platform().state.rewrite());
  CDP_CHECK(platform().keys.rewrite());
  return platform().ledger.rewrite();
}

Result<std::vector<std::uint64_t>> ErasurePlatform::find_bytes(const std::vector<Bytes>& needles) {
  Result<std::vector<std::uint64_t>> found = std::vector<std::uint64_t>();
  services_.pipeline.fold().without_checkpoints([&] { found = services_.find_bytes(needles); });
  return found;
}

// The persona token of somebody who stays: it stands in keys.db and in state.db.
Result<std::vector<Bytes>> ErasurePlatform::controls() {
  PersonaOrdinal first;
  CDP_CHECK(platform().state.each_document([&](const store::DocumentRow& row) {
    first = row.persona;
    return false;
  }));
  std::vector<Bytes> found;
  if (first.none()) return found;
  CDP_TRY(const auto key, platform().keys.get(first));
  if (key) found.emplace_back(key->persona_token.begin(), key->persona_token.end());
  return found;
}

}  // namespace cdp::app
