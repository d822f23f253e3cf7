#include "cdp/app/officer/decisions.h"

#include <future>

namespace cdp::app {

void DecisionWriter::add(const LinkDecision& decision) {
  Bytes body = decision.encode();
  const Position position = builder_.append_clear(store::RecordKind::link_decision, {}, body, now_);
  items_.push_back({position, {}, store::RecordKind::link_decision, std::move(body)});
}

Result<void> DecisionWriter::add(PersonaOrdinal persona, const Retraction& retraction) {
  Bytes body = retraction.encode();
  CDP_TRY(const auto position, builder_.append(store::RecordKind::retraction, persona,
                                               codec_.pack(body), Token{}, now_));
  items_.push_back({position, persona, store::RecordKind::retraction, std::move(body)});
  return {};
}

Result<void> commit_decisions(Pipeline& pipeline,
                              const std::function<Result<void>(DecisionWriter&)>& fill,
                              const std::function<Result<void>()>& still_so) {
  const std::lock_guard one_decides(pipeline.deciding());
  if (still_so) {
    pipeline.fold().drain();
    CDP_CHECK(still_so());
  }
  auto items = std::make_shared<std::vector<FoldItem>>();
  std::promise<Result<void>> promise;
  auto done = promise.get_future();
  Command command;
  command.fold_items = items;
  command.fill = [&, items](BatchBuilder& builder) -> Result<void> {
    items->clear();
    DecisionWriter writer(builder, *items, pipeline.codec(), pipeline.services().clock.now());
    return fill(writer);
  };
  command.done = [&](Result<void> result) { promise.set_value(std::move(result)); };
  pipeline.writer().command(std::move(command));
  return done.get();
}

}  // namespace cdp::app
