#include "cdp/app/config/sections.h"

#include <algorithm>

#include "cdp/app/config/double_opt_in.h"
#include "cdp/app/config/identity.h"
#include "cdp/app/config/notices.h"
#include "cdp/app/config/preference.h"
#include "cdp/app/config/reader.h"
#include "cdp/app/config/signals.h"

namespace cdp::app {

namespace {

using consent::AttributeRule;
using consent::DestinationConfig;
using consent::DestinationRole;
using consent::Policy;
using consent::Purpose;
using consent::SourceConfig;

bool only(std::string_view text, std::string_view extra, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  extra.find(c) != std::string_view::npos;
         });
}

bool is_country(std::string_view code) {
  return code.size() == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z';
}

std::vector<std::string_view> views(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

template <class F>
void each_entry(const ConfigNode* section, std::vector<Problem>* problems, std::string_view extra,
                std::size_t longest, F&& read) {
  if (section == nullptr) return;
  for (const ConfigNode& child : section->children) {
    if (!only(child.key, extra, longest)) {
      problems->push_back({child.line, child.column,
                           "a name has characters that names may not have",
                           "use small letters, digits and " + std::string(extra)});
      continue;
    }
    read(child);
  }
}

void read_server(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  TableReader reader(node, "server", problems);
  std::vector<std::string> proxies;
  if (reader.texts("trusted_proxies", &proxies)) {
    policy->trusted_proxies.clear();
    for (const std::string& text : proxies) {
      if (const auto range = http::AddressRange::parse(text)) {
        policy->trusted_proxies.push_back(*range);
      } else {
        reader.refuse("trusted_proxies", "a trusted proxy is no address and no range of addresses",
                      "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\", \"2001:db8::/32\"]");
      }
    }
  }
  reader.finish();
}

void read_controller(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  TableReader reader(node, "controller", problems);
  if (!reader.text("name", &policy->controller_name) || policy->controller_name.empty()) {
    reader.refuse("name", "the controller has no name", "name = \"Example GmbH\"");
  }
  if (!reader.text("country", &policy->controller_country) ||
      !is_country(policy->controller_country)) {
    reader.refuse("country", "the controller's country is not a two-letter code",
                  "country = \"DE\"");
  }
  if (!reader.text("contact", &policy->controller_contact) || policy->controller_contact.empty()) {
    reader.refuse("contact", "the controller has no contact for privacy matters",
                  "contact = \"privacy@shop.example\"");
  }
  policy->home_jurisdiction = policy->controller_country;
  if (reader.text("jurisdiction", &policy->home_jurisdiction) &&
      !is_jurisdiction(policy->home_jurisdiction)) {
    reader.refuse("jurisdiction", "the jurisdiction is neither a country nor a region of one",
                  "jurisdiction = \"US-CA\"");
  }
  reader.finish();
}

void read_trust(TableReader* reader, SourceConfig* source) {
  const bool by_kind = source->kind == "shopify" || source->kind == "mailchimp";
  if (by_kind) {
    // Only a signature over the raw bytes vouches for the vendor; a secret URL leaks with any log.
    source->trust =
        source->auth == "secret_url" ? event::Trust::server : event::Trust::vendor_signed;
  } else {
    source->trust = source->kind == "csv" ? event::Trust::server : event::Trust::public_key;
  }
  const bool given = reader->has("trust");
  const auto trust = reader->choice("trust", {"public", "server"});
  if (given && by_kind) {
    reader->refuse("trust", "the trust of this kind follows from its signature",
                   "remove the key trust");
  } else if (trust) {
    source->trust = *trust == 0 ? event::Trust::public_key : event::Trust::server;
  }
}

void read_source(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  SourceConfig& source = policy->sources[node.key];
  source.name = node.key;
  source.line = node.line;
  TableReader reader(node, "source", problems);
  if (const auto kind = reader.choice("kind", views(known_source_kinds()))) {
    source.kind = known_source_kinds()[*kind];
  } else if (!reader.has("kind")) {
    reader.refuse("kind", "the source has no kind", "known: " + listed(known_source_kinds()));
  }
  const bool vendor = source.kind == "shopify" || source.kind == "mailchimp";
  if (reader.choice("auth", {"signed", "secret_url"}).value_or(0) == 1) source.auth = "secret_url";
  if (reader.has("auth") && source.kind != "mailchimp") {
    reader.refuse("auth", "only a mailchimp source has a choice of proof", "remove the key auth");
  }
  read_trust(&reader, &source);
  const bool secret = reader.text("secret", &source.secret) && !source.secret.empty();
  if (vendor && !secret) {
    reader.refuse("secret", "the source names no secret to check its deliveries with",
                  "secret = \"" + node.key + "\", and enter it with: cdp secret set " + node.key);
  }
  if (reader.text("region", &source.default_region) && !is_country(source.default_region)) {
    reader.refuse("region", "the region for phone numbers is not a two-letter code",
                  "region = \"DE\"");
  }
  source.checkout_box_unticked =
      reader.choice("checkout_box", {"ticked", "unticked"}).value_or(0) == 1;
  if (reader.has("checkout_box") && source.kind != "shopify") {
    reader.refuse("checkout_box", "only a shopify source has a checkout box",
                  "remove the key checkout_box");
  }
  reader.text_map("categories", &source.categories);
  reader.text_map("columns", &source.columns);
  if (source.kind == "csv" && source.columns.empty()) {
    reader.refuse("columns", "a csv source maps no column",
                  "columns = {\"E-mail\" = \"email\", \"Size\" = \"attribute:size\"}");
  }
  reader.text("purpose_email", &source.purpose_email);
  reader.text("purpose_sms", &source.purpose_sms);
  reader.text("purpose_whatsapp", &source.purpose_whatsapp);
  reader.finish();
}

// https, or http on this machine; no user name in it (it would stand in logs).
bool is_safe_url(std::string_view url) {
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return false;
  const std::string_view rest = url.substr(https ? 8 : 7);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty() || host.find('@') != std::string_view::npos) return false;
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  if (https) return clean;
  const std::string_view name =
      host.starts_with("[") ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return clean && (name == "localhost" || name == "127.0.0.1" || name == "[::1]");
}

