// The body of POST /v1/consents (statements.h).
#include <algorithm>
#include <array>

#include "cdp/core/base/limits.h"
#include "consent/statements.h"

namespace cdp::consent {

namespace {

constexpr std::size_t kTextBytesMax = limits::kIdentifierBytesMax;

constexpr std::array<std::string_view, 17> kFields = {
    "identifier",    "purpose",    "channel", "vendor",         "choice",          "basis",
    "occurred_at",   "method",     "actor",   "notice_version", "notice_language", "notice_hash",
    "contact_point", "message_id", "place",   "jurisdiction",   "evidence"};

// A member that may be absent; refused when present and not a string of bounded length.
bool read_text(const json::Value& item, std::string_view key, std::string* out) {
  const auto member = item.get(key);
  if (!member || member->is_null()) return true;
  const auto text = member->string();
  if (!text || text->size() > kTextBytesMax) return false;
  out->assign(*text);
  return true;
}

std::optional<event::Identifier> read_identifier(const json::Value& value) {
  const auto type = value.text("type");
  auto text = value.id_text("value");
  if (!type || !text || text->empty()) return std::nullopt;
  if (type->size() > kTextBytesMax || text->size() > kTextBytesMax) return std::nullopt;
  return event::Identifier{std::string(*type), Pii<std::string>(std::move(*text))};
}

bool has_unknown_field(const json::Value& item) {
  bool unknown = false;
  item.each_member([&](std::string_view key, const json::Value&) {
    unknown = std::find(kFields.begin(), kFields.end(), key) == kFields.end();
    return !unknown;
  });
  return unknown;
}

// Choice, basis and date; empty when all could be read.
std::optional<StatementRefusal> read_choice(const json::Value& item, event::StatementDraft* draft) {
  const auto name = item.text("choice");
  const auto choice = name ? event::choice_from(*name) : std::nullopt;
  if (!choice) {
    return StatementRefusal{"unknown_choice",
                            "choice is granted, denied, withdrawn, objected or restricted"};
  }
  draft->choice = *choice;
  if (const auto member = item.get("basis"); member && !member->is_null()) {
    const auto text = member->string();
    const auto basis = text ? event::basis_from(*text) : std::nullopt;
    if (!basis) {
      return StatementRefusal{
          "unknown_basis",
          "basis is consent, contract, legal_obligation, legitimate_interest or soft_opt_in"};
    }
    draft->basis = *basis;
  }
  if (const auto member = item.get("occurred_at"); member && !member->is_null()) {
    const auto text = member->string();
    if (!text) return StatementRefusal{"malformed_date", "occurred_at is an RFC 3339 text"};
    const auto time = from_rfc3339(*text);
    if (!time) return StatementRefusal{"malformed_date", "occurred_at is an RFC 3339 text"};
    draft->occurred_at = *time;
  }
  return std::nullopt;
}

// "DE" or "US-CA", or empty.
bool is_place(std::string_view code) {
  const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.empty()) return true;
  if (code.size() < 2 || !letter(code[0]) || !letter(code[1])) return false;
  return code.size() == 2 || (code.size() > 3 && code.size() <= 6 && code[2] == '-' &&
                              std::all_of(code.begin() + 3, code.end(), [&](char c) {
                                return letter(c) || (c >= '0' && c <= '9');
                              }));
}

std::optional<StatementRefusal> read_hash(const json::Value& item, event::StatementDraft* draft) {
  std::string hex;
  const StatementRefusal refusal{"malformed_notice_hash", "notice_hash is a SHA-256 as 64 digits"};
  if (!read_text(item, "notice_hash", &hex)) return refusal;
  if (hex.empty()) return std::nullopt;
  const auto bytes = from_hex(hex);
  crypto::Digest digest{};
  if (!bytes || bytes->size() != digest.size()) return refusal;
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  draft->notice_hash = digest;
  return std::nullopt;
}

// What was shown, where, by whom, and what shows it.
std::optional<StatementRefusal> read_circumstances(const json::Value& item,
                                                   event::StatementDraft* draft) {
  std::string actor;
  if (!read_text(item, "notice_language", &draft->notice_language) ||
      !read_text(item, "place", &draft->place) || !read_text(item, "actor", &actor) ||
      !read_text(item, "jurisdiction", &draft->jurisdiction) ||
      std::max({draft->notice_language.size(), draft->place.size(), draft->method.size(),
                draft->notice_version.size()}) > limits::kStatementTextBytesMax) {
    return StatementRefusal{"malformed",
                            "method, place and the notice's fields are texts of at most 256 bytes"};
  }
  if (!actor.empty()) {
    const auto known = event::actor_from(actor);
    if (!known) {
      return StatementRefusal{"unknown_actor", "actor is person, parent, agent, vendor or officer"};
    }
    draft->actor = *known;
  }
  if (!is_place(draft->jurisdiction)) {
    return StatementRefusal{"malformed_jurisdiction", "jurisdiction is \"DE\" or \"US-CA\""};
  }
  if (auto refusal = read_hash(item, draft)) return refusal;
  const auto evidence = item.get("evidence");
  if (!evidence || evidence->is_null()) return std::nullopt;
  std::string json = evidence->is_object() ? evidence->minified() : std::string();
  if (json.empty() || json.size() > limits::kEvidenceBytesMax) {
    return StatementRefusal{"malformed_evidence", "evidence is an object of at most 8 KiB"};
  }
  draft->evidence = Pii<std::string>(std::move(json));
  return std::nullopt;
}

ParsedConsent read_item(const json::Value& item) {
  if (!item.is_object()) return StatementRefusal{"malformed", "a statement is an object"};
  if (has_unknown_field(item)) {
    return StatementRefusal{"unknown_field", "see /openapi.json for the fields of a statement"};
  }
  ConsentRequest request;
  event::StatementDraft& draft = request.draft;
  const auto identifier = item.get("identifier");
  auto who = identifier ? read_identifier(*identifier) : std::nullopt;
  if (!who) {
    return StatementRefusal{"missing_identifier", "send identifier as {\"type\",\"value\"}"};
  }
  request.identifier = std::move(*who);
  if (!item.text("purpose")) return StatementRefusal{"missing_purpose", "\"*\" is every purpose"};
  if (!read_text(item, "purpose", &draft.purpose) || !read_text(item, "channel", &draft.channel) ||
      !read_text(item, "vendor", &draft.vendor) || !read_text(item, "method", &draft.method) ||
      !read_text(item, "notice_version", &draft.notice_version)) {
    return StatementRefusal{"malformed", "a field is not a text of at most 1024 bytes"};
  }
  if (!read_text(item, "message_id", &request.message_id) ||
      request.message_id.size() > limits::kMessageIdBytesMax) {
    return StatementRefusal{"too_large", "message_id is a text of at most 256 bytes"};
  }
  if (auto refusal = read_choice(item, &draft)) return *refusal;
  if (auto refusal = read_circumstances(item, &draft)) return *refusal;
  if (const auto contact = item.get("contact_point"); contact && !contact->is_null()) {
    auto point = read_identifier(*contact);
    if (!point) {
      return StatementRefusal{"malformed_contact_point",
                              "send contact_point as {\"type\",\"value\"}"};
    }
    draft.contact_point = std::move(*point);
  }
  // What a token's bearer says with a date and a method counts as recorded, and never as more.
  draft.grade = kConsentTokenGradeMax;
  return request;
}

}  // namespace

