// What lies where in a public export, format 1. A reader of the year after next must still be able
// to read it: a change here is a new format number.
//
//   README               how to verify without us; the same text in every export of this format
//   vkey                 the log's key, one line: name+key id+base64
//   checkpoint           signed note over (origin, size, root)
//   tile/...             C2SP tlog-tiles: hashes and entries
//   previous-checkpoint  an older checkpoint, when one was published
//   consistency-proof    that this log continues it: the body of C2SP tlog-witness add-checkpoint
//
// Thread-safety: pure functions. Errors: invalid_argument for a text of another form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cdp/core/audit/tile.h"

namespace cdp::compliance::layout {

inline constexpr const char* kReadme = "README";
inline constexpr const char* kKey = "vkey";
inline constexpr const char* kCheckpoint = "checkpoint";
inline constexpr const char* kPrevious = "previous-checkpoint";
inline constexpr const char* kProof = "consistency-proof";

std::string_view readme();
std::string consistency_text(std::uint64_t old_size, const audit::Proof& proof,
                             std::string_view checkpoint_note);
struct ConsistencyText {
  std::uint64_t old_size = 0;
  audit::Proof proof;
  std::string checkpoint_note;  // empty: only the proof was written down
};
Result<ConsistencyText> parse_consistency(std::string_view text);
// Whether a log of `size` entries has this tile, in this width.
bool has_tile(const audit::TileName& name, std::uint64_t size);
// How many entries bundle or level-0 tile `number` holds.
std::uint64_t width_of(std::uint64_t number, std::uint64_t size);

}  // namespace cdp::compliance::layout
