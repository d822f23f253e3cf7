// The edits that the command line makes to cdp.toml (config.h): text in, text out.
#include "cdp/app/config/config.h"

namespace cdp::app {

namespace {

// A TOML basic string.
std::string toml_of(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string toml_of(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ", ") + toml_of(item);
  return "[" + out + "]";
}

std::string toml_of(const std::map<std::string, std::string>& table) {
  std::string out;
  for (const auto& [key, value] : table) {
    out += (out.empty() ? "" : ", ") + toml_of(key) + " = " + toml_of(value);
  }
  return "{" + out + "}";
}

void add_text(std::string_view key, const std::string& value, std::string* out) {
  if (!value.empty()) *out += std::string(key) + " = " + toml_of(value) + "\n";
}

// Appends `block` and loads the whole, so that nothing half-right is ever written.
Result<std::string> with_block(std::string_view text, std::string_view name,
                               const std::string& block) {
  const auto before = parse_policy(text);
  if (!before.problems.empty()) {
    return fail(ErrorCode::invalid_argument, describe(before.problems, "cdp.toml"),
                "mend the file first");
  }
  if (before.policy.sources.contains(std::string(name)) ||
      before.policy.destinations.contains(std::string(name))) {
    return fail(ErrorCode::conflict, "a source or destination of that name exists",
                "choose another name, or edit cdp.toml");
  }
  std::string out(text);
  if (!out.empty() && out.back() != '\n') out += '\n';
  if (!out.empty()) out += '\n';
  out += block;
  const auto after = parse_policy(out);
  if (!after.problems.empty()) {
    return fail(ErrorCode::invalid_argument, describe(after.problems, "cdp.toml"),
                "nothing was written");
  }
  return out;
}

// What a new file shows of the rest, commented out.
constexpr std::string_view kExamples = R"toml(
# Where data comes from: segment, shopify, mailchimp or csv. Also: cdp source add
#
# [source.shop]
# kind = "shopify"
# secret = "shopify"            # the webhook secret, by name
# checkout_box = "unticked"     # say so only if the newsletter box starts empty
#
# [source.web]
# kind = "segment"
# trust = "public"              # a browser key; "server" for a secret key of your own server
# categories = {"Advertising" = "marketing.advertising.first_party.targeted"}
#
# [source.crm]
# kind = "csv"
# columns = {"E-mail" = "email", "Town" = "attribute:city", "Newsletter" = "consent:marketing.communications.email"}

# Where data may go, for which purposes, and no more than these attributes. A destination that is
# no processor counts as sale or sharing. Also: cdp destination add
#
# [destination.mail]
# kind = "signed_webhook"
# url = "https://tool.example/hook"
# secret = "mail"
# role = "processor"
# purposes = ["marketing.communications.email"]
# attributes = ["email", "first_name"]

# The page where people see and change their choices (/preferences), and how its links reach them.
#
# [preference_centre]
# base_url = "https://privacy.shop.example"
#
# [mail]
# smtp = "smtps://relay.example:465"
# from = "Shop <privacy@shop.example>"
# user = "cdp"
# secret = "relay"
#
# Your own messenger, so that people can prove a telephone number there, too:
#
# [messenger]
# webhook = "https://shop.example/hooks/sms"
# secret = "messenger"
# codes_a_day = 1000                 # to all numbers together: codes cost money
# countries = ["DE", "AT"]           # whose numbers are sent codes

# Your proxies, whose word of where a request came from is taken (docs/guide/operating.md):
#
# [server]
# trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]

# A form by which people ask for your newsletter, and the mail that they confirm it by
# (docs/guide/double-opt-in.md). Whose pages may post it:
#
# [double_opt_in]
# purposes = ["marketing.communications.email"]
# origins = ["https://shop.example"]

# A purpose or an attribute of your own:
#
# [purpose."marketing.communications.partner"]
# channel = "email"
# notice = "2026-11"            # the version of the text that people were shown
# first_grant = "double_opt_in"
# expires = "2y"
#
# [attribute.shoe_size]
# category = "user.behavior"
# purposes = ["personalize"]
# retention = "3y"
)toml";

}  // namespace

Result<std::string> with_source(std::string_view text, const consent::SourceConfig& source) {
  const consent::SourceConfig usual;
  const bool by_kind = source.kind == "shopify" || source.kind == "mailchimp";
  std::string block =
      "[source." + toml_of(source.name) + "]\nkind = " + toml_of(source.kind) + "\n";
  if (!by_kind) {
    const bool open = source.trust == event::Trust::public_key;
    block += open ? "trust = \"public\"\n" : "trust = \"server\"\n";
  }
  add_text("secret", source.secret, &block);
  add_text("auth", source.auth, &block);
  add_text("region", source.default_region, &block);
  if (source.checkout_box_unticked) block += "checkout_box = \"unticked\"\n";
  if (!source.categories.empty()) block += "categories = " + toml_of(source.categories) + "\n";
  if (!source.columns.empty()) block += "columns = " + toml_of(source.columns) + "\n";
  const auto add_meaning = [&](std::string_view key, const std::string& value,
                               const std::string& usual_value) {
    if (value != usual_value) add_text(key, value, &block);
  };
  add_meaning("purpose_email", source.purpose_email, usual.purpose_email);
  add_meaning("purpose_sms", source.purpose_sms, usual.purpose_sms);
  add_meaning("purpose_whatsapp", source.purpose_whatsapp, usual.purpose_whatsapp);
  return with_block(text, source.name, block);
}

Result<std::string> with_destination(std::string_view text,
                                     const consent::DestinationConfig& destination) {
  std::string block =
      "[destination." + toml_of(destination.name) + "]\nkind = " + toml_of(destination.kind) + "\n";
  add_text("url", destination.url, &block);
  add_text("secret", destination.secret, &block);
  if (destination.role == consent::DestinationRole::processor) block += "role = \"processor\"\n";
  block += "purposes = " + toml_of(destination.purposes) + "\n";
  block += "attributes = " + toml_of(destination.attributes) + "\n";
  return with_block(text, destination.name, block);
}

std::string config_template(const NewConfig& config) {
  return "# The configuration of cdp. `cdp serve` refuses to start on a mistake here and says "
         "where\n"
         "# it is. Secrets are named, never written: cdp secret set NAME\n\n"
         "# Purposes, data map, retention and jurisdictions of a small shop. What stands below\n"
         "# refines it.\n"
         "pack = " +
         toml_of(config.pack) + "\n\n# Who decides why the data is used (GDPR Art. 4(7)).\n" +
         "controller = {name = " + toml_of(config.controller_name) +
         ", country = " + toml_of(config.controller_country) +
         ", contact = " + toml_of(config.controller_contact) + "}\n" + std::string(kExamples);
}

}  // namespace cdp::app
