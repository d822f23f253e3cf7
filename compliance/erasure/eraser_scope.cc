// Whom an erasure reaches, and what must not be found of them afterwards.

#include "compliance/erasure/eraser_scope.h"

#include <algorithm>
#include <set>

#include "cdp/core/base/limits.h"
#include "cdp/core/event/json.h"
#include "compliance/erasure/eraser.h"

namespace cdp::compliance {
namespace {

// Shorter values turn up in other people's ciphertext by chance: a page search for them says
// nothing.
constexpr std::size_t kNeedleBytesMin = 6;
constexpr std::size_t kCiphertextPrefixBytes = 48;
// Of a very long chain, this many rows stand for all: they lie in the same table.
constexpr std::size_t kSampledRowsMax = 512;

bool contains(const std::vector<PersonaOrdinal>& sorted, PersonaOrdinal persona) {
  return std::binary_search(sorted.begin(), sorted.end(), persona);
}

// Attributes that name or place a person. Others ("plan", "country") are words that stand in clear
// configuration as well.
bool tells_who(std::string_view attribute) {
  std::string lower(attribute);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const std::string_view part : {"name", "mail", "phone", "address", "street", "birth"}) {
    if (lower.find(part) != std::string::npos) return true;
  }
  return false;
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
Bytes bytes_of(const Token& token) { return {token.begin(), token.end()}; }

void add_needle(Needle::Kind kind, Bytes bytes, Dossier& dossier) {
  if (bytes.size() >= kNeedleBytesMin) dossier.needles.push_back({kind, std::move(bytes)});
}

// The ciphertext behind format byte and nonce would do as well; the nonce is as unique.
void add_ciphertext(const Bytes& sealed, Dossier& dossier) {
  const std::size_t size = std::min(sealed.size(), kCiphertextPrefixBytes);
  add_needle(Needle::Kind::ciphertext,
             Bytes(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size)), dossier);
}

// Who carries the identifier too, is somebody else by our rules, and stays.
std::size_t claims_outside(const ErasureScope& scope, const std::vector<PersonaOrdinal>& holders) {
  std::set<PersonaOrdinal> inside;
  for (const auto& profile : scope.subjects) {
    for (const auto& member : profile.members) inside.insert(member.persona);
  }
  const std::set<PersonaOrdinal> distinct(holders.begin(), holders.end());
  return static_cast<std::size_t>(std::ranges::count_if(
      distinct, [&](PersonaOrdinal holder) { return !inside.contains(holder); }));
}

}  // namespace

Result<ErasureScope> Eraser::scope_of(const ErasureAsk& ask) {
  CDP_CHECK(ground_.drain());
  ErasureScope scope;
  std::vector<PersonaOrdinal> holders;
  std::vector<PersonaOrdinal> meant;
  for (const Token& identifier : ask.identifiers) {
    // Below the device tier nothing links: a role mailbox is nobody's own.
    const auto found = ground_.holders(identifier, event::Tier::device);
    const bool crowd = found.size() > limits::kComponentPersonasMax;
    const auto own = crowd ? vouched(found) : found;
    if (own.size() > limits::kComponentPersonasMax || (crowd && own.empty())) {
      return fail(ErrorCode::unprocessable, "this identifier is carried by too many records",
                  "name one that is the person's own");
    }
    holders.insert(holders.end(), found.begin(), found.end());
    meant.insert(meant.end(), own.begin(), own.end());
  }
  std::ranges::sort(holders);
  CDP_TRY(scope.subjects, subjects_of(meant));
  // Anybody can claim an address with the browser's key: claims stand in nobody's way.
  if (ask.only_source.empty() && scope.subjects.size() > 1) {
    CDP_TRY(scope.subjects, subjects_of(vouched(meant)));
    if (scope.subjects.size() != 1) {
      return fail(ErrorCode::unprocessable, "this identifier is shared by more than one person",
                  "name one that is the person's own");
    }
  }
  for (const auto& profile : scope.subjects) choose_members(profile, ask, holders, scope);
  scope.left_out += claims_outside(scope, holders);
  std::ranges::sort(scope.chosen);
  if (scope.chosen.empty()) {
    return fail(ErrorCode::not_found, "nobody is known by this identifier");
  }
  return scope;
}

