#include "identity/profile_reader.h"

#include "cdp/core/event/json.h"

namespace cdp::identity {

std::string ProfileReader::text(const PersonaDocument& document, std::string_view name) {
  if (const auto found = document.attributes.find(std::string(name));
      found != document.attributes.end()) {
    const auto parsed = json::Document::parse(open(found->second.json));
    if (!parsed) return {};
    if (const auto text = parsed->root().string()) return std::string(*text);
    return parsed->root().integer() ? parsed->root().minified() : std::string();
  }
  const auto& identifiers = document.identifiers;
  for (auto it = identifiers.rbegin(); it != identifiers.rend(); ++it) {
    if (it->type == name) return open(it->value);
  }
  return {};
}

}  // namespace cdp::identity
