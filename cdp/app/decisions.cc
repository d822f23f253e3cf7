#include "cdp/app/decisions.h"

#include <future>

namespace cdp::app {

void DecisionWriter::add(const LinkDecision& decision) {
  Bytes body = decision.encode();
  const Position position = builder_.append_clear(store::RecordKind::link_decision, {}, body, now_);
  items_.push_back({position, {}, store::RecordKind::link_decision, std::move(body)});
}

Result<void> commit_decisions(Pipeline& pipeline,
                              const std::function<Result<void>(DecisionWriter&)>& fill) {
  auto items = std::make_shared<std::vector<FoldItem>>();
  std::promise<Result<void>> promise;
  auto done = promise.get_future();
  Command command;
  command.fold_items = items;
  command.fill = [&, items](BatchBuilder& builder) -> Result<void> {
    items->clear();
    DecisionWriter writer(builder, *items, pipeline.services().clock.now());
    return fill(writer);
  };
  command.done = [&](Result<void> result) { promise.set_value(std::move(result)); };
  pipeline.writer().command(std::move(command));
  return done.get();
}

}  // namespace cdp::app