// One profile for each person among them.
Result<std::vector<identity::Profile>> Eraser::subjects_of(
    const std::vector<PersonaOrdinal>& holders) {
  std::vector<identity::Profile> subjects;
  std::set<PersonaOrdinal> seen;
  for (const PersonaOrdinal holder : std::set(holders.begin(), holders.end())) {
    if (seen.contains(holder)) continue;
    CDP_TRY(auto profile, ground_.profile_of(holder));
    if (!profile) continue;
    for (const auto& member : profile->members) seen.insert(member.persona);
    subjects.push_back(std::move(*profile));
  }
  return subjects;
}

std::vector<PersonaOrdinal> Eraser::vouched(const std::vector<PersonaOrdinal>& holders) {
  std::vector<PersonaOrdinal> out;
  std::ranges::copy_if(holders, std::back_inserter(out),
                       [&](PersonaOrdinal holder) { return ground_.is_vouched(holder); });
  return out;
}

void Eraser::choose_members(const identity::Profile& profile, const ErasureAsk& ask,
                            const std::vector<PersonaOrdinal>& holders, ErasureScope& scope) {
  const auto in_reach = [&](const identity::ProfileMember& member) {
    return ask.only_source.empty() || member.document.source == ask.only_source;
  };
  std::set<std::uint32_t> proven;
  for (const auto& member : profile.members) {
    if (in_reach(member) && contains(holders, member.persona)) proven.insert(member.proof_group);
  }
  for (const auto& member : profile.members) {
    const bool enters = in_reach(member) && !proven.empty() &&
                        (ask.include_declared || contains(holders, member.persona) ||
                         proven.contains(member.proof_group));
    if (enters) {
      scope.chosen.push_back(member.persona);
    } else {
      ++scope.left_out;
    }
  }
}

Result<Manifest> Eraser::manifest_of(const ErasureScope& scope, const ErasureAsk& ask) {
  Manifest out;
  out.made_at = ground_.now();
  out.identifiers = ask.identifiers;
  out.include_declared = ask.include_declared;
  out.only_source = ask.only_source;
  out.left_out = scope.left_out;
  for (const auto& profile : scope.subjects) {
    for (const auto& member : profile.members) {
      out.subject_members.push_back(member.persona);
      if (!contains(scope.chosen, member.persona)) continue;
      CDP_TRY(const auto key, ground_.key(member.persona));
      if (!key) return fail(ErrorCode::corrupt, "a persona of the graph has no key");
      ManifestPersona persona;
      persona.ordinal = member.persona;
      persona.id = key->persona;
      persona.source = member.document.source;
      persona.head = ground_.head(member.persona);
      persona.tombstone = ground_.tombstone_of(member.document.persona_token);
      out.personas.push_back(std::move(persona));
      out.statements += member.document.statements.size();
    }
  }
  std::ranges::sort(out.subject_members);
  std::ranges::sort(out.personas, {}, &ManifestPersona::ordinal);
  for (const auto& persona : out.personas) {
    CDP_TRY(const auto rows, chain_of(persona));
    out.records += rows.size();
    CDP_TRY(const auto disclosures, ground_.ledger().disclosures_of(persona.ordinal));
    out.disclosures += disclosures.size();
  }
  CDP_CHECK(add_vendors(out));
  return out;
}

// An identifier that somebody who stays carries too, or that is nobody's, is neither tombstoned nor
// searched for.
std::vector<Token> Eraser::kept_tokens(const ErasureScope& scope) {
  std::vector<Token> kept;
  for (const auto& profile : scope.subjects) {
    for (const auto& member : profile.members) {
      if (!contains(scope.chosen, member.persona)) continue;
      for (const auto* carried : {&member.document.identifiers, &member.retracted}) {
        for (const auto& identifier : *carried) {
          const auto holders = ground_.holders(identifier.token, event::Tier::none);
          const bool all_go = std::ranges::all_of(
              holders, [&](PersonaOrdinal holder) { return contains(scope.chosen, holder); });
          if (!all_go || ground_.is_latched(identifier.token)) kept.push_back(identifier.token);
        }
      }
    }
  }
  std::ranges::sort(kept);
  return kept;
}

