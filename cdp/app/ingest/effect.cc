#include "cdp/app/ingest/effect.h"

#include <map>
#include <tuple>

namespace cdp::app {
namespace {

enum class Kind : std::uint8_t { deliver = 1, copy = 2, report = 3, decide = 4, note = 5 };

store::Effect key_of(Position position, Kind kind, std::string target) {
  return {position, static_cast<std::uint8_t>(kind), std::move(target)};
}

// Effects of one record that go to the same target are told apart by their order, which a replay
// repeats: two withdrawals in one message may each have something to tell the same vendor.
class Targets {
 public:
  std::string name(Position position, Kind kind, const std::string& target) {
    const std::size_t before = seen_[{position, kind, target}]++;
    return before == 0 ? target : target + "#" + std::to_string(before);
  }

 private:
  std::map<std::tuple<Position, Kind, std::string>, std::size_t> seen_;
};

std::string target_of(const store::OutboxItem& item) {
  return item.destination + "|" + item.purpose + "|" + std::to_string(static_cast<int>(item.kind)) +
         "|" + std::to_string(item.persona.value());
}

// A record of its own under the other member's key, so that it survives a split and a rebuild. One
// whose persona was erased since is left out: there is nobody left to protect.
void add_copy(const CopyStatement& copy, Position cause, const store::BodyCodec& codec,
              const crypto::BlindIndex& message_index, BatchBuilder& builder,
              std::vector<FoldItem>& fold_items) {
  const std::string to = std::to_string(copy.to.value());
  event::Statement statement = copy.statement;
  statement.copied_from = cause;
  // Evidence and place are the speaker's: they must go when the speaker is forgotten.
  statement.evidence = {};
  statement.place.clear();
  const std::string place = std::to_string(cause.value()) + "." + std::to_string(statement.index);
  const Bytes packed = codec.pack(event::FactCodec::encode_statement(statement));
  const auto position =
      builder.append(store::RecordKind::statement_copy, copy.to, packed,
                     message_index.token({"copy", place, to}), statement.received_at);
  if (!position) return;
  fold_items.push_back(
      {*position, copy.to, store::RecordKind::statement_copy, std::move(statement)});
  builder.batch().effects.push_back(key_of(cause, Kind::copy, place + ":" + to));
}

void add_clear(store::RecordKind kind, Bytes body, Time at, BatchBuilder& builder,
               std::vector<FoldItem>& fold_items) {
  const Position position = builder.append_clear(kind, {}, body, at);
  fold_items.push_back({position, {}, kind, std::move(body)});
}

}  // namespace

Result<void> add_effects(const std::vector<PlannedEffect>& effects, Position up_to,
                         const store::BodyCodec& codec, const crypto::BlindIndex& message_index,
                         BatchBuilder& builder, std::vector<FoldItem>& fold_items) {
  Targets targets;
  for (const auto& effect : effects) {
    if (const auto* deliver = std::get_if<Deliver>(&effect.what)) {
      const auto& item = deliver->item;
      builder.batch().effects.push_back(
          key_of(effect.position, Kind::deliver,
                 targets.name(effect.position, Kind::deliver, target_of(item))));
      builder.add_outbox(item);
    } else if (const auto* copy = std::get_if<CopyStatement>(&effect.what)) {
      add_copy(*copy, effect.position, codec, message_index, builder, fold_items);
    } else if (const auto* report = std::get_if<Report>(&effect.what)) {
      builder.batch().effects.push_back(
          key_of(effect.position, Kind::report,
                 targets.name(effect.position, Kind::report, report->entry.kind)));
      // A person erased between cause and report leaves no entry: the erasure's own entry stands
      // for it.
      if (report->about.none()) {
        CDP_CHECK(builder.audit(report->entry));
      } else {
        (void)builder.audit(report->entry, report->about).has_value();
      }
    } else if (const auto* decide = std::get_if<Decide>(&effect.what)) {
      builder.batch().effects.push_back(key_of(
          effect.position, Kind::decide, targets.name(effect.position, Kind::decide, "decision")));
      add_clear(store::RecordKind::link_decision, decide->decision.encode(), decide->at, builder,
                fold_items);
    } else if (const auto* note = std::get_if<NoteChange>(&effect.what)) {
      builder.batch().effects.push_back(key_of(
          effect.position, Kind::note, targets.name(effect.position, Kind::note, "subject")));
      add_clear(store::RecordKind::subject_change, note->change.encode(), note->at, builder,
                fold_items);
    }
  }
  builder.batch().effects_position = up_to;
  return {};
}

}  // namespace cdp::app
