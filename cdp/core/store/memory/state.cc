#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "cdp/core/store/memory/engine.h"

namespace cdp::store::memory {
namespace {

class MemoryState final : public InMemory<State> {
 public:
  explicit MemoryState(std::string rule_version) : rule_version_(std::move(rule_version)) {}

  Result<void> apply(Position from, Position to, const StateDelta& delta, Fence fence) override {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(fence_.check(fence));
    if (to < from) return fail(ErrorCode::invalid_argument, "the state cannot move backwards");
    if (applied_ != from) {
      return fail(ErrorCode::conflict, "the state stands at another position",
                  "read applied_position and fold from there");
    }
    for (const HeadPage& page : delta.heads) {
      if (page.heads.size() != HeadPage::kPersonas) {
        return fail(ErrorCode::invalid_argument, "a head page does not have its fixed length");
      }
    }
    for (const LinkRow& row : delta.links) {
      const auto [at, added] = links_.try_emplace({row.persona, row.identifier}, row);
      if (!added && at->second.tier < row.tier) at->second = row;
    }
    for (const PersonaRow& row : delta.personas) personas_[row.persona] = row;
    for (const CannotLinkRow& row : delta.cannot_link) cannot_link_[{row.first, row.second}] = row;
    for (const CannotLinkRow& row : delta.cannot_link_removed) {
      cannot_link_.erase({row.first, row.second});
    }
    put_decisions(delta);
    for (const DocumentRow& row : delta.documents) documents_[row.persona] = row;
    for (const HeadPage& page : delta.heads) heads_[page.page] = page;
    for (const PersonaOrdinal persona : delta.erased) forget(persona);
    applied_ = to;
    observations_ += delta.observations;
    return {};
  }

  Result<Position> applied_position() const override {
    const std::lock_guard lock(mutex_);
    return applied_;
  }

  Result<std::uint64_t> observations() const override {
    const std::lock_guard lock(mutex_);
    return observations_;
  }

  Result<void> each_link(const std::function<void(const LinkRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(links_)) row(value);
    return {};
  }
  Result<void> each_persona(const std::function<void(const PersonaRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(personas_)) row(value);
    return {};
  }
  Result<void> each_cannot_link(
      const std::function<void(const CannotLinkRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(cannot_link_)) row(value);
    return {};
  }
  Result<void> each_must_link(const std::function<void(const MustLinkRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(must_link_)) row(value);
    return {};
  }
  Result<std::optional<ReviewRow>> review(const Token& id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = reviews_.find(id);
    if (found == reviews_.end()) return std::optional<ReviewRow>();
    return std::optional<ReviewRow>(found->second);
  }
  Result<void> each_review(const std::function<void(const ReviewRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(reviews_)) row(value);
    return {};
  }
  Result<void> each_retraction(
      const std::function<void(const RetractionRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(retractions_)) row(value);
    return {};
  }
  Result<void> each_latch(const std::function<void(const LatchRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(latches_)) row(value);
    return {};
  }
  Result<std::vector<Position>> versions_of(PersonaOrdinal persona) const override {
    std::vector<Position> out;
    for (const auto& [of, record] : copy_of(versions_)) {
      if (of == persona) out.push_back(record);
    }
    return out;
  }
  Result<void> each_head_page(const std::function<void(const HeadPage&)>& row) const override {
    for (const auto& [key, value] : copy_of(heads_)) row(value);
    return {};
  }
  Result<void> each_document(const std::function<bool(const DocumentRow&)>& row) const override {
    for (const auto& [key, value] : copy_of(documents_)) {
      if (!row(value)) break;
    }
    return {};
  }
  Result<std::optional<Bytes>> document(PersonaOrdinal persona) const override {
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find(persona);
    if (found == documents_.end()) return std::optional<Bytes>();
    return std::optional<Bytes>(found->second.sealed);
  }

  Result<std::string> rule_version() const override { return rule_version_; }

  Result<void> erase(const std::vector<PersonaOrdinal>& personas, Fence fence) override {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(fence_.check(fence));
    for (const PersonaOrdinal persona : personas) forget(persona);
    return {};
  }

 private:
  template <class Map>
  Map copy_of(const Map& map) const {
    const std::lock_guard lock(mutex_);
    return map;
  }

  using MustLinkKey = std::tuple<Token, Token, std::uint8_t>;
  static MustLinkKey key_of(const MustLinkRow& row) { return {row.first, row.second, row.origin}; }

  void put_decisions(const StateDelta& delta) {
    for (const MustLinkRow& row : delta.must_link) must_link_[key_of(row)] = row;
    for (const MustLinkRow& row : delta.must_link_removed) must_link_.erase(key_of(row));
    for (const Token& persona : delta.reviews_ended) end_reviews(persona);
    for (const ReviewRow& row : delta.reviews) reviews_[row.id] = row;
    for (const LatchRow& row : delta.latches) latches_[row.identifier] = row;
    for (const RetractionRow& row : delta.retractions) {
      retractions_[{row.persona, row.identifier}] = row;
    }
    for (const RetractionRow& row : delta.retractions_removed) {
      retractions_.erase({row.persona, row.identifier});
    }
    for (const SubjectVersionRow& row : delta.versions) versions_.insert({row.persona, row.record});
  }

  void end_reviews(const Token& persona) {
    std::erase_if(reviews_, [&](const auto& entry) {
      return entry.second.first == persona || entry.second.second == persona;
    });
  }

  void forget(PersonaOrdinal persona) {
    std::erase_if(retractions_, [&](const auto& entry) { return entry.first.first == persona; });
    std::erase_if(versions_, [&](const auto& entry) { return entry.first == persona; });
    std::erase_if(links_, [&](const auto& entry) { return entry.second.persona == persona; });
    if (const auto found = personas_.find(persona); found != personas_.end()) {
      const Token token = found->second.persona_token;
      const auto names = [&](const auto& entry) {
        return entry.second.first == token || entry.second.second == token;
      };
      std::erase_if(cannot_link_, names);
      std::erase_if(must_link_, names);
      end_reviews(token);
      personas_.erase(found);
    }
    documents_.erase(persona);
    const auto page = heads_.find(persona.value() / HeadPage::kPersonas);
    if (page != heads_.end()) page->second.heads[persona.value() % HeadPage::kPersonas] = 0;
  }

  const std::string rule_version_;
  Position applied_;
  std::uint64_t observations_ = 0;
  std::map<std::pair<PersonaOrdinal, Token>, LinkRow> links_;
  std::map<PersonaOrdinal, PersonaRow> personas_;
  std::map<std::pair<Token, Token>, CannotLinkRow> cannot_link_;
  std::map<MustLinkKey, MustLinkRow> must_link_;
  std::map<Token, ReviewRow> reviews_;
  std::map<Token, LatchRow> latches_;
  std::map<std::pair<PersonaOrdinal, Token>, RetractionRow> retractions_;
  std::set<std::pair<PersonaOrdinal, Position>> versions_;
  std::map<PersonaOrdinal, DocumentRow> documents_;
  std::map<std::uint64_t, HeadPage> heads_;
};

}  // namespace

std::unique_ptr<State> make_state(std::string rule_version) {
  return std::make_unique<MemoryState>(std::move(rule_version));
}

}  // namespace cdp::store::memory