Result<Dossier> Eraser::prepare(const ErasureAsk& ask) {
  CDP_TRY(const auto scope, scope_of(ask));
  Dossier dossier;
  CDP_TRY(dossier.manifest, manifest_of(scope, ask));
  const auto kept = kept_tokens(scope);
  std::set<Token> tombstones;
  for (const auto& profile : scope.subjects) {
    for (const auto& member : profile.members) {
      if (!contains(scope.chosen, member.persona)) continue;
      add_profile_needles(member, kept, dossier);
      for (const auto& identifier : member.document.identifiers) {
        // What links nobody (a role mailbox) would hold up strangers.
        if (identifier.tier == event::Tier::none ||
            std::ranges::binary_search(kept, identifier.token)) {
          continue;
        }
        tombstones.insert(ground_.tombstone_of(identifier.token));
      }
    }
  }
  dossier.manifest.identifier_tombstones.assign(tombstones.begin(), tombstones.end());
  return dossier;
}

void Eraser::add_profile_needles(const identity::ProfileMember& member,
                                 const std::vector<Token>& kept, Dossier& dossier) {
  const PiiAccess access;
  const auto& document = member.document;
  add_needle(Needle::Kind::index_token, bytes_of(document.persona_token), dossier);
  add_needle(Needle::Kind::identifier, bytes_of(document.persona_key.open(access)), dossier);
  // What was retracted is not the person's, so it makes no tombstone; the record held it all the
  // same.
  for (const auto* carried : {&document.identifiers, &member.retracted}) {
    for (const auto& identifier : *carried) {
      add_needle(Needle::Kind::identifier, bytes_of(identifier.value.open(access)), dossier);
      if (!std::ranges::binary_search(kept, identifier.token)) {
        add_needle(Needle::Kind::index_token, bytes_of(identifier.token), dossier);
      }
    }
  }
  for (const auto& [name, value] : document.attributes) {
    if (!tells_who(name)) continue;
    const auto parsed = json::Document::parse(value.json.open(access));
    if (!parsed) continue;
    if (const auto text = parsed->root().string()) {
      add_needle(Needle::Kind::attribute, bytes_of(*text), dossier);
    }
  }
}

// Newest first, as the chain runs. A row that is gone ends it: rows are deleted oldest first.
Result<std::vector<Position>> Eraser::chain_of(const ManifestPersona& persona) const {
  std::vector<Position> rows;
  for (Position at = persona.head; !at.none();) {
    CDP_TRY(const auto record, ground_.ledger().get(at));
    if (!record) break;
    if (record->persona != persona.ordinal || record->previous >= at) {
      return fail(ErrorCode::corrupt, "the chain of a persona's records is broken",
                  "restore the ledger from a backup");
    }
    rows.push_back(at);
    at = record->previous;
  }
  return rows;
}

Result<void> Eraser::list_rows(Dossier& dossier) {
  dossier.rows.clear();
  for (const auto& persona : dossier.manifest.personas) {
    CDP_TRY(const auto rows, chain_of(persona));
    CDP_CHECK(add_row_needles(rows, dossier));
    dossier.rows.insert(dossier.rows.end(), rows.begin(), rows.end());
    CDP_TRY(const auto key, ground_.key(persona.ordinal));
    if (key) {
      add_needle(Needle::Kind::wrapped_key, key->wrapped, dossier);
      add_needle(Needle::Kind::wrapped_key, key->check, dossier);
    }
    CDP_TRY(const auto document, ground_.stored_document(persona.ordinal));
    add_ciphertext(document, dossier);
  }
  std::ranges::sort(dossier.rows);
  dossier.manifest.records = dossier.rows.size();
  return {};
}

Result<void> Eraser::add_row_needles(const std::vector<Position>& rows, Dossier& dossier) {
  const std::size_t step = rows.size() / kSampledRowsMax + 1;
  for (std::size_t i = 0; i < rows.size(); i += step) {
    CDP_TRY(const auto record, ground_.ledger().get(rows[i]));
    if (!record) continue;
    add_ciphertext(record->body, dossier);
    if (record->dedup != Token{}) {
      add_needle(Needle::Kind::dedup_key, bytes_of(record->dedup), dossier);
    }
    CDP_TRY(const auto message_id, ground_.message_id(*record));
    add_needle(Needle::Kind::message_id, bytes_of(message_id), dossier);
  }
  return {};
}

}  // namespace cdp::compliance