void bind_to_identifier(const Policy& policy, ConsentRequest* request) {
  event::StatementDraft& draft = request->draft;
  const Purpose* purpose = policy.purpose(draft.purpose);
  if (draft.choice != event::Choice::granted || draft.contact_point || purpose == nullptr) return;
  if (contact_type_of(purpose->channel) != request->identifier.type) return;
  draft.contact_point = request->identifier;
}

std::string message_digest(const ConsentRequest& request, const Token& person,
                           const std::optional<Token>& contact_point) {
  const event::StatementDraft& draft = request.draft;
  std::string content;
  const auto add = [&](std::string_view part) {
    content.append(std::to_string(part.size())).append(":").append(part);
  };
  add(request.message_id);
  add(to_hex(person));
  add(contact_point ? to_hex(*contact_point) : std::string());
  for (const std::string_view part :
       {std::string_view(draft.purpose), std::string_view(draft.channel),
        std::string_view(draft.vendor), event::to_string(draft.choice),
        event::to_string(draft.basis), event::to_string(draft.actor),
        std::string_view(draft.method), std::string_view(draft.notice_version),
        std::string_view(draft.notice_language), std::string_view(draft.place),
        std::string_view(draft.jurisdiction)}) {
    add(part);
  }
  add(draft.notice_hash ? to_hex(*draft.notice_hash) : std::string());
  add(std::to_string(draft.occurred_at.us));
  return to_hex(crypto::sha256(as_bytes(content)));
}

Result<std::vector<ParsedConsent>> parse_consents(const json::Value& root) {
  std::vector<ParsedConsent> parsed;
  json::Value list = root;
  if (root.is_object()) {
    const auto statements = root.get("statements");
    if (!statements) {
      parsed.push_back(read_item(root));
      return parsed;
    }
    list = *statements;
  }
  if (!list.is_array() || list.size() == 0) {
    return fail(ErrorCode::invalid_argument, "the body is not one or more statements",
                "send one statement, a list of them, or {\"statements\":[...]}");
  }
  if (list.size() > limits::kBatchEventsMax) {
    return fail(ErrorCode::too_large, "too many statements in one body", "send smaller batches");
  }
  parsed.reserve(list.size());
  list.each([&](const json::Value& item) {
    parsed.push_back(read_item(item));
    return true;
  });
  return parsed;
}

}  // namespace cdp::consent
