// The cache of decrypted settings and the use cases over them.
#include "common/settings/settings.h"

#include <mutex>
#include <unordered_map>

#include "common/audit/audit.h"
#include "common/core/text.h"
#include "common/crypto/random.h"
#include "common/db/connection.h"
#include "common/settings/store.h"
#include "common/settings/views.h"

namespace quittance::settings {
namespace {

constexpr std::size_t kCachedTenantsMax = 10'000;
constexpr std::size_t kKeyLengthMax = 160;
constexpr std::size_t kShownFrom = 12;  // a shorter secret shows nothing of itself

// What may be stored under a key, before any database is asked.
Result<void> CheckPut(const Key* row, const PutSettingCommand& command) {
  if (row == nullptr) return InvalidField("key", "must be a key that this service knows");
  if (command.value.empty() || command.value.size() > kValueBytesMax) return InvalidField("value", "must be 1 to 8192 bytes");
  auto text = CheckText(command.value, "value", 1, kValueBytesMax, true);
  if (!text.ok()) return text;
  if (row->check) {
    if (auto rule = row->check(command.value)) return InvalidField("value", *rule);
  }
  return {};
}

}  // namespace

std::string Etag(std::int64_t version) { return "\"" + std::to_string(version) + "\""; }

View ToView(const Key& row, const store::Stored& stored) {
  View view;
  view.key = stored.key;
  view.is_set = true;
  view.secret = row.secret;
  if (!row.secret) view.value = stored.value;
  if (row.secret && stored.value.size() >= kShownFrom) view.last_four = stored.value.substr(stored.value.size() - 4);
  view.key_id = stored.key_id;
  view.updated_by = stored.updated_by;
  view.updated_at = stored.updated_at;
  view.version = stored.version;
  view.etag = Etag(stored.version);
  return view;
}

View UnsetView(const Key& row, const std::string& key) {
  View unset;
  unset.key = key;
  unset.secret = row.secret;
  return unset;
}

Error EtagMismatch() { return Error{Code::kAborted, Reason::kEtagMismatch, "the setting changed since it was read: read it again"}; }

struct Settings::Impl {
  struct Cached {
    std::shared_ptr<const Snapshot> snapshot;
    SteadyTime read;
  };

  std::vector<Key> table;
  db::Database& db;
  std::shared_ptr<const crypto::Keyring> keyring;
  std::mutex mutex;
  std::unordered_map<TenantId, Cached> cache;
  std::uint64_t forgotten = 0;  // rises with Forget: what was read before it is not cached after it

  std::shared_ptr<const Snapshot> Find(TenantId tenant, std::uint64_t& seen) {
    std::lock_guard lock(mutex);
    seen = forgotten;
    const auto found = cache.find(tenant);
    if (found == cache.end() || found->second.read + kCacheAge < std::chrono::steady_clock::now()) return nullptr;
    return found->second.snapshot;
  }

