#include "cdp/app/cli/demo_search.h"

#include "cdp/app/cli/verb.h"

namespace cdp::app::cli {
namespace {

// Enough of a ciphertext to be nobody else's; a longer one may cross from page to page.
constexpr std::size_t kCiphertextBytes = 24;

Result<Token> token_of(Platform& platform, std::string_view type, std::string_view value) {
  const std::string text = JsonObject().text("type", type).text("value", value).done();
  CDP_TRY(const auto identifier, json::Document::parse(text));
  return identifier_token(identifier.root(), platform.pipeline().keyed());
}

Bytes bytes_of(ByteView view) { return {view.begin(), view.end()}; }

void add(std::vector<Bytes>& all, const std::vector<Bytes>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::uint64_t take(const std::vector<std::uint64_t>& hits, std::size_t& at, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += hits[at++];
  return sum;
}

}  // namespace

Result<DemoTraces> traces_of(Platform& platform, const DemoPerson& person) {
  DemoTraces traces;
  CDP_TRY(const Token email, token_of(platform, "email", person.email));
  CDP_TRY(const Token phone, token_of(platform, "phone", person.phone));
  traces.blind_indexes = {bytes_of(email), bytes_of(phone)};
  for (const auto& text : {person.email, person.phone, person.last_name})
    traces.plain.push_back(bytes_of(as_bytes(text)));
  CDP_TRY(const auto profile, platform.pipeline().live().profile_by_identifier(email));
  if (!profile) return fail(ErrorCode::not_found, "nobody is known by that address");
  for (const auto& member : profile->members) {
    CDP_TRY(const auto key, platform.stores().keys().get(member.persona));
    if (!key) continue;
    traces.blind_indexes.push_back(bytes_of(key->persona_token));
    traces.wrapped_keys.push_back(key->wrapped);
    const Position head = platform.pipeline().live().head(member.persona);
    CDP_TRY(const auto record, platform.stores().ledger().get(head));
    if (record && record->body.size() >= kCiphertextBytes) {
      traces.ciphertexts.push_back(bytes_of(ByteView(record->body).first(kCiphertextBytes)));
    }
  }
  return traces;
}

Result<DemoHits> search_pages(Platform& platform, const DemoTraces& traces,
                              const DemoTraces& control) {
  auto& stores = platform.stores();
  CDP_CHECK(platform.pipeline().fold().settle());
  platform.pipeline().fold().flush_now();
  CDP_CHECK(stores.keys().truncate_wal());
  CDP_CHECK(stores.ledger().truncate_wal());
  CDP_CHECK(stores.state().truncate_wal());
  std::vector<Bytes> needles;
  add(needles, traces.blind_indexes);
  add(needles, traces.wrapped_keys);
  add(needles, traces.ciphertexts);
  add(needles, traces.plain);
  add(needles, control.wrapped_keys);
  Result<std::vector<std::uint64_t>> found = std::vector<std::uint64_t>();
  platform.pipeline().fold().without_checkpoints([&] { found = stores.find_bytes(needles); });
  CDP_TRY(const auto hits, std::move(found));
  DemoHits out;
  std::size_t at = 0;
  out.blind_indexes = take(hits, at, traces.blind_indexes.size());
  out.wrapped_keys = take(hits, at, traces.wrapped_keys.size());
  out.ciphertexts = take(hits, at, traces.ciphertexts.size());
  out.plain = take(hits, at, traces.plain.size());
  out.control = take(hits, at, control.wrapped_keys.size());
  return out;
}

}  // namespace cdp::app::cli
