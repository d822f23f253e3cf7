// Manifest: whom an erasure reaches and what it will do, fixed before anything is done (DESIGN §8).
//
// Scope: a persona enters by carrying the contact point or login that the request proves, or by an
// authenticated link to one that does. Other links (declared, device) bring a persona in only by an
// officer's recorded reason; shared and over-cap identifiers never do. A vendor's redaction reaches
// that source's personas alone.
//
// Rendered, it holds no personal data: sources, destinations and counts.
//
// Thread-safety: a value. Errors of decode(): corrupt.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/result.h"
#include "cdp/core/base/time.h"

namespace cdp::compliance {

struct ManifestPersona {
  PersonaOrdinal ordinal;
  PersonaId id;
  std::string source;
  Position head;      // its newest record: the row list is the chain from here
  Token tombstone{};  // keyed under the tombstone key
};

struct ManifestVendor {
  std::string destination;
  std::string vendor_id;  // a pseudonym of ours, never the person's own data
  bool is_told = true;    // false: no way to send to it; an officer does it by hand
  friend bool operator==(const ManifestVendor&, const ManifestVendor&) = default;
};

struct Manifest {
  RequestId request;
  Time made_at;
  std::vector<ManifestPersona> personas;  // by ordinal
  std::vector<Token> identifiers;         // what the request proved, blind-indexed
  std::vector<Token> identifier_tombstones;
  std::vector<ManifestVendor> vendors;
  std::vector<PersonaOrdinal> subject_members;  // everyone who was one subject with them, sorted
  std::uint64_t records = 0;
  std::uint64_t statements = 0;
  std::uint64_t disclosures = 0;
  // Linked to the person by a weaker link, or a claim of a proven identifier that is held apart
  // from the person; left alone: own proof or an officer's reason.
  std::uint64_t left_out = 0;
  // Came to carry the proven identifier between reading and intent: the officer asks again.
  std::uint64_t joined_meanwhile = 0;
  bool include_declared = false;
  std::string only_source;

  std::vector<PersonaOrdinal> ordinals() const;
  std::vector<std::string> sources() const;  // sorted, distinct
  std::uint64_t vendors_by_hand() const;

  // Several lines, for a person who must say yes.
  std::string to_text() const;
  std::string to_json() const;

  Bytes encode() const;
  static Result<Manifest> decode(ByteView bytes);
};

}  // namespace cdp::compliance