  void Keep(TenantId tenant, std::shared_ptr<const Snapshot> snapshot, SteadyTime read, std::uint64_t seen) {
    std::lock_guard lock(mutex);
    if (seen != forgotten) return;
    if (cache.size() >= kCachedTenantsMax) cache.clear();
    cache[tenant] = {std::move(snapshot), read};
  }
};

Settings::Settings(std::vector<Key> table, db::Database& db, std::shared_ptr<const crypto::Keyring> keyring)
    : impl_(new Impl{std::move(table), db, std::move(keyring), {}, {}, 0}) {}

Settings::~Settings() = default;

const std::vector<Key>& Settings::table() const { return impl_->table; }

std::shared_ptr<const crypto::Keyring> Settings::impl_keyring() const { return impl_->keyring; }

void Settings::Forget(TenantId tenant) {
  std::lock_guard lock(impl_->mutex);
  ++impl_->forgotten;
  impl_->cache.erase(tenant);
}

Task<std::shared_ptr<const Snapshot>> Settings::For(TenantId tenant) {
  Impl& impl = *impl_;
  std::uint64_t seen = 0;
  auto cached = impl.Find(tenant, seen);
  if (cached) co_return cached;
  const SteadyTime read = std::chrono::steady_clock::now();
  auto fresh = std::make_shared<Snapshot>();
  auto stored =
      co_await impl.db.Transact(db::Scope::Of(tenant), [&impl, tenant](db::Tx& tx) { return store::List(tx, tenant, *impl.keyring); });
  for (auto& row : stored) fresh->values.emplace(std::move(row.key), std::move(row.value));
  impl.Keep(tenant, fresh, read, seen);
  co_return fresh;
}

namespace {

// What says where money goes is changed by two persons: the value waits.
db::Reply Propose(db::Tx& tx, const Key& row, const store::Stored& standing, const PutSettingCommand& command,
                  const crypto::Keyring& keyring, const Change& change, const Encode& encode) {
  const TenantId tenant = command.caller.tenant;
  store::PutChange(tx, tenant, keyring, change, command.value, standing.version);
  audit::Append(
      tx,
      {tenant, change.propose_time, command.cause, "ProposePutSetting", command.key, "{\"change\":\"" + change.id.ToString() + "\"}", {}});
  auto view = ToView(row, standing);
  view.pending = change;
  db::Reply reply;
  reply.bytes = encode(view);
  return reply;
}

}  // namespace

Task<Result<db::Reply>> PutSetting(Settings& settings, db::Database& db, PutSettingCommand command, TimePoint now, Encode encode) {
  const Key* row = FindKey(settings.table(), command.key);
  auto checked = CheckPut(row, command);
  if (!checked.ok()) co_return checked.error();
  const TenantId tenant = command.caller.tenant;
  const auto keyring = settings.impl().keyring;
  crypto::RandomIds ids;
  const Change change{ids.New<ChangeId>(), command.key, false, command.caller.subject, now};
  auto put = [&](db::Tx& tx) -> Result<db::Reply> {
    const std::int64_t version = command.etag.empty() && !row->guarded ? 0 : store::LockVersion(tx, tenant, command.key);
    if (!command.etag.empty() && (version == 0 || Etag(version) != command.etag)) return EtagMismatch();
    if (row->guarded && version != 0) {
      const auto standing = *store::Find(tx, tenant, *keyring, command.key);
      if (standing.value != command.value) return Propose(tx, *row, standing, command, *keyring, change, encode);
    }
    const auto stored = store::Put(tx, tenant, *keyring, command.key, command.value, command.caller.subject, now);
    // Of two first puts at once the slower one sees, the second time, what it would have written over.
    if (row->guarded && version == 0 && stored.version != 1) throw db::RetryTransaction("the setting was put meanwhile");
    audit::Append(tx, {tenant, now, command.cause, "PutSetting", command.key, "{\"version\":" + std::to_string(stored.version) + "}", {}});
    tx.OnCommit([&settings, tenant] { settings.Forget(tenant); });
    db::Reply reply;
    reply.bytes = encode(ToView(*row, stored));
    return reply;
  };
  auto reply = co_await db.Once(db::Scope::Of(tenant), command.once, put);
  co_return reply;
}

Task<Result<View>> GetSetting(Settings& settings, db::Database& db, Caller caller, std::string key) {
  const Key* row = key.size() <= kKeyLengthMax ? FindKey(settings.table(), key) : nullptr;
  if (row == nullptr) co_return NotFound("key");
  const auto keyring = settings.impl().keyring;
  auto stored =
      co_await db.Transact(db::Scope::Of(caller.tenant), [&](db::Tx& tx) { return store::Find(tx, caller.tenant, *keyring, key); });
  if (stored) co_return ToView(*row, *stored);
  co_return UnsetView(*row, key);
}

Task<Result<std::vector<View>>> ListSettings(Settings& settings, db::Database& db, Caller caller, std::string prefix) {
  if (prefix.size() > kKeyLengthMax) co_return InvalidField("prefix", "must be 160 characters at most");
  const auto keyring = settings.impl().keyring;
  auto stored =
      co_await db.Transact(db::Scope::Of(caller.tenant), [&](db::Tx& tx) { return store::List(tx, caller.tenant, *keyring, prefix); });
  std::vector<View> views;
  for (const auto& one : stored) {
    // A key of a former version of this service is not shown: nobody could say whether it is a secret.
    if (const Key* row = FindKey(settings.table(), one.key)) views.push_back(ToView(*row, one));
  }
  co_return views;
}

}  // namespace quittance::settings
