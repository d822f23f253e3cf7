#include "identity/match/blocks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace cdp::identity::match {
namespace {

using Part = Atom::Part;

// Atoms that tell so much that one is a rule.
std::vector<Part> strong_parts(Kind kind) {
  switch (kind) {
    case Kind::identifier:
      return {Part::whole};
    case Kind::email:
      return {Part::whole, Part::local};
    case Kind::phone:
      return {Part::last_seven};
    case Kind::date_of_birth:
      return {Part::whole};
    case Kind::given_name:
    case Kind::family_name:
    case Kind::postcode:
    case Kind::street:
    case Kind::street_number:
    case Kind::place:
    case Kind::text:
      return {};
  }
  return {};
}

// Atoms that tell something together with another field's.
std::vector<Part> weak_parts(Kind kind) {
  switch (kind) {
    case Kind::given_name:
    case Kind::family_name:
      return {Part::sound};
    case Kind::date_of_birth:
      return {Part::year, Part::month_day};
    case Kind::postcode:
    case Kind::street:
    case Kind::place:
    case Kind::text:
    case Kind::street_number:
      return {Part::whole};
    case Kind::identifier:
    case Kind::email:
    case Kind::phone:
      return {};
  }
  return {};
}

std::string_view from_right(std::string_view text, std::size_t count) {
  return text.size() <= count ? text : text.substr(text.size() - count);
}

char sound_digit(char c) {
  //                                      abcdefghijklmnopqrstuvwxyz
  constexpr std::string_view kDigits = "01230120022455012623010202";
  return c >= 'a' && c <= 'z' ? kDigits[static_cast<std::size_t>(c - 'a')] : '0';
}

// With few fields every pair of them is needed. With many, two things that say little each (gender,
// a house number, a town, a year) only fill blocks with strangers.
constexpr std::size_t kFewAtoms = 8;

bool worth_a_rule(std::span<const Field> fields, std::size_t atoms, const Atom& a, const Atom& b) {
  if (a.field == b.field) return false;
  if (atoms <= kFewAtoms) return true;
  const auto vague = [&](const Atom& atom) {
    const Kind kind = fields[atom.field].kind;
    return kind == Kind::text || kind == Kind::street_number || kind == Kind::place ||
           atom.part == Part::year;
  };
  return !vague(a) || !vague(b);
}

// Names misspelt so that their sound changes; and, where two names alone are too frequent, a third
// thing with them.
void add_name_rules(std::span<const Field> fields, const std::vector<Atom>& weak,
                    std::vector<BlockRule>* rules) {
  const auto kind = [&](const Atom& atom) { return fields[atom.field].kind; };
  for (const Atom& given : weak) {
    if (kind(given) != Kind::given_name) continue;
    for (const Atom& family : weak) {
      if (kind(family) != Kind::family_name) continue;
      rules->push_back({given, {family.field, Part::head}});
      rules->push_back({{given.field, Part::head}, family});
      for (const Atom& third : weak) {
        const bool birth = third.part == Part::year || third.part == Part::month_day;
        if (birth || kind(third) == Kind::place || kind(third) == Kind::postcode) {
          rules->push_back({given, family, third});
        }
      }
    }
  }
}

}  // namespace

std::string soundex(std::string_view folded) {
  std::string out;
  char last = '0';
  for (const char c : folded) {
    if (c < 'a' || c > 'z') continue;
    const char digit = sound_digit(c);
    if (out.empty()) {
      out.push_back(c);
    } else if (digit != '0' && digit != last) {
      out.push_back(digit);
    }
    if (c != 'h' && c != 'w') last = digit;
    if (out.size() == 4) break;
  }
  if (!out.empty()) out.resize(4, '0');
  return out;
}

std::string text_of(const Atom& atom, const Value& value) {
  const std::string_view text = value.text;
  switch (atom.part) {
    case Part::whole:
      return value.text;
    case Part::sound: {
      auto code = soundex(text);
      return code.empty() ? value.text : code;
    }
    case Part::head:
      return std::string(text.substr(0, 3));
    case Part::year:
      return text.size() < 4 ? std::string() : std::string(text.substr(0, 4));
    case Part::month_day:
      return text.size() != 8 ? std::string() : std::string(text.substr(4));
    case Part::local:
      return value.split < 3 ? std::string() : std::string(text.substr(0, value.split));
    case Part::last_seven:
      return text.size() < 6 ? std::string() : std::string(from_right(text, 7));
  }
  return {};
}

std::vector<BlockRule> block_rules(std::span<const Field> fields) {
  std::vector<BlockRule> rules;
  std::vector<Atom> weak;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto field = static_cast<std::uint8_t>(i);
    for (const Part part : strong_parts(fields[i].kind)) rules.push_back({{field, part}});
    for (const Part part : weak_parts(fields[i].kind)) weak.push_back({field, part});
  }
  for (std::size_t a = 0; a < weak.size(); ++a) {
    for (std::size_t b = a + 1; b < weak.size(); ++b) {
      if (worth_a_rule(fields, weak.size(), weak[a], weak[b])) rules.push_back({weak[a], weak[b]});
    }
  }
  add_name_rules(fields, weak, &rules);
  return rules;
}

