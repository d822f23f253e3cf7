// Edges: the links of one persona or of one identifier, packed: one link stands inline, more stand
// in one block on the heap. Most identifiers have one or two holders; a vector each would double
// the graph.
//
// Thread-safety: none needed; the graph's owner guards it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

#include "cdp/core/event/fact.h"

namespace cdp::identity {

struct Edge {
  std::uint32_t to = 0;  // slot of the other side
  event::Tier tier = event::Tier::none;
  std::uint8_t kind = 0;
  bool muted =
      false;  // the persona carries too many values of the kind: it counts, and links nobody
};

// Does the edge link at `tier` or above?
inline bool links_at(const Edge& edge, event::Tier tier) {
  return edge.tier >= tier && edge.tier >= event::Tier::device && !edge.muted;
}

class Edges {
 public:
  Edges() : one_{} {}
  Edges(Edges&& other) noexcept : one_{} { swap(other); }
  Edges& operator=(Edges&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Edges() {
    if (size_ > 1) delete[] many_;
  }

  std::size_t size() const { return size_; }
  std::span<const Edge> view() const { return {size_ > 1 ? many_ : &one_, size_}; }
  // How many stand on a tier that links, muted or not: the degree.
  std::size_t linking() const { return linking_; }

  const Edge* find(std::uint32_t to) const {
    for (const Edge& edge : view()) {
      if (edge.to == to) return &edge;
    }
    return nullptr;
  }

  void add(Edge edge) {
    if (edge.tier >= event::Tier::device) ++linking_;
    if (size_ == 0) {
      one_ = edge;
    } else {
      // A block holds the next power of two: full when the size is one.
      if (std::has_single_bit(size_)) move_to_block(std::size_t{size_} * 2);
      many_[size_] = edge;
    }
    ++size_;
  }

  void raise(std::uint32_t to, event::Tier tier) {
    Edge* edge = mutable_find(to);
    if (edge->tier < event::Tier::device && tier >= event::Tier::device) ++linking_;
    edge->tier = tier;
  }

  void mute(std::uint32_t to, bool muted) { mutable_find(to)->muted = muted; }

  void remove(std::uint32_t to) {
    Edge* edge = mutable_find(to);
    if (edge->tier >= event::Tier::device) --linking_;
    if (size_ > 1) {
      *edge = many_[size_ - 1];
      if (size_ == 2) {
        const Edge last = many_[0];
        delete[] many_;
        one_ = last;
      }
    }
    --size_;
  }

 private:
  void swap(Edges& other) noexcept {
    std::swap(raw_, other.raw_);
    std::swap(size_, other.size_);
    std::swap(linking_, other.linking_);
  }
  Edge* mutable_find(std::uint32_t to) { return const_cast<Edge*>(find(to)); }
  void move_to_block(std::size_t capacity) {
    auto* block = new Edge[capacity];
    std::ranges::copy(view(), block);
    if (size_ > 1) delete[] many_;
    many_ = block;
  }

  union {
    Edge one_;
    Edge* many_;
    std::uint64_t raw_;
  };
  std::uint32_t size_ = 0;
  std::uint32_t linking_ = 0;
};

}  // namespace cdp::identity
