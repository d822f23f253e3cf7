#include "identity/match/table.h"

#include <sodium.h>

#include <algorithm>
#include <functional>

namespace cdp::identity::match {
namespace {

std::uint64_t hash_text(std::string_view text) {
  return mix_hash(std::hash<std::string_view>{}(text));
}

Rarity rarity_in(const Terms& terms, const std::string& text) {
  return {weight_of(terms.rarity_bits(text)), terms.counts.contains(text)};
}

void wipe(std::string* text) {
  sodium_memzero(text->data(), text->size());  // which no compiler leaves out
  text->clear();
  text->shrink_to_fit();
}

}  // namespace

Table::Table(const Config& config)
    : fields_(config.fields), reader_(config), pools_(config.fields.size()) {
  for (Pool& pool : pools_) pool.entries.emplace_back();
}

Table::~Table() {
  for (Pool& pool : pools_) {
    for (Entry& entry : pool.entries) wipe(&entry.value.text);
  }
}

ValueId Table::intern(std::size_t field, Value value) {
  if (value.text.empty()) return 0;
  Pool& pool = pools_[field];
  const auto hash = hash_text(value.text);
  const auto known = pool.index.find(
      hash, [&](std::uint32_t id) { return pool.entries[id].value.text == value.text; });
  if (known != kNoSlot) {
    ++pool.entries[known].uses;
    return known;
  }
  ValueId id = static_cast<ValueId>(pool.entries.size());
  if (pool.free.empty()) {
    pool.entries.emplace_back();
  } else {
    id = pool.free.back();
    pool.free.pop_back();
  }
  Entry& entry = pool.entries[id];
  entry.uses = 1;
  if (!terms_.empty()) entry.rarity = rarity_in(terms_[field], value.text);
  entry.value = std::move(value);
  pool.index.insert(id,
                    [&](std::uint32_t slot) { return hash_text(pool.entries[slot].value.text); });
  return id;
}

void Table::release(std::size_t field, ValueId id) {
  if (id == 0) return;
  Pool& pool = pools_[field];
  Entry& entry = pool.entries[id];
  if (--entry.uses > 0) return;
  pool.index.erase(id,
                   [&](std::uint32_t slot) { return hash_text(pool.entries[slot].value.text); });
  wipe(&entry.value.text);
  entry.value = Value{};
  pool.free.push_back(id);
}

Row Table::add(std::uint64_t key, std::span<const std::string> raw, std::uint8_t file) {
  Row row = static_cast<Row>(keys_.size());
  if (free_rows_.empty()) {
    keys_.push_back(key);
    files_.push_back(file);
    fingerprints_.push_back(0);
    alive_.push_back(true);
    cells_.resize(cells_.size() + fields_.size());
  } else {
    row = free_rows_.back();
    free_rows_.pop_back();
    keys_[row] = key;
    files_[row] = file;
    alive_[row] = true;
  }
  std::uint64_t fingerprint = 0;
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    const ValueId id = intern(field, reader_.read(fields_[field].kind, raw[field]));
    cells_[row * fields_.size() + field] = id;
    const auto& text = pools_[field].entries[id].value.text;
    fingerprint = mix_hash(fingerprint + hash_text(text) + field);
  }
  fingerprints_[row] = fingerprint;
  return row;
}

bool Table::holds(Row row, std::span<const std::string> raw) const {
  if (!alive_[row] || raw.size() != fields_.size()) return false;
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    if (reader_.read(fields_[field].kind, raw[field]).text != value_of(row, field).text) {
      return false;
    }
  }
  return true;
}

void Table::remove(Row row) {
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    ValueId& cell = cells_[row * fields_.size() + field];
    release(field, cell);
    cell = 0;
  }
  alive_[row] = false;
  free_rows_.push_back(row);
}

void Table::set_aside(const std::vector<bool>& rows, bool aside) {
  for (Row row = 0; row < rows.size(); ++row) {
    if (rows[row]) alive_[row] = !aside;
  }
}

void Table::set_terms(const std::vector<Terms>& terms) {
  terms_ = terms;
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    for (Entry& entry : pools_[field].entries) {
      if (entry.uses > 0) entry.rarity = rarity_in(terms_[field], entry.value.text);
    }
  }
}

std::vector<Terms> Table::count_terms(const std::vector<std::uint32_t>& cluster_of) const {
  std::vector<Terms> counted(fields_.size());
  std::vector<std::pair<ValueId, std::uint64_t>> held;  // value and who has it
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    held.clear();
    for (Row row = 0; row < rows(); ++row) {
      const ValueId id = value_id(row, field);
      if (id == 0 || !alive_[row]) continue;
      const bool alone = cluster_of.empty() || cluster_of[row] == 0;
      held.emplace_back(id, alone ? (std::uint64_t{1} << 32U) + row : cluster_of[row]);
    }
    std::ranges::sort(held);
    held.erase(std::ranges::unique(held).begin(), held.end());
    counted[field].persons = held.size();
    for (std::size_t at = 0; at < held.size();) {
      auto end = at;
      while (end < held.size() && held[end].first == held[at].first) ++end;
      if (end - at >= Terms::kCountMin) {
        counted[field].counts[value(field, held[at].first).text] =
            static_cast<std::uint32_t>(end - at);
      }
      at = end;
    }
  }
  return counted;
}

}  // namespace cdp::identity::match