void read_destination(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  DestinationConfig& destination = policy->destinations[node.key];
  destination.name = node.key;
  destination.line = node.line;
  TableReader reader(node, "destination", problems);
  if (const auto kind = reader.choice("kind", views(known_destination_kinds()))) {
    destination.kind = known_destination_kinds()[*kind];
  } else if (!reader.has("kind")) {
    reader.refuse("kind", "the destination has no kind",
                  "known: " + listed(known_destination_kinds()));
  }
  const bool webhook = destination.kind == "signed_webhook";
  const bool url = reader.text("url", &destination.url);
  const bool secret = reader.text("secret", &destination.secret) && !destination.secret.empty();
  if (webhook && (!url || !is_safe_url(destination.url))) {
    reader.refuse("url", "the destination's url is not an https address without a user name",
                  "url = \"https://tool.example/hook\"; http is taken for localhost only");
  }
  if (webhook && !secret) {
    reader.refuse("secret", "the destination names no secret to sign with",
                  "secret = \"" + node.key + "\", and enter it with: cdp secret set " + node.key);
  }
  if (destination.kind == "profile_api" && (url || secret)) {
    reader.refuse(url ? "url" : "secret", "a profile_api destination asks us with a token of ours",
                  "remove url and secret, and create one with: cdp token create");
  }
  reader.text("source", &destination.source);
  if (const auto role = reader.choice("role", {"processor", "sale_or_share"})) {
    destination.role = *role == 0 ? DestinationRole::processor : DestinationRole::sale_or_share;
  }
  if (!reader.texts("purposes", &destination.purposes) || destination.purposes.empty()) {
    reader.refuse("purposes", "the destination has no purpose",
                  "purposes = [\"marketing.communications.email\"]");
  }
  if (!reader.texts("attributes", &destination.attributes) || destination.attributes.empty()) {
    reader.refuse("attributes", "the destination has no attribute",
                  "attributes = [\"email\", \"first_name\"]");
  }
  reader.finish();
}

