#include "tests/bench/bench_directory.h"

#include <fstream>

#include "cdp/core/crypto/keyring.h"

namespace cdp::bench {
namespace {

constexpr const char* kConfig = R"toml(pack = "shop-eu@1"
controller = {name = "Bench", country = "DE", contact = "privacy@shop.example"}

[source.web]
kind = "segment"
trust = "server"
categories = {"Personalisation" = "personalize.content", "Newsletter" = "marketing.communications.email"}
)toml";

std::filesystem::path key_file(const std::filesystem::path& directory) {
  return directory / "bench.key";
}

}  // namespace

Result<BenchDirectory> BenchDirectory::make(const std::filesystem::path& path) {
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  std::ofstream(path / "cdp.toml") << kConfig;
  CDP_CHECK(crypto::initialise());
  SystemRandom random;
  const auto kek = crypto::key_file_kek(key_file(path), true);
  CDP_CHECK(crypto::Keyring::create(path / "keyring", *kek, random));
  return BenchDirectory(path);
}

std::uintmax_t BenchDirectory::bytes() const {
  std::uintmax_t sum = 0;
  for (const char* name : {"keys.db", "ledger.db", "state.db"}) {
    for (const char* suffix : {"", "-wal"}) {
      std::error_code absent;
      const auto size = std::filesystem::file_size(path_ / (std::string(name) + suffix), absent);
      if (!absent) sum += size;
    }
  }
  return sum;
}

Result<std::unique_ptr<app::Platform>> BenchWorld::open(const BenchDirectory& directory) {
  const auto kek = crypto::key_file_kek(key_file(directory.path()), false);
  app::PlatformOptions options;
  options.directory = directory.path();
  return app::Platform::open(options, *kek, {clock, random, logger, metrics});
}

}  // namespace cdp::bench
