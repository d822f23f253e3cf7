// cdp secret set NAME: a secret into the keyring, from standard input.

#include "cdp/app/cli/caller.h"
#include "cdp/app/cli/kek_choice.h"
#include "cdp/app/cli/secret_input.h"
#include "cdp/app/cli/verbs.h"
#include "cdp/app/wiring.h"

namespace cdp::app::cli {
namespace {

// Standard Webhooks: "whsec_" and 24 to 64 random bytes.
constexpr std::size_t kGeneratedBytes = 32;

// Without a server: into the keyring alone. A cdp.toml may name a secret before it is there, and
// then the platform would not open.
Result<void> set_in_directory(Invocation& call, const std::string& name, crypto::Secret value) {
  CDP_CHECK(crypto::initialise());
  call.configuration_at_fault();
  CDP_TRY(const auto choice, read_kek_choice(call.directory()));
  CDP_TRY(const auto kek, make_kek(choice, false, call));
  call.configuration_is_good();
  CDP_TRY(auto keyring, crypto::Keyring::load(call.directory() / "keyring", *kek));
  // Held for its lock: one process a directory.
  CDP_TRY(const auto stores,
          store::Directory::open(call.directory(), keyring, "", {.vfs = "", .keep_state = true}));
  keyring.set_secret(name, std::move(value));
  return keyring.save(call.world().random);
}

Result<crypto::Secret> new_value(Invocation& call, std::string* shown) {
  CDP_CHECK(crypto::initialise());
  if (!call.has("generate")) {
    if (call.text("passphrase-file") == "-") {
      return fail(ErrorCode::invalid_argument, "the value itself comes from standard input",
                  "give the passphrase as a file");
    }
    return read_secret_line(call.world(), "Value of " + call.text("NAME"));
  }
  const auto random = crypto::Secret::random(call.world().random, kGeneratedBytes);
  *shown = "whsec_" + to_base64(random.view());
  return crypto::Secret::copy_of(as_bytes(*shown));
}

Result<void> run(Invocation& call) {
  const std::string name = call.text("NAME");
  std::string shown;
  CDP_TRY(auto value, new_value(call, &shown));
  if (server_answers(call.directory())) {
    const std::string body =
        JsonObject().text("name", name).text("value", as_text(value.view())).done();
    CDP_CHECK(call.ask("POST", "/admin/secrets", body));
  } else {
    CDP_CHECK(set_in_directory(call, name, std::move(value)));
  }
  if (call.json()) {
    call.screen().line(JsonObject().text("secret", name).text("value", shown).done());
    return {};
  }
  call.screen().line("secret " + name + " is in the keyring");
  if (!shown.empty()) call.screen().line("value: " + call.screen().bold(shown) + " (shown once)");
  return {};
}

}  // namespace

Verb secret_verb() {
  using K = Option::Kind;
  return {"secret set",
          "store a secret under a name; the value is read from standard input",
          {{"NAME", K::positional, "the name that cdp.toml uses", true, ""},
           {"generate", K::flag, "make a Standard Webhooks secret and show it once", false, ""}},
          run};
}

}  // namespace cdp::app::cli
