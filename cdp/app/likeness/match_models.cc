#include "cdp/app/likeness/match_models.h"

#include "cdp/core/crypto/seal.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::app {
namespace {

namespace match = identity::match;

constexpr const char* kMeta = "match_model";
// Above every weight that policy may name: what never links without a person.
constexpr std::int64_t kNeverBits = 100;

std::string version_of(const match::Model& model) {
  const std::string document = match::write_without_thresholds(model);
  const auto digest = crypto::sha256(as_bytes(document));
  return "fellegi-sunter-" + std::to_string(match::kModelVersion) + ":" +
         to_hex(ByteView(digest).first(8));
}

}  // namespace

Result<match::Config> match_config_of(const consent::MatchingConfig& matching) {
  match::Config config;
  for (const auto& [attribute, meaning] : matching.fields) {
    const auto kind = match::kind_of(meaning);
    if (kind) config.fields.push_back({attribute, *kind});
  }
  config.review_bits = static_cast<double>(matching.review);
  config.link_bits = static_cast<double>(matching.auto_link.value_or(matching.review + kNeverBits));
  CDP_CHECK(match::check(config));
  return config;
}

crypto::SealContext MatchModels::context() const {
  crypto::SealContext context;
  context.tenant = pipeline_.options().tenant;
  context.kind = kMeta;
  return context;
}

Result<std::optional<MatchModels::Stored>> MatchModels::load(
    const consent::MatchingConfig& matching) const {
  CDP_TRY(const auto sealed, pipeline_.services().ledger.meta(kMeta));
  if (sealed.empty()) return std::optional<Stored>();
  CDP_TRY(const auto plain, crypto::open(keyring_.request_key(), context(), sealed));
  CDP_TRY(auto model, match::read_model(as_text(plain)));
  CDP_TRY(const auto config, match_config_of(matching));
  if (model.config.fields != config.fields) {
    return fail(ErrorCode::unprocessable,
                "the model was trained on other fields than [identity.matching] names",
                "train it again: cdp match train --dir DIR");
  }
  model.config.review_bits = config.review_bits;
  model.config.link_bits = config.link_bits;
  std::string version = version_of(model);
  return std::optional(Stored{std::move(model), std::move(version)});
}

Result<MatchModels::Stored> MatchModels::save(match::Model model) {
  const std::string document = match::write(model);
  std::string version = version_of(model);
  Stored stored{std::move(model), std::move(version)};
  const Bytes sealed = crypto::seal(keyring_.request_key(), context(), as_bytes(document),
                                    pipeline_.services().random);
  CDP_CHECK(pipeline_.writer().run([&](BatchBuilder& builder) -> Result<void> {
    builder.batch().meta.emplace_back(kMeta, sealed);
    audit::Entry entry;
    entry.kind = "match_train";
    entry.at = pipeline_.services().clock.now();
    entry.fields["model"] = stored.version;
    entry.fields["records"] = static_cast<std::int64_t>(stored.model.trained_on);
    return builder.audit(entry);
  }));
  return stored;
}

}  // namespace cdp::app
