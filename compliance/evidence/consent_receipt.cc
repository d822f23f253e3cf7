#include "compliance/evidence/consent_receipt.h"

#include <map>
#include <set>

#include "cdp/core/event/json.h"
#include "consent/commitment.h"

namespace cdp::compliance {

namespace {

// A JSON object whose keys come out in the order of RFC 8785 (ASCII keys only).
class Object {
 public:
  Object& text(const std::string& key, std::string_view value) {
    if (!value.empty()) members_[key] = json::quote(value);
    return *this;
  }
  Object& raw(const std::string& key, std::string json) {
    members_[key] = std::move(json);
    return *this;
  }
  std::string done() const {
    std::string out = "{";
    for (const auto& [key, value] : members_) {
      out += (out.size() == 1 ? "" : ",") + json::quote(key) + ":" + value;
    }
    return out + "}";
  }

 private:
  std::map<std::string, std::string> members_;
};

template <class List>
std::string array_of_texts(const List& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() == 1 ? "" : ",") + json::quote(item);
  return out + "]";
}

// The data categories that the purpose may use, and who may get them.
struct Processing {
  std::set<std::string> categories;
  std::set<std::string> sensitive;
  std::set<std::string> recipients;
  bool third_party = false;
};

Processing processing_of(const std::string& purpose, const consent::Policy& policy) {
  Processing found;
  for (const auto& [name, rule] : policy.attributes) {
    for (const std::string& mapped : rule.purposes) {
      if (!consent::covers(mapped, purpose)) continue;
      found.categories.insert(rule.category);
      if (rule.sensitive) found.sensitive.insert(rule.category);
    }
  }
  for (const auto& [name, destination] : policy.destinations) {
    for (const std::string& own : destination.purposes) {
      if (own != purpose) continue;
      found.recipients.insert(name);
      found.third_party |= destination.role == consent::DestinationRole::sale_or_share;
    }
  }
  return found;
}

std::string notice_json(const event::Statement& statement, const consent::Policy& policy) {
  Object notice;
  notice.text("version", statement.notice_version).text("language", statement.notice_language);
  if (!statement.notice_hash) return notice.done();
  notice.text("sha256", to_hex(*statement.notice_hash));
  if (const auto* text = consent::notice_by_hash(policy, *statement.notice_hash)) {
    notice.raw("text", consent::canonical_text(*text));
  }
  return notice.done();
}

std::string controllers_json(const consent::Policy& policy) {
  return "[" +
         Object()
             .text("piiController", policy.controller_name)
             .text("contact", policy.controller_contact)
             .text("email", policy.controller_contact)
             .text("address", policy.controller_country)
             .done() +
         "]";
}

// Kantara CR 1.1 §4.5: services and their purposes.
std::string services_json(const event::Statement& statement, const Processing& processing) {
  Object purpose;
  purpose.text("purpose", statement.purpose)
      .raw("purposeCategory", array_of_texts(std::set<std::string>{statement.purpose}))
      .text("consentType", statement.basis == event::Basis::consent ? "EXPLICIT" : "NOT_CONSENT")
      .raw("piiCategory", array_of_texts(processing.categories))
      .text("termination", "withdrawal at any time, as easy as giving it")
      .raw("thirdPartyDisclosure", processing.recipients.empty() ? "false" : "true")
      .raw("thirdPartyName", array_of_texts(processing.recipients));
  return "[" +
         Object()
             .text("service", "customer data platform")
             .raw("purposes", "[" + purpose.done() + "]")
             .done() +
         "]";
}

// What a "no" says is not valid consent, and a receipt shows which.
std::string event_json(const event::Statement& statement) {
  const bool grant = statement.choice == event::Choice::granted;
  const Time at = statement.occurred_at.known() ? statement.occurred_at : statement.received_at;
  return Object()
      .text("event_time", to_rfc3339(at))
      .text("event_type", event::to_string(statement.choice))
      .text("event_state", grant ? "valid" : "ended")
      .text("actor", event::to_string(statement.actor))
      .done();
}

std::string log_json(const ReceiptInput::Logged& logged, const audit::VerifierKey& key) {
  std::vector<std::string> proof;
  for (const auto& hash : logged.proof) proof.push_back(to_base64(hash));
  return Object()
      .text("checkpoint", logged.checkpoint)
      .text("entry", as_text(logged.entry))
      .raw("index", std::to_string(logged.index))
      .text("key", key.to_string())
      .raw("proof", array_of_texts(proof))
      .text("status", to_string(logged.committed ? LogStatus::committed : LogStatus::matching))
      .done();
}

std::string not_in_log_json() {
  return Object().text("status", to_string(LogStatus::not_in_log)).done();
}

std::string receipt_json(const ReceiptInput& input, const audit::VerifierKey& key) {
  const event::Statement& statement = *input.statement;
  const Processing processing = processing_of(statement.purpose, *input.policy);
  const Time at = statement.occurred_at.known() ? statement.occurred_at : statement.received_at;
  Object receipt;
  receipt.text("version", "KI-CR-v1.1.0")
      .text("schema_version", "ISO/IEC TS 27560:2023")
      .text("consentReceiptID", input.id)
      .text("record_id", input.id)
      .raw("consentTimestamp", std::to_string(at.us / 1'000'000))
      .text("jurisdiction", statement.jurisdiction.empty() ? input.policy->home_jurisdiction
                                                           : statement.jurisdiction)
      .text("language", statement.notice_language)
      .text("collectionMethod", statement.method.empty() ? "unknown" : statement.method)
      .text("piiPrincipalId", input.principal)
      .text("publicKey", key.to_string())
      .raw("piiControllers", controllers_json(*input.policy))
      .raw("services", services_json(statement, processing))
      .raw("sensitive", processing.sensitive.empty() ? "false" : "true")
      .raw("spiCat", array_of_texts(processing.sensitive))
      .raw("event", event_json(statement))
      .raw("notice", notice_json(statement, *input.policy))
      .raw("record", consent::statement_record(statement))
      .text("nonce", to_hex(input.nonce))
      .text("issued_at", to_rfc3339(input.issued_at));
  receipt.raw("log", input.logged ? log_json(*input.logged, key) : not_in_log_json());
  return receipt.done();
}

std::string protected_header(const audit::VerifierKey& key) {
  return to_base64url(as_bytes(Object()
                                   .text("alg", "EdDSA")
                                   .text("kid", key.to_string())
                                   .text("typ", "consent-receipt+json")
                                   .done()));
}

tl::unexpected<Error> broken(std::string what) {
  return fail(ErrorCode::corrupt, std::move(what),
              "this is not what was issued; ask for the receipt again and keep this one");
}

// The text of a member; empty when it is not there.
std::string member(const json::Value& object, std::string_view key) {
  return std::string(object.text(key).value_or(""));
}

class Verification {
 public:
  explicit Verification(json::Value root) : root_(root) {}

