#include <shared_mutex>

#include "cdp/core/store/sqlcipher/file.h"

namespace cdp::store::sqlcipher {
namespace {

KeyRow row_of(const Statement& row) {
  return KeyRow{.ordinal = PersonaOrdinal(row.number_at(0)),
                .persona = PersonaId(row.token_at(1)),
                .persona_token = row.token_at(2),
                .epoch = static_cast<std::uint32_t>(row.number_at(3)),
                .wrapped = row.bytes_at(4),
                .check = row.bytes_at(5)};
}

constexpr const char* kGet =
    "SELECT ordinal, persona, token, epoch, wrapped, check_value FROM persona_key "
    "WHERE ordinal = ?1";

Result<std::optional<KeyRow>> get_row(Connection& connection, PersonaOrdinal ordinal) {
  CDP_TRY(Statement select, connection.prepare(kGet));
  CDP_TRY(const bool found, select.number(1, ordinal.value()).step());
  if (!found) return std::optional<KeyRow>();
  return std::optional<KeyRow>(row_of(select));
}

using TokenMap = std::unordered_map<Token, PersonaOrdinal, TokenHash>;

// Tokens are unique by this map, not by an index: an index in random order would dirty a page per
// new persona on the ack path. The fence makes the map's owner the only writer.
Result<TokenMap> load_tokens(Connection& connection) {
  TokenMap tokens;
  CDP_TRY(Statement select, connection.prepare("SELECT token, ordinal FROM persona_key"));
  for (;;) {
    CDP_TRY(const bool found, select.step());
    if (!found) return tokens;
    tokens.emplace(select.token_at(0), PersonaOrdinal(select.number_at(1)));
  }
}

class SqlcipherKeyStore final : public OnFile<KeyStore> {
 public:
  using OnFile::OnFile;

  Result<void> load() {
    CDP_TRY(TokenMap tokens, file_->read(load_tokens));
    const std::unique_lock lock(tokens_mutex_);
    tokens_ = std::move(tokens);
    return {};
  }

  Result<std::vector<KeyRow>> put_if_absent(std::vector<KeyRow> rows, Fence fence) override {
    TokenMap added;
    CDP_CHECK(file_->write(fence, [&](Connection& connection) -> Result<void> {
      added.clear();
      CDP_CHECK(reload_if_reopened(connection));
      for (KeyRow& row : rows) CDP_CHECK(put_one(connection, &row, &added));
      return {};
    }));
    const std::unique_lock lock(tokens_mutex_);
    tokens_.merge(added);
    return rows;
  }

  std::optional<PersonaOrdinal> find(const Token& persona_token) const override {
    const std::shared_lock lock(tokens_mutex_);
    const auto found = tokens_.find(persona_token);
    if (found == tokens_.end()) return std::nullopt;
    return found->second;
  }

  Result<std::optional<KeyRow>> get(PersonaOrdinal ordinal) const override {
    return file_->read([&](Connection& connection) { return get_row(connection, ordinal); });
  }

  Result<void> rewrap(std::span<const KeyRow> rows, Fence fence) override {
    return file_->write(fence, [&](Connection& connection) -> Result<void> {
      for (const KeyRow& row : rows) {
        CDP_TRY(Statement update,
                connection.prepare("UPDATE persona_key SET epoch = ?2, wrapped = ?3, "
                                   "check_value = ?4 WHERE ordinal = ?1"));
        CDP_CHECK(update.number(1, row.ordinal.value())
                      .number(2, row.epoch)
                      .blob(3, row.wrapped)
                      .blob(4, row.check)
                      .run());
      }
      return {};
    });
  }

  Result<void> destroy(std::span<const PersonaOrdinal> ordinals, Fence fence) override {
    std::vector<Token> gone;
    CDP_CHECK(file_->write(fence, [&](Connection& connection) -> Result<void> {
      gone.clear();
      CDP_CHECK(reload_if_reopened(connection));
      for (const PersonaOrdinal ordinal : ordinals) {
        CDP_TRY(Statement remove, connection.prepare("DELETE FROM persona_key WHERE ordinal = ?1 "
                                                     "RETURNING token"));
        CDP_TRY(const bool found, remove.number(1, ordinal.value()).step());
        if (!found) continue;
        gone.push_back(remove.token_at(0));
        CDP_CHECK(remove.step());
      }
      return {};
    }));
    {
      const std::unique_lock lock(tokens_mutex_);
      for (const Token& token : gone) tokens_.erase(token);
    }
    return file_->truncate_wal();
  }

  Result<void> each(const std::function<bool(const KeyRow&)>& row) const override {
    std::uint64_t after = 0;
    return in_groups<KeyRow>(
        *file_,
        [&](Connection& connection, std::vector<KeyRow>* rows) -> Result<void> {
          CDP_TRY(
              Statement select,
              connection.prepare("SELECT ordinal, persona, token, epoch, wrapped, check_value "
                                 "FROM persona_key WHERE ordinal > ?1 ORDER BY ordinal LIMIT ?2"));
          select.number(1, after).integer(2, kRowsPerSnapshot);
          for (;;) {
            CDP_TRY(const bool found, select.step());
            if (!found) return {};
            rows->push_back(row_of(select));
            after = rows->back().ordinal.value();
          }
        },
        row);
  }

  std::size_t size() const override {
    const std::shared_lock lock(tokens_mutex_);
    return tokens_.size();
  }

 private:
  // With the write mutex held: a commit that failed may have lasted all the same.
  Result<void> reload_if_reopened(Connection& connection) {
    if (loaded_generation_ == file_->generation()) return {};
    CDP_TRY(TokenMap tokens, load_tokens(connection));
    const std::unique_lock lock(tokens_mutex_);
    tokens_ = std::move(tokens);
    loaded_generation_ = file_->generation();
    return {};
  }

  // Turns *row into the one that is stored.
  Result<void> put_one(Connection& connection, KeyRow* row, TokenMap* added) const {
    std::optional<PersonaOrdinal> winner = find(row->persona_token);
    if (const auto ours = added->find(row->persona_token); ours != added->end()) {
      winner = ours->second;
    }
    if (winner) {
      CDP_TRY(const auto stored, get_row(connection, *winner));
      if (!stored) return fail(ErrorCode::corrupt, "a persona key is missing from its file");
      *row = *stored;
      return {};
    }
    CDP_TRY(Statement insert,
            connection.prepare("INSERT INTO persona_key (persona, token, epoch, wrapped, "
                               "check_value) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING ordinal"));
    CDP_CHECK(insert.blob(1, row->persona.bytes())
                  .blob(2, row->persona_token)
                  .number(3, row->epoch)
                  .blob(4, row->wrapped)
                  .blob(5, row->check)
                  .step());
    row->ordinal = PersonaOrdinal(insert.number_at(0));
    CDP_CHECK(insert.step());
    added->emplace(row->persona_token, row->ordinal);
    return {};
  }
  mutable std::shared_mutex tokens_mutex_;
  TokenMap tokens_;
  std::uint64_t loaded_generation_ = 0;  // changes under the file's write mutex only
};

}  // namespace

Result<std::unique_ptr<KeyStore>> open_key_store(const FileSpec& spec) {
  CDP_TRY(auto file, File::open(spec, Profile{.cache_kib = 8'192}, keys_migrations()));
  auto store = std::make_unique<SqlcipherKeyStore>(std::move(file));
  CDP_CHECK(store->load());
  return std::unique_ptr<KeyStore>(std::move(store));
}

}  // namespace cdp::store::sqlcipher
