#include "compliance/evidence/export_layout.h"

#include <algorithm>
#include <charconv>

namespace cdp::compliance::layout {

std::string_view readme() {
  return R"README(cdp audit export, format 1

This directory proves what a customer data platform recorded about its own work: statements of
consent, merges, disclosures, erasures, tokens, configuration. It holds no personal data. People
appear as pseudonyms that differ from entry to entry.

  vkey                 the log's public key: name+key id+base64(0x01, Ed25519 key)
  checkpoint           signed note: log name, number of entries, Merkle root (RFC 6962)
  tile/entries/...     the entries: two bytes of length, most significant first, then JSON
  tile/0/... tile/1/.. the hashes of the Merkle tree, 256 to a file
  previous-checkpoint  an older checkpoint of the same log, when there was one
  consistency-proof    that nothing was changed or removed since the older checkpoint

Formats: C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-witness; RFC 6962; RFC 8785.

A key that comes with the export proves only that the export fits together. Compare vkey with one
that you got another way: printed in a contract, on a web page, kept from an earlier export. Keep
the checkpoint too: the next export must contain it or continue it.

1. With cdp, without a database and without secrets:

    cdp audit verify .

2. With OpenSSL 3 and a shell, in this directory; it says "Signature Verified Successfully":

    work=$(mktemp -d)
    head -n 3 checkpoint > "$work/body"
    sed -n 5p checkpoint | cut -d' ' -f3 | base64 -d | tail -c 64 > "$work/signature"
    printf '\060\052\060\005\006\003\053\145\160\003\041\000' > "$work/key.der"
    cut -d+ -f3- vkey | base64 -d | tail -c 32 >> "$work/key.der"
    openssl pkey -pubin -inform DER -in "$work/key.der" -out "$work/key.pem"
    openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$work/body" \
      -sigfile "$work/signature"

3. With Go: golang.org/x/mod/sumdb/note opens the checkpoint with the text of vkey as verifier, and
   golang.org/x/mod/sumdb/tlog reads the tiles.

4. With Node.js: @sigstore/verify accepts the checkpoint; its log id is the four bytes of the key id.

One entry by hand: its leaf is the SHA-256 of a zero byte and the entry, and stands at
32 x (number modulo 256) in its file under tile/0. A node is the SHA-256 of a one byte, the left and
the right hash.
)README";
}

std::string consistency_text(std::uint64_t old_size, const audit::Proof& proof,
                             std::string_view checkpoint_note) {
  std::string out = "old " + std::to_string(old_size) + "\n";
  for (const audit::Hash& hash : proof) out += to_base64(hash) + "\n";
  return out + "\n" + std::string(checkpoint_note);
}

Result<ConsistencyText> parse_consistency(std::string_view text) {
  const auto malformed = [] {
    return fail(ErrorCode::invalid_argument, "the consistency proof cannot be read",
                "it starts with \"old <size>\"; make one with: cdp audit proof");
  };
  constexpr std::size_t kHashesMax = 64;  // the height of any tree
  const std::size_t end = text.find("\n\n");
  if (!text.starts_with("old ") || end == std::string_view::npos) return malformed();
  ConsistencyText parsed;
  parsed.checkpoint_note = std::string(text.substr(end + 2));
  std::string_view head = text.substr(4, end - 4);
  const auto line = [&] {
    const std::size_t stop = std::min(head.find('\n'), head.size());
    const std::string_view found = head.substr(0, stop);
    head.remove_prefix(std::min(stop + 1, head.size()));
    return found;
  };
  const std::string_view size = line();
  const auto [last, error] = std::from_chars(size.begin(), size.end(), parsed.old_size);
  if (error != std::errc() || last != size.end()) return malformed();
  while (!head.empty()) {
    const auto bytes = from_base64(line());
    if (!bytes || bytes->size() != audit::Hash().size() || parsed.proof.size() == 2 * kHashesMax) {
      return malformed();
    }
    std::copy(bytes->begin(), bytes->end(), parsed.proof.emplace_back().begin());
  }
  return parsed;
}

bool has_tile(const audit::TileName& name, std::uint64_t size) {
  const std::uint64_t units = size >> (8 * name.level.value_or(0));
  if (name.width == audit::kTileWidth) return name.number < units / audit::kTileWidth;
  return name.number == units / audit::kTileWidth && name.width == units % audit::kTileWidth;
}

std::uint64_t width_of(std::uint64_t number, std::uint64_t size) {
  return std::min(audit::kTileWidth, size - number * audit::kTileWidth);
}

}  // namespace cdp::compliance::layout