  Result<ReceiptReport> run(std::optional<std::string_view> trusted,
                            const std::optional<GivenCheckpoint>& given) {
    const auto receipt = root_.get("receipt");
    if (!receipt || !receipt->is_object()) return broken("the file holds no receipt");
    receipt_ = &*receipt;
    CDP_CHECK(check_key(trusted));
    CDP_CHECK(check_signature());
    CDP_CHECK(read_record());
    const auto log = receipt->get("log");
    CDP_TRY(report_.status, status_of(log));
    if (report_.status != LogStatus::not_in_log) {
      CDP_CHECK(check_log(*log, given));
    } else if (given) {
      return fail(ErrorCode::conflict, "the receipt is of a statement that is not in the log",
                  "verify it without --checkpoint: its signature is all it proves");
    }
    return std::move(report_);
  }

 private:
  Result<void> check_key(std::optional<std::string_view> trusted) {
    const std::string jws = member(root_, "jws");
    const auto dot = jws.find('.');
    const auto header_bytes = from_base64url(std::string_view(jws).substr(0, dot));
    if (dot == std::string::npos || !header_bytes) return broken("the signature cannot be read");
    const auto header = json::Document::parse(as_text(*header_bytes));
    if (!header || member(header->root(), "alg") != "EdDSA") {
      return broken("the signature is of another kind");
    }
    auto key = audit::VerifierKey::parse(member(header->root(), "kid"));
    if (!key) return broken("the signature names no key");
    report_.key = *std::move(key);
    report_.key_was_given = trusted.has_value();
    if (!trusted) return {};
    CDP_TRY(const auto wanted, audit::VerifierKey::parse(*trusted));
    if (wanted.to_string() != report_.key.to_string()) {
      return fail(ErrorCode::unauthenticated, "the receipt is not signed by the key that you trust",
                  "it is of another controller, or somebody made it up");
    }
    return {};
  }

  Result<void> check_signature() {
    const std::string jws = member(root_, "jws");
    const auto first = jws.find('.');
    const auto last = jws.rfind('.');
    if (last != first + 1) return broken("the signature cannot be read");
    const auto signature = from_base64url(std::string_view(jws).substr(last + 1));
    if (!signature) return broken("the signature cannot be read");
    const std::string signed_text =
        jws.substr(0, first) + "." + to_base64url(as_bytes(receipt_->minified()));
    if (crypto::ed25519_verify(report_.key.key, as_bytes(signed_text), *signature)) return {};
    return fail(ErrorCode::unauthenticated, "the receipt is not what its key signed",
                "somebody changed it, or it is of another key");
  }

