#include "cdp/core/audit/trail.h"

#include <array>
#include <utility>

#include "cdp/core/audit/utf8.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::audit {
namespace {

constexpr std::int64_t kExactIntegerMax =
    9'007'199'254'740'992;  // 2^53: exact in every JSON reader

// RFC 8785 §3.2.2.2: the short escapes, \u00xx for other control characters, all else as it is.
void append_string(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20) {
          out.push_back(c);
        } else {
          out += "\\u00";
          out.push_back(kDigits[byte >> 4U]);
          out.push_back(kDigits[byte & 15U]);
        }
      }
    }
  }
  out.push_back('"');
}

Result<void> append_value(std::string& out, const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (!valid_utf8(*text)) {
      return fail(ErrorCode::invalid_argument, "an audit entry holds text that is not UTF-8");
    }
    append_string(out, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number > kExactIntegerMax || *number < -kExactIntegerMax) {
      return fail(ErrorCode::invalid_argument, "an audit entry holds an integer beyond 2^53",
                  "write it as a string");
    }
    out += std::to_string(*number);
  } else {
    out += std::get<bool>(value) ? "true" : "false";
  }
  return {};
}

bool valid_key(std::string_view key) {
  if (key.empty() || key == "id" || key == "at" || key == "kind" || key == "subject") return false;
  for (const char c : key) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

}  // namespace

Result<Bytes> canonical(const Entry& entry, const std::string& id_hex) {
  for (const auto& [key, value] : entry.fields) {
    if (!valid_key(key)) {
      return fail(ErrorCode::invalid_argument, "an audit entry has a field of a reserved name",
                  "use printable ASCII other than id, at, kind and subject");
    }
  }
  std::map<std::string, FieldValue> fields = entry.fields;
  fields["id"] = id_hex;
  fields["at"] = to_rfc3339(entry.at);
  fields["kind"] = entry.kind;
  if (entry.subject_secret) {
    fields["subject"] = to_hex(crypto::hmac_sha256(*entry.subject_secret, as_bytes(id_hex)));
  }
  std::string out = "{";
  for (const auto& [key, value] : fields) {
    if (out.size() > 1) out.push_back(',');
    append_string(out, key);
    out.push_back(':');
    CDP_CHECK(append_value(out, value));
  }
  out.push_back('}');
  if (out.size() > limits::kAuditEntryBytesMax) {
    return fail(ErrorCode::too_large, "an audit entry is over 65,535 bytes",
                "record a digest of the long field");
  }
  return Bytes(out.begin(), out.end());
}

Result<store::AuditRow> Trail::append(const Entry& entry) {
  CDP_TRY(auto bytes, canonical(entry, to_hex(random_.next_token())));
  store::AuditRow row{frontier_.size(), std::move(bytes)};
  frontier_.append(leaf_hash(row.entry));
  return row;
}

Result<Frontier> Trail::load(const store::Ledger& ledger) {
  constexpr std::uint64_t kRowsPerRead = 4'096;  // keeps reader snapshots short
  CDP_TRY(const std::uint64_t size, ledger.audit_size());
  CDP_TRY(const Bytes stored, ledger.meta(kFrontierMeta));
  Frontier frontier;
  if (!stored.empty()) {
    CDP_TRY(frontier, Frontier::parse(stored));
    if (frontier.size() > size) {
      return fail(ErrorCode::corrupt, "the audit log is shorter than its last checkpoint",
                  "restore a backup that is not older than the checkpoint");
    }
  }
  while (frontier.size() < size) {
    bool in_order = true;
    const std::uint64_t from = frontier.size();
    CDP_CHECK(ledger.read_audit(from, std::min(size, from + kRowsPerRead),
                                [&](const store::AuditRow& row) {
                                  in_order = in_order && row.index == frontier.size();
                                  frontier.append(leaf_hash(row.entry));
                                }));
    if (!in_order || frontier.size() == from) {
      return fail(ErrorCode::corrupt, "the audit log misses an entry",
                  "restore the ledger from a backup");
    }
  }
  return frontier;
}

}  // namespace cdp::audit
