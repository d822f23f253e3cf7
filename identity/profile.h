// Profile: a subject's persona documents side by side, as the gate and the eraser read them. Nobody
// else includes this header (a law test lists who may): everything that leaves is a view cut by the
// gate.
//
// Thread-safety: a value.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "identity/graph/graph.h"
#include "identity/persona.h"

namespace cdp::identity {

struct ProfileMember {
  PersonaOrdinal persona;
  std::uint32_t proof_group = 0;
  PersonaDocument document;
  // Asked for by an identifier that only public sources tie to the person: this member's statements
  // bind, its values stay (LiveState::profile_for_lookup).
  bool withheld = false;
  // Identifiers that its source asserted and an officer took back; not in the document.
  std::vector<event::FactIdentifier> retracted;
};

struct Profile {
  SubjectId subject;                   // never leaves: destinations get a pseudonym of it
  Position position;                   // the durable cut it was read at
  std::vector<ProfileMember> members;  // never empty, sorted by ordinal
};

// The subject id of an anchor (graph.h): keyed, so that it tells nothing.
SubjectId subject_id(const Token& anchor, const crypto::BlindIndex& pseudonym_index);

}  // namespace cdp::identity