void read_purpose(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  Purpose& purpose = policy->purposes[node.key];
  purpose.key = node.key;
  TableReader reader(node, "purpose", problems);
  static const std::vector<std::string_view> channels = {"", "email", "sms", "whatsapp"};
  if (const auto channel = reader.choice("channel", channels)) {
    purpose.channel = channels[*channel];
  }
  reader.text("notice", &purpose.notice_version);
  reader.boolean("material", &purpose.material);
  if (purpose.material && purpose.notice_version.empty()) {
    reader.refuse("material", "a material change needs the version of the notice that made it",
                  "notice = \"2026-11\"");
  }
  const auto basis = reader.choice(
      "basis", {"consent", "contract", "legal_obligation", "legitimate_interest", "soft_opt_in"});
  if (basis) purpose.basis = static_cast<event::Basis>(*basis + 1);
  const auto grade =
      reader.choice("first_grant", {"asserted", "recorded", "double_opt_in", "verified"});
  if (grade && *grade == 0) {
    reader.refuse("first_grant", "a first grant cannot rest on an assertion",
                  "recorded is the least (GDPR Art. 7(1): consent must be shown)");
  } else if (grade) {
    purpose.first_grant = static_cast<event::Grade>(*grade);
  }
  reader.duration("expires", &purpose.expires);
  reader.boolean("sale_or_share", &purpose.sale_or_share);
  reader.text("assessment", &purpose.assessment);
  reader.text("opt_out_offered", &purpose.opt_out_offered);
  reader.finish();
}

void read_attribute(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  AttributeRule& rule = policy->attributes[node.key];
  rule.name = node.key;
  TableReader reader(node, "attribute", problems);
  reader.text("category", &rule.category);
  if (!consent::covers("user", rule.category) && !consent::covers("system", rule.category)) {
    reader.refuse("category", "the attribute has no data category",
                  "category = \"user.contact.city\" (fideslang; below user or system)");
  }
  reader.texts("purposes", &rule.purposes);
  reader.boolean("sensitive", &rule.sensitive);
  reader.duration("retention", &rule.retention);
  reader.finish();
}

// "opt-out", or {default = "opt-out", channel = "email", category = "user.contact", age_from = 16,
// age_below = 18}.
std::optional<consent::Default> read_cell(const ConfigNode& cell, const std::string& jurisdiction,
                                          std::vector<Problem>* problems) {
  consent::Default out;
  out.jurisdiction = jurisdiction;
  out.purpose = cell.key;
  if (cell.kind == ConfigNode::Kind::text) {
    out.allowed_without_statement = cell.text == "opt-out";
    if (cell.text == "opt-out" || cell.text == "opt-in") return out;
  }
  if (cell.kind != ConfigNode::Kind::table) {
    problems->push_back({cell.line, cell.column, "a default is neither opt-in nor opt-out",
                         R"("opt-in", "opt-out", or {default = "opt-out", channel = "email"})"});
    return std::nullopt;
  }
  TableReader reader(cell, "default", problems);
  const auto choice = reader.choice("default", {"opt-in", "opt-out"});
  if (!choice && !reader.has("default")) {
    reader.refuse("default", "the default says neither opt-in nor opt-out",
                  R"({default = "opt-out", age_from = 16})");
  }
  out.allowed_without_statement = choice.value_or(0) == 1;
  reader.text("channel", &out.channel);
  reader.text("category", &out.category);
  constexpr std::int64_t kAgeMax = 150;
  std::int64_t age = 0;
  if (reader.integer("age_from", 0, kAgeMax, &age)) out.age_from = static_cast<int>(age);
  if (reader.integer("age_below", 1, kAgeMax, &age)) out.age_below = static_cast<int>(age);
  reader.finish();
  return out;
}

