#include "compliance/erasure/manifest.h"

#include <algorithm>
#include <map>
#include <set>

#include "cdp/core/event/cbor.h"
#include "cdp/core/event/json.h"

namespace cdp::compliance {
namespace {

using event::cbor::Reader;
using event::cbor::Writer;

std::map<std::string, std::size_t> personas_by_source(const Manifest& manifest) {
  std::map<std::string, std::size_t> counts;
  for (const auto& persona : manifest.personas) ++counts[persona.source];
  return counts;
}

struct VendorCount {
  std::size_t ids = 0;
  bool is_told = true;
};

std::map<std::string, VendorCount> vendors_by_name(const Manifest& manifest) {
  std::map<std::string, VendorCount> counts;
  for (const auto& vendor : manifest.vendors) {
    auto& count = counts[vendor.destination];
    ++count.ids;
    count.is_told = vendor.is_told;
  }
  return counts;
}

std::string plural(std::uint64_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

tl::unexpected<Error> other_shape() {
  return fail(ErrorCode::corrupt, "an erasure manifest has another shape");
}

Result<Token> read_token(Reader& r) {
  CDP_TRY(const auto bytes, r.bytes());
  Token token{};
  if (bytes.size() != token.size()) return other_shape();
  std::ranges::copy(bytes, token.begin());
  return token;
}

void write_tokens(Writer& w, const std::vector<Token>& tokens) {
  w.array(tokens.size());
  for (const Token& token : tokens) w.bytes(token);
}

Result<std::vector<Token>> read_tokens(Reader& r) {
  CDP_TRY(const auto count, r.array());
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < count; ++i) {
    CDP_TRY(const auto token, read_token(r));
    tokens.push_back(token);
  }
  return tokens;
}

void write_personas(Writer& w, const std::vector<ManifestPersona>& personas) {
  w.array(personas.size());
  for (const auto& persona : personas) {
    w.uint(persona.ordinal.value());
    w.bytes(persona.id.bytes());
    w.text(persona.source);
    w.uint(persona.head.value());
    w.bytes(persona.tombstone);
  }
}

Result<std::vector<ManifestPersona>> read_personas(Reader& r) {
  CDP_TRY(const auto count, r.array());
  std::vector<ManifestPersona> personas;
  for (std::size_t i = 0; i < count; ++i) {
    ManifestPersona persona;
    CDP_TRY(const auto ordinal, r.uint());
    CDP_TRY(const auto id, read_token(r));
    CDP_TRY(const auto source, r.text());
    CDP_TRY(const auto head, r.uint());
    CDP_TRY(persona.tombstone, read_token(r));
    persona.ordinal = PersonaOrdinal(ordinal);
    persona.id = PersonaId(id);
    persona.source = source;
    persona.head = Position(head);
    personas.push_back(std::move(persona));
  }
  return personas;
}

Result<std::vector<ManifestVendor>> read_vendors(Reader& r) {
  CDP_TRY(const auto count, r.array());
  std::vector<ManifestVendor> vendors;
  for (std::size_t i = 0; i < count; ++i) {
    ManifestVendor vendor;
    CDP_TRY(const auto destination, r.text());
    CDP_TRY(const auto vendor_id, r.text());
    CDP_TRY(vendor.is_told, r.boolean());
    vendor.destination = destination;
    vendor.vendor_id = vendor_id;
    vendors.push_back(std::move(vendor));
  }
  return vendors;
}

constexpr std::size_t kFields = 14;

}  // namespace

std::vector<PersonaOrdinal> Manifest::ordinals() const {
  std::vector<PersonaOrdinal> out;
  for (const auto& persona : personas) out.push_back(persona.ordinal);
  return out;
}

std::vector<std::string> Manifest::sources() const {
  std::vector<std::string> out;
  for (const auto& [source, count] : personas_by_source(*this)) out.push_back(source);
  return out;
}

std::uint64_t Manifest::vendors_by_hand() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(vendors, [](const auto& vendor) { return !vendor.is_told; }));
}

