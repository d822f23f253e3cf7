#include "cdp/app/cli/kek_choice.h"

#include <fstream>
#include <iterator>

#include "cdp/app/cli/secret_input.h"

namespace cdp::app::cli {
namespace {

Result<crypto::Secret> read_passphrase(bool create, Invocation& call) {
  const std::string file = call.text("passphrase-file");
  if (!file.empty() && file != "-") return read_secret_file(file);
  if (file.empty() && !call.world().terminal_in) {
    return fail(ErrorCode::unauthenticated, "this directory is opened with a passphrase",
                "add --passphrase-file FILE, or --passphrase-file - and pipe it in");
  }
  CDP_TRY(auto first, read_secret_line(call.world(), "Passphrase"));
  if (!create || !call.world().terminal_in) return first;
  CDP_TRY(const auto second, read_secret_line(call.world(), "The same again"));
  if (!equal_constant_time(first.view(), second.view())) {
    return fail(ErrorCode::invalid_argument, "the two passphrases differ", "nothing was made");
  }
  return first;
}

}  // namespace

std::string to_json(const KekChoice& choice) {
  return JsonObject()
      .text("kind", choice.kind)
      .text("path", choice.path.string())
      .texts("argv", choice.argv)
      .done();
}

Result<KekChoice> parse_kek_choice(std::string_view text) {
  const auto bad = [] {
    return fail(ErrorCode::invalid_argument, "kek.json does not say how the keyring is opened",
                R"(write {"kind":"key_file","path":"/where/it/is"})");
  };
  const auto document = json::Document::parse(text);
  if (!document) return bad();
  KekChoice choice;
  choice.kind = std::string(document->root().text("kind").value_or(""));
  choice.path = std::string(document->root().text("path").value_or(""));
  if (const auto argv = document->root().get("argv")) {
    argv->each([&](json::Value word) {
      choice.argv.emplace_back(word.string().value_or(""));
      return true;
    });
  }
  const bool whole = choice.kind == "passphrase" ||
                     (choice.kind == "key_file" && choice.path.is_absolute()) ||
                     (choice.kind == "plugin" && !choice.argv.empty());
  if (!whole) return bad();
  return choice;
}

Result<KekChoice> read_kek_choice(const std::filesystem::path& directory) {
  std::ifstream in(directory / "kek.json", std::ios::binary);
  if (!in) {
    return fail(ErrorCode::not_found, "this is no data directory: there is no readable kek.json",
                "name one with --dir DIR, or make one with: cdp init DIR");
  }
  return parse_kek_choice(std::string(std::istreambuf_iterator<char>(in), {}));
}

Result<std::unique_ptr<crypto::KekProvider>> make_kek(const KekChoice& choice, bool create,
                                                      Invocation& call) {
  if (choice.kind == "key_file") return crypto::key_file_kek(choice.path, create);
  if (choice.kind == "plugin") return crypto::plugin_kek(choice.argv);
  CDP_TRY(auto passphrase, read_passphrase(create, call));
  return crypto::passphrase_kek(std::move(passphrase));
}

}  // namespace cdp::app::cli
