// The plug-in seam, with shell scripts for plug-ins. Swapping the case of base64 stands for an
// encryption: the result is base64 again, of other bytes.
#include <sys/stat.h>

#include <fstream>

#include "cdp/core/crypto/keyring.h"
#include "tests/support/reference_data.h"
#include "tests/support/temp_directory.h"

namespace cdp::crypto {
namespace {

constexpr const char* kPlugin = R"sh(#!/bin/sh
read -r request
echo "$request" >> "$(dirname "$0")/asked"
field() { printf '%s' "$request" | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
swap_case() { tr 'A-Za-z' 'a-zA-Z'; }
case "$request" in
  *'"op":"wrap"'*)
    printf '{"key_id":"key one","ciphertext":"%s"}' "$(field plaintext | swap_case)" ;;
  *'"op":"unwrap"'*)
    [ "$(field key_id)" = "key one" ] || exit 3
    printf '{"plaintext":"%s"}' "$(field ciphertext | swap_case)" ;;
esac
)sh";

class PluginKeks : public ::testing::Test {
 protected:
  std::unique_ptr<KekProvider> plugin(const std::string& script) {
    const auto file = directory_ / ("plugin" + std::to_string(++scripts_));
    std::ofstream(file) << script;
    EXPECT_EQ(::chmod(file.c_str(), 0700), 0);
    return plugin_kek({file.string()});
  }
  ErrorCode create_error(KekProvider& kek) {
    const auto made = Keyring::create(file_, kek, random_);
    EXPECT_FALSE(std::filesystem::exists(file_));
    return made ? ErrorCode::internal : made.error().code;
  }

  testing::TempDirectory directory_;
  std::filesystem::path file_ = directory_ / "keyring";
  SeededRandom random_{4};
  int scripts_ = 0;
};

TEST_F(PluginKeks, WrapAndUnwrapTheRootKey) {
  const auto kek = plugin(kPlugin);
  const auto made = Keyring::create(file_, *kek, random_);
  ASSERT_TRUE(made) << made.error().what;
  const auto loaded = Keyring::load(file_, *kek);
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_TRUE(equal_constant_time(made->audit_seed(), loaded->audit_seed()));
  EXPECT_EQ(Keyring::kek_kind(file_).value(), "plugin");
  const std::string asked = testing::read_text(directory_ / "asked");
  EXPECT_NE(asked.find(R"({"op":"unwrap","key_id":"key one")"), std::string::npos);
  EXPECT_NE(testing::read_text(file_).find("key one"), std::string::npos);
}

TEST_F(PluginKeks, AreRefusedWhenTheyGiveAnotherKey) {
  ASSERT_TRUE(Keyring::create(file_, *plugin(kPlugin), random_));
  const auto wrong = plugin("#!/bin/sh\nread -r x\nprintf '{\"plaintext\":\"" +
                            to_base64(Bytes(32, 7)) + "\"}'\n");
  EXPECT_EQ(Keyring::load(file_, *wrong).error().code, ErrorCode::unauthenticated);
  const auto brief =
      plugin("#!/bin/sh\nread -r x\nprintf '{\"plaintext\":\"" + to_base64(Bytes(3, 7)) + "\"}'\n");
  EXPECT_EQ(Keyring::load(file_, *brief).error().code, ErrorCode::unauthenticated);
}

TEST_F(PluginKeks, AreNeverSearchedFor) {
  EXPECT_EQ(create_error(*plugin_kek({"true"})), ErrorCode::invalid_argument);
  EXPECT_EQ(create_error(*plugin_kek({"./plugin"})), ErrorCode::invalid_argument);
  EXPECT_EQ(create_error(*plugin_kek({})), ErrorCode::invalid_argument);
}

TEST_F(PluginKeks, ThatFailGiveAClearError) {
  EXPECT_EQ(create_error(*plugin_kek({"/nonexistent/plugin"})), ErrorCode::unavailable);
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\nexit 1\n")), ErrorCode::unavailable);
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\nkill -9 $$\n")), ErrorCode::unavailable);
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\nexit 0\n")), ErrorCode::unavailable);
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\necho not json\n")), ErrorCode::unavailable);
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\necho '[]'\n")), ErrorCode::unavailable);
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\necho '{\"key_id\":1,\"ciphertext\":\"AAAA\"}'\n")),
            ErrorCode::unavailable);
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\necho '{\"key_id\":\"k\",\"ciphertext\":\"?\"}'\n")),
            ErrorCode::unavailable);
}

TEST_F(PluginKeks, ThatNeverStopTalkingAreStopped) {
  EXPECT_EQ(create_error(*plugin("#!/bin/sh\nexec yes\n")), ErrorCode::unavailable);
}

}  // namespace
}  // namespace cdp::crypto
