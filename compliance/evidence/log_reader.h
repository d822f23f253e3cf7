// Reads the durable audit log in short snapshots, and answers what C2SP tlog-tiles asks of a
// server.
//
// Thread-safety: safe; each call reads on its own. Errors: corrupt when an entry is missing.
#pragma once

#include <functional>
#include <string_view>

#include "cdp/core/store/ledger.h"

namespace cdp::compliance {

// Entries [from, to) in order; the callback runs outside the reader's snapshot and may take its
// time. Its first error ends the reading.
using EntryCallback = std::function<Result<void>(std::uint64_t index, const Bytes& entry)>;
Result<void> each_entry(const store::Ledger& ledger, std::uint64_t from, std::uint64_t to,
                        const EntryCallback& entry);

// The bytes under `path` ("tile/0/000", "tile/entries/000.p/7") of the log's first `size` entries,
// which the caller takes from the published checkpoint. A full tile never changes, so it may be
// cached for ever. A tile of level L hashes 256^(L+1) entries: 65,536 for level 1 (about 50 ms);
// cache those. Errors: invalid_argument for another path, not_found beyond the tree.
Result<Bytes> published_tile(const store::Ledger& ledger, std::uint64_t size,
                             std::string_view path);

}  // namespace cdp::compliance