// A cell is one row, or a list of them for different channels, categories and ages.
void read_defaults(const ConfigNode& node, Policy* policy, std::vector<Problem>* problems) {
  for (const ConfigNode& jurisdiction : node.children) {
    if (!is_jurisdiction(jurisdiction.key)) {
      problems->push_back({jurisdiction.line, jurisdiction.column,
                           "a default is for neither a country nor a region of one",
                           "[default.US-CA]"});
      continue;
    }
    for (const ConfigNode& cell : jurisdiction.children) {
      // What the file says of a purpose replaces what its pack says.
      std::erase_if(policy->defaults, [&](const consent::Default& other) {
        return other.jurisdiction == jurisdiction.key && other.purpose == cell.key;
      });
      const bool list = cell.kind == ConfigNode::Kind::list;
      for (ConfigNode item : list ? cell.children : std::vector<ConfigNode>{cell}) {
        item.key = cell.key;
        if (auto row = read_cell(item, jurisdiction.key, problems)) {
          policy->defaults.push_back(*std::move(row));
        }
      }
    }
  }
}

}  // namespace

const std::vector<std::string>& known_source_kinds() {
  static const std::vector<std::string> kinds = {"segment", "shopify", "mailchimp", "csv"};
  return kinds;
}

const std::vector<std::string>& known_destination_kinds() {
  static const std::vector<std::string> kinds = {"signed_webhook", "profile_api"};
  return kinds;
}

void read_sections(const ConfigNode& root, bool pack, Policy* policy,
                   std::vector<Problem>* problems) {
  TableReader reader(root, "file", problems);
  if (!pack) {
    reader.text("pack", &policy->pack);
    if (const ConfigNode* node = reader.table("controller")) {
      read_controller(*node, policy, problems);
    } else if (!reader.has("controller")) {
      problems->push_back({0, 0, "the file names no controller",
                           "controller = {name = \"Example\", country = \"DE\", contact = "
                           "\"privacy@shop.example\"}"});
    }
    each_entry(reader.table("source"), problems, "_-", 32,
               [&](const ConfigNode& node) { read_source(node, policy, problems); });
    each_entry(reader.table("destination"), problems, "_-", 32,
               [&](const ConfigNode& node) { read_destination(node, policy, problems); });
    if (const ConfigNode* node = reader.table("limits")) {
      TableReader limits(*node, "limits table", problems);
      limits.integer("dedup_window_hours", 1, 24 * 30, &policy->dedup_window_hours);
      limits.finish();
    }
    if (const ConfigNode* node = reader.table("server")) read_server(*node, policy, problems);
    if (const ConfigNode* node = reader.table("preference_centre"))
      read_preference_centre(*node, policy, problems);
    if (const ConfigNode* node = reader.table("mail")) read_mail(*node, policy, problems);
    if (const ConfigNode* node = reader.table("messenger")) read_messenger(*node, policy, problems);
    if (const ConfigNode* node = reader.table("double_opt_in"))
      read_double_opt_in(*node, policy, problems);
    if (const ConfigNode* node = reader.table("audit")) {
      TableReader audit(*node, "audit table", problems);
      audit.boolean("public", &policy->audit_public);
      audit.finish();
    }
  }
  if (!pack) {
    if (const ConfigNode* node = reader.table("identity")) read_identity(*node, policy, problems);
  }
  each_entry(reader.table("purpose"), problems, "_.", 128,
             [&](const ConfigNode& node) { read_purpose(node, policy, problems); });
  each_entry(reader.table("attribute"), problems, "_.ABCDEFGHIJKLMNOPQRSTUVWXYZ- ", 128,
             [&](const ConfigNode& node) { read_attribute(node, policy, problems); });
  if (const ConfigNode* node = reader.table("default")) read_defaults(*node, policy, problems);
  if (const ConfigNode* node = reader.table("age")) read_ages(*node, policy, problems);
  if (const ConfigNode* node = reader.table("notice")) read_notices(*node, policy, problems);
  if (const ConfigNode* node = reader.table("signals")) read_signals(*node, policy, problems);
  reader.finish();
}

}  // namespace cdp::app