std::string Manifest::to_text() const {
  std::string out = "erasure of " + plural(personas.size(), "persona") + "\n";
  for (const auto& [source, count] : personas_by_source(*this)) {
    out += "  " + source + ": " + plural(count, "persona") + "\n";
  }
  out += "  " + plural(records, "record") + ", " + plural(statements, "statement") + ", " +
         plural(disclosures, "disclosure") + " and their keys are destroyed\n";
  for (const auto& [destination, count] : vendors_by_name(*this)) {
    out += "  " + destination +
           (count.is_told ? " is told to forget " : ": tell it by hand to forget ") +
           plural(count.ids, "vendor id") + "\n";
  }
  if (left_out > 0) {
    out += "  " + plural(left_out, "persona") +
           " linked only by what was declared stay: they need own proof or a recorded reason\n";
  }
  if (!only_source.empty()) out += "  limited to the source " + only_source + "\n";
  return out;
}

std::string Manifest::to_json() const {
  std::string out = R"({"personas":)" + std::to_string(personas.size()) + R"(,"sources":[)";
  bool first = true;
  for (const auto& [source, count] : personas_by_source(*this)) {
    out += std::string(first ? "" : ",") + R"({"source":)" + json::quote(source) +
           R"(,"personas":)" + std::to_string(count) + "}";
    first = false;
  }
  out += R"(],"records":)" + std::to_string(records) + R"(,"statements":)" +
         std::to_string(statements) + R"(,"disclosures":)" + std::to_string(disclosures) +
         R"(,"vendors":[)";
  first = true;
  for (const auto& [destination, count] : vendors_by_name(*this)) {
    out += std::string(first ? "" : ",") + R"({"destination":)" + json::quote(destination) +
           R"(,"vendor_ids":)" + std::to_string(count.ids) + R"(,"told_by":)" +
           (count.is_told ? R"("order")" : R"("hand")") + "}";
    first = false;
  }
  out += R"(],"left_out":)" + std::to_string(left_out) + R"(,"include_declared":)" +
         (include_declared ? "true" : "false");
  if (!only_source.empty()) out += R"(,"only_source":)" + json::quote(only_source);
  return out + "}";
}

Bytes Manifest::encode() const {
  Writer w;
  w.array(kFields);
  w.bytes(request.bytes());
  w.integer(made_at.us);
  write_personas(w, personas);
  write_tokens(w, identifiers);
  write_tokens(w, identifier_tombstones);
  w.array(vendors.size());
  for (const auto& vendor : vendors) {
    w.text(vendor.destination);
    w.text(vendor.vendor_id);
    w.boolean(vendor.is_told);
  }
  w.array(subject_members.size());
  for (const PersonaOrdinal member : subject_members) w.uint(member.value());
  w.uint(records);
  w.uint(statements);
  w.uint(disclosures);
  w.uint(left_out);
  w.uint(joined_meanwhile);
  w.boolean(include_declared);
  w.text(only_source);
  return w.take();
}

Result<Manifest> Manifest::decode(ByteView bytes) {
  Reader r(bytes);
  CDP_TRY(const auto fields, r.array());
  if (fields != kFields) return other_shape();
  Manifest out;
  CDP_TRY(const auto request, read_token(r));
  out.request = RequestId(request);
  CDP_TRY(out.made_at.us, r.integer());
  CDP_TRY(out.personas, read_personas(r));
  CDP_TRY(out.identifiers, read_tokens(r));
  CDP_TRY(out.identifier_tombstones, read_tokens(r));
  CDP_TRY(out.vendors, read_vendors(r));
  CDP_TRY(const auto members, r.array());
  for (std::size_t i = 0; i < members; ++i) {
    CDP_TRY(const auto member, r.uint());
    out.subject_members.emplace_back(member);
  }
  CDP_TRY(out.records, r.uint());
  CDP_TRY(out.statements, r.uint());
  CDP_TRY(out.disclosures, r.uint());
  CDP_TRY(out.left_out, r.uint());
  CDP_TRY(out.joined_meanwhile, r.uint());
  CDP_TRY(out.include_declared, r.boolean());
  CDP_TRY(const auto only_source, r.text());
  out.only_source = only_source;
  if (!r.done()) return other_shape();
  return out;
}

}  // namespace cdp::compliance
