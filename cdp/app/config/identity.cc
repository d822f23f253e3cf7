#include "cdp/app/config/identity.h"

#include <algorithm>

#include "cdp/app/config/reader.h"
#include "cdp/app/likeness/records.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/crypto/signature.h"
#include "identity/identifier.h"
#include "identity/match/field.h"
#include "identity/resolver.h"

namespace cdp::app {
namespace {

using event::Tier;
using identity::TypeKind;

constexpr std::int64_t kCapMin = 2;  // one carrier links nobody to anybody
constexpr std::int64_t kCapMax = limits::kComponentPersonasMax;

struct Read {
  std::map<std::string, identity::TypeOverride, std::less<>> rules;
  identity::IdentifierPolicy::Patterns blocked;
};

bool is_address(TypeKind kind) {
  switch (kind) {
    case TypeKind::email:
    case TypeKind::phone:
    case TypeKind::email_sha256:
    case TypeKind::email_md5:
    case TypeKind::email_gmail:
    case TypeKind::email_uid2:
    case TypeKind::email_gmaildot:
      return true;
    case TypeKind::custom:
    case TypeKind::user_id:
    case TypeKind::anonymous_id:
    case TypeKind::vendor_id:
    case TypeKind::record_id:
    case TypeKind::device_id:
      return false;
  }
  return false;
}

void read_tier(TableReader& reader, const std::string& type, identity::TypeOverride* rule) {
  static constexpr std::array kTiers{Tier::none, Tier::device, Tier::declared, Tier::authenticated};
  const auto chosen = reader.choice("tier", {"none", "device", "declared", "authenticated"});
  if (!chosen) return;
  rule->tier = kTiers[*chosen];
  const Tier most = strongest_tier(type);
  if (*rule->tier <= most) return;
  reader.refuse("tier", "the tier is above what this type can prove",
                "at most \"" + std::string(identity::to_string(most)) +
                    "\": whoever knows an address or holds a device is not its owner for it");
}

void read_cap(TableReader& reader, std::string_view key, std::optional<std::uint32_t>* bound) {
  std::int64_t value = 0;
  if (reader.integer(key, kCapMin, kCapMax, &value)) *bound = static_cast<std::uint32_t>(value);
}

void read_flag(TableReader& reader, std::string_view key, std::optional<bool>* flag) {
  bool value = false;
  if (reader.boolean(key, &value)) *flag = value;
}

void check_flags(TableReader& reader, const std::string& type, const identity::TypeOverride& rule) {
  const bool anchor = rule.anchor.value_or(false);
  if (is_address(identity::type_kind(type)) && (anchor || rule.unique.value_or(false))) {
    reader.refuse(anchor ? "anchor" : "unique", "an address is neither unique nor an anchor",
                  "people have several addresses, and families share one");
  } else if (anchor &&
             rule.tier.value_or(identity::IdentifierPolicy().tier(type)) != Tier::authenticated) {
    reader.refuse("anchor", "an anchor of this type would never be authenticated",
                  "add tier = \"authenticated\", or leave anchor out");
  }
}

void check_patterns(const ConfigNode& node, const std::vector<std::string>& patterns,
                    std::vector<Problem>* problems) {
  const ConfigNode* list = node.find("blocked");
  for (std::size_t i = 0; list != nullptr && i < list->children.size(); ++i) {
    const ConfigNode& at = list->children[i];
    if (std::find(patterns.begin(), patterns.end(), at.text) == patterns.end()) continue;
    if (at.text.empty() || at.text.size() > identity::kBlockedPatternBytesMax) {
      problems->push_back({at.line, at.column, "a blocked value is empty or too long",
                           "1 to " + std::to_string(identity::kBlockedPatternBytesMax) +
                               " bytes; * stands for any characters, ? for one"});
    } else if (at.text.find_first_not_of("*?") == std::string::npos) {
      problems->push_back({at.line, at.column, "a blocked value blocks everything",
                           "to keep a type from linking: tier = \"none\""});
    }
  }
}

void read_type(const ConfigNode& node, Read* read, std::vector<Problem>* problems) {
  if (!identity::valid_type_name(node.key)) {
    problems->push_back({node.line, node.column, "this is no name of an identifier type",
                         "1 to 64 small letters, digits, _ and ."});
    return;
  }
  TableReader reader(node, "identifier type", problems);
  identity::TypeOverride& rule = read->rules[node.key];
  read_tier(reader, node.key, &rule);
  read_cap(reader, "cap", &rule.degree_max);
  read_cap(reader, "values", &rule.values_max);
  read_flag(reader, "unique", &rule.unique);
  read_flag(reader, "anchor", &rule.anchor);
  check_flags(reader, node.key, rule);
  std::vector<std::string> patterns;
  if (reader.texts("blocked", &patterns)) {
    check_patterns(node, patterns, problems);
    read->blocked[node.key] = std::move(patterns);
  }
  reader.finish();
}

constexpr std::int64_t kBitsMax = 60;
constexpr std::int64_t kRecordsMaxMax = 100'000'000;  // of an opened store; a record is about 1 kB

void read_matching(const ConfigNode& node, consent::Policy* policy,
                   std::vector<Problem>* problems) {
  consent::MatchingConfig& matching = policy->matching;
  TableReader reader(node, "matching", problems);
  reader.boolean("enabled", &matching.enabled);
  reader.integer("review", 1, kBitsMax, &matching.review);
  reader.integer("records_max", 2, kRecordsMaxMax, &matching.records_max);
  std::int64_t bits = 0;
  if (reader.integer("auto_link", 1, kBitsMax, &bits)) matching.auto_link = bits;
  if (matching.auto_link && *matching.auto_link < matching.review) {
    reader.refuse("auto_link", "what needs no person is less sure than what needs one",
                  "auto_link is at least review");
  }
  std::map<std::string, std::string> fields = {{"first_name", "given_name"},
                                               {"last_name", "family_name"},
                                               {"birthday", "date_of_birth"},
                                               {"email", "email"},
                                               {"phone", "phone"},
                                               {"postal_code", "postcode"},
                                               {"address1", "street"},
                                               {"city", "place"}};
  reader.text_map("fields", &fields);
  for (const auto& [attribute, meaning] : fields) {
    if (!identity::match::kind_of(meaning)) {
      reader.refuse("fields", "a field means nothing that can be compared",
                    "given_name, family_name, date_of_birth, email, phone, postcode, street, "
                    "street_number, place, identifier or text");
    }
    matching.fields.emplace_back(attribute, meaning);
  }
  if (fields.size() < 2 || fields.size() > identity::match::kFieldsMax) {
    reader.refuse("fields", "people are compared on 2 to 15 attributes",
                  "fields = {first_name = \"given_name\", last_name = \"family_name\"}");
  }
  reader.finish();
}

}  // namespace

void check_matching(const ConfigNode& root, const consent::Policy& policy,
                    std::vector<Problem>* problems) {
  if (!policy.matching.enabled || policy.purposes.contains(kLinkingPurpose)) return;
  const ConfigNode* identity = root.find("identity");
  const ConfigNode* at = identity == nullptr ? nullptr : identity->find("matching");
  problems->push_back(
      {at == nullptr ? 0 : at->line, at == nullptr ? 0 : at->column,
       "matching has no purpose that people could refuse",
       "[purpose.\"identity.linking\"] with basis = \"legitimate_interest\" and its "
       "assessment, or with basis = \"consent\""});
}

Tier strongest_tier(std::string_view type) {
  const TypeKind kind = identity::type_kind(type);
  if (kind == TypeKind::email_gmail) return Tier::derived;
  if (kind == TypeKind::anonymous_id || kind == TypeKind::device_id) return Tier::device;
  return is_address(kind) ? Tier::declared : Tier::authenticated;
}

void read_identity(const ConfigNode& section, consent::Policy* policy,
                   std::vector<Problem>* problems) {
  const std::size_t before = problems->size();
  Read read;
  for (const ConfigNode& child : section.children) {
    if (child.key == "matching") {
      read_matching(child, policy, problems);
    } else {
      read_type(child, &read, problems);
    }
  }
  if (problems->size() != before) return;
  // What is left is about the section as a whole: how many types, how many patterns.
  const auto refuse = [&](const Error& error) {
    problems->push_back({section.line, section.column, error.what, error.hint});
  };
  auto rules = identity::Rules::with(read.rules);
  if (!rules) return refuse(rules.error());
  for (const auto& [type, patterns] : read.blocked) {
    for (const std::string& pattern : patterns) {
      policy->identifier_version += type + "\n" + pattern + "\n";
    }
  }
  auto at_ingest = identity::IdentifierPolicy::with(identity::Rules(), read.blocked);
  if (!at_ingest) return refuse(at_ingest.error());
  auto identifiers = identity::IdentifierPolicy::with(std::move(*rules), std::move(read.blocked));
  if (!identifiers) return refuse(identifiers.error());
  policy->identifiers = std::move(*identifiers);
  policy->identifiers_at_ingest = std::move(*at_ingest);
}

std::string identity_version(const consent::Policy& policy) {
  std::string version = policy.identifiers.rules().version();
  if (policy.identifier_version.empty()) return version;
  const auto digest = crypto::sha256(as_bytes(policy.identifier_version));
  return version + "+" + to_hex(ByteView(digest).first(8));
}

}  // namespace cdp::app