Blocks::Blocks(const Table& table, std::vector<BlockRule> rules,
               const crypto::BlindIndex& blind_index, std::size_t records_max)
    : table_(&table),
      rules_(std::move(rules)),
      blind_index_(&blind_index),
      records_max_(records_max) {}

std::uint64_t Blocks::key_of(Row row, std::size_t rule) const {
  std::array<std::string, 3> atoms;
  const BlockRule& parts = rules_[rule];
  for (std::size_t i = 0; i < parts.size(); ++i) {
    atoms[i] = text_of(parts[i], table_->value_of(row, parts[i].field));
    if (atoms[i].empty()) return 0;
  }
  // Names that changed places meet in the block of both.
  if (parts.size() >= 2 && parts[0].part == Part::sound && parts[1].part == Part::sound &&
      atoms[1] < atoms[0]) {
    std::swap(atoms[0], atoms[1]);
  }
  const std::array<char, 2> name{static_cast<char>(rule & 0xFFU), static_cast<char>(rule >> 8U)};
  const Token token = blind_index_->token(
      {"match", std::string_view(name.data(), name.size()), atoms[0], atoms[1], atoms[2]});
  std::uint64_t key = 0;
  std::memcpy(&key, token.data(), sizeof key);
  return key | 1U;
}

std::uint32_t Blocks::find_or_make(std::uint64_t key) {
  const auto known =
      index_.find(key >> 1U, [&](std::uint32_t slot) { return blocks_[slot].key == key; });
  if (known != kNoSlot) return known;
  auto slot = static_cast<std::uint32_t>(blocks_.size());
  if (free_blocks_.empty()) {
    blocks_.emplace_back();
  } else {
    slot = free_blocks_.back();
    free_blocks_.pop_back();
  }
  blocks_[slot] = Block{key, kNoSlot, 0};
  index_.insert(slot, [&](std::uint32_t at) { return blocks_[at].key >> 1U; });
  return slot;
}

void Blocks::add(Row row) {
  if (links_.size() < table_->rows() * rules_.size()) {
    links_.resize(table_->rows() * rules_.size());
  }
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    Link& mine = links_[row * rules_.size() + rule];
    mine = Link{};
    const auto key = key_of(row, rule);
    if (key == 0) continue;
    mine.block = find_or_make(key);
    Block& block = blocks_[mine.block];
    mine.next = block.head;
    block.head = row;
    ++block.size;
  }
}

void Blocks::remove(Row row) {
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    Link& mine = links_[row * rules_.size() + rule];
    if (mine.block == kNoSlot) continue;
    Block& block = blocks_[mine.block];
    Row* at = &block.head;
    while (*at != row) at = &links_[*at * rules_.size() + rule].next;
    *at = mine.next;
    if (--block.size == 0) {
      index_.erase(mine.block, [&](std::uint32_t slot) { return blocks_[slot].key >> 1U; });
      free_blocks_.push_back(mine.block);
    }
    mine = Link{};
  }
}

void Blocks::leave_out(const std::vector<bool>& rows) {
  for (Block& block : blocks_) block = Block{block.key, kNoSlot, 0};
  for (std::size_t row = 0; row * rules_.size() < links_.size(); ++row) {
    for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
      Link& mine = links_[row * rules_.size() + rule];
      if (mine.block == kNoSlot) continue;
      if (row < rows.size() && rows[row]) {
        mine = Link{};
        continue;
      }
      Block& block = blocks_[mine.block];
      mine.next = std::exchange(block.head, static_cast<Row>(row));
      ++block.size;
    }
  }
}

void Blocks::collect(Row row, Stamps* stamps) const {
  stamps->begin(table_->rows());
  stamps->take(row);
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    const auto block = block_of(row, rule);
    if (block == kNoSlot || blocks_[block].size > records_max_) continue;
    for (auto other = blocks_[block].head; other != kNoSlot; other = link(other, rule).next) {
      if (stamps->take(other)) stamps->found().push_back(other);
    }
  }
}

bool Blocks::are_candidates(Row a, Row b) const {
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    const auto block = block_of(a, rule);
    if (block != kNoSlot && block == block_of(b, rule) && blocks_[block].size <= records_max_) {
      return true;
    }
  }
  return false;
}

bool Blocks::only_in_full_blocks(Row row) const {
  bool full = false;
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    const auto block = block_of(row, rule);
    if (block == kNoSlot || blocks_[block].size < 2) continue;
    if (blocks_[block].size <= records_max_) return false;
    full = true;
  }
  return full;
}

}  // namespace cdp::identity::match