  Result<void> read_record() {
    const auto record = receipt_->get("record");
    if (!record || !record->is_object()) return broken("the receipt holds no record");
    record_ = record->minified();
    report_.id = member(*receipt_, "consentReceiptID");
    report_.purpose = member(*record, "purpose");
    report_.choice = member(*record, "choice");
    report_.received_at = member(*record, "received_at");
    report_.notice_version = member(*record, "notice_version");
    if (const auto name = receipt_->at("/piiControllers/0/piiController")) {
      report_.controller = std::string(name->string().value_or(""));
    }
    return {};
  }

  Result<audit::Checkpoint> checkpoint_of(const std::string& note) const {
    CDP_TRY(const std::string body, audit::verify_note(note, {report_.key}));
    CDP_TRY(auto checkpoint, audit::Checkpoint::parse_body(body));
    if (checkpoint.origin != report_.key.name) return broken("the checkpoint is of another log");
    return checkpoint;
  }

  static Result<LogStatus> status_of(const std::optional<json::Value>& log) {
    if (!log) return LogStatus::not_in_log;
    const auto status = log->get("status");
    if (!status) return LogStatus::committed;
    for (const auto known : {LogStatus::committed, LogStatus::matching, LogStatus::not_in_log}) {
      if (status->string().value_or("") == to_string(known)) return known;
    }
    return broken("the receipt says of the log what nobody knows");
  }

  Result<void> check_log(const json::Value& log, const std::optional<GivenCheckpoint>& given) {
    CDP_TRY(const auto checkpoint, checkpoint_of(member(log, "checkpoint")));
    if (given) {
      CDP_TRY(report_.given, check_continuity(checkpoint, report_.key, *given));
    }
    const std::string entry = member(log, "entry");
    const auto document = json::Document::parse(entry);
    if (!document) return broken("the log entry cannot be read");
    const bool same = report_.status == LogStatus::committed ? is_committed(document->root())
                                                             : is_matching(document->root());
    if (!same) return broken("the log entry is of another statement");
    CDP_TRY(const auto proof, proof_of(log));
    const auto index = log.get("index");
    const auto at = index ? index->integer() : std::nullopt;
    if (!at || *at < 0 ||
        !audit::verify_inclusion(static_cast<std::uint64_t>(*at), checkpoint.size,
                                 audit::leaf_hash(as_bytes(entry)), proof, checkpoint.root)) {
      return broken("the entry is not in the log that the checkpoint signs");
    }
    report_.log_size = checkpoint.size;
    return {};
  }

  bool is_committed(const json::Value& entry) const {
    const auto nonce = from_hex(member(*receipt_, "nonce"));
    return nonce && member(entry, "kind") == "statement" &&
           member(entry, "commitment") == to_hex(consent::commitment(record_, *nonce));
  }

  bool is_matching(const json::Value& entry) const {
    const auto record = *receipt_->get("record");
    const auto same = [&](const char* key) { return member(entry, key) == member(record, key); };
    const bool channel = same("channel") || member(entry, "channel") == "other";
    return member(entry, "kind") == "statement" && member(entry, "commitment").empty() &&
           same("choice") && same("purpose") && same("grade") && same("source") && channel &&
           member(entry, "at") == member(record, "received_at");
  }

  static Result<audit::Proof> proof_of(const json::Value& log) {
    audit::Proof proof;
    bool sound = true;
    if (const auto list = log.get("proof")) {
      list->each([&](const json::Value& item) {
        const auto bytes = from_base64(item.string().value_or(""));
        audit::Hash& hash = proof.emplace_back();
        sound = sound && bytes && bytes->size() == hash.size();
        if (sound) std::copy(bytes->begin(), bytes->end(), hash.begin());
        return sound;
      });
    }
    if (!sound) return broken("the proof cannot be read");
    return proof;
  }

  json::Value root_;
  const json::Value* receipt_ = nullptr;
  std::string record_;
  ReceiptReport report_;
};

}  // namespace

std::string_view to_string(LogStatus status) {
  switch (status) {
    case LogStatus::committed:
      return "committed";
    case LogStatus::matching:
      return "matching";
    case LogStatus::not_in_log:
      return "not_in_log";
  }
  return "not_in_log";
}

std::string make_receipt(const ReceiptInput& input, ByteView ed25519_seed,
                         const audit::VerifierKey& key) {
  const std::string receipt = receipt_json(input, key);
  const std::string header = protected_header(key);
  const auto signature =
      crypto::ed25519_sign(ed25519_seed, as_bytes(header + "." + to_base64url(as_bytes(receipt))));
  return R"({"jws":)" + json::quote(header + ".." + to_base64url(signature)) + R"(,"receipt":)" +
         receipt + "}";
}

Result<ReceiptReport> verify_receipt(std::string_view text, std::optional<std::string_view> trusted,
                                     const std::optional<GivenCheckpoint>& given) {
  const auto document = json::Document::parse(text);
  if (!document) return broken("the file is no JSON");
  return Verification(document->root()).run(trusted, given);
}

}  // namespace cdp::compliance
