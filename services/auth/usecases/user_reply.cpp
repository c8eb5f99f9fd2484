// Layout of a stored reply: the user's id as text (36 bytes), then the sealed message.
#include "services/auth/usecases/user_reply.h"

#include "common/core/check.h"
#include "services/auth/events.h"
#include "services/auth/store/users.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kIdBytes = 36;
constexpr std::string_view kColumn = "reply";

}  // namespace

db::Reply SealUserReply(const Vault& vault, const User& user, std::string_view wrapped_key) {
  const std::string id = user.facts.id.ToString();
  const std::string sealed = vault.SealForUser(user.facts.tenant, user.facts.id, wrapped_key, kColumn, events::UserReplyBytes(user));
  return {.bytes = id + sealed, .secret_bytes = {}};
}

db::Reply UserReplyOf(Deps& deps, db::Tx& tx, TenantId tenant, UserId user) {
  const auto stored = store::FindUser(tx, tenant, user);
  CHECK(stored.has_value());  // the caller holds its lock
  const User whole{stored->facts, deps.vault.OpenPersonal(tenant, user, stored->personal)};
  return SealUserReply(deps.vault, whole, stored->personal.wrapped_key);
}

Task<Result<db::Reply>> OpenUserReply(Deps& deps, TenantId tenant, db::Reply stored) {
  const auto user = UserId::Parse(std::string_view(stored.bytes).substr(0, kIdBytes), "reply");
  if (!user) throw Fault("a stored reply does not name its user");
  const auto key = co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { return store::FindUserKey(tx, tenant, *user); });
  if (!key) co_return Precondition(Reason::kUserUnknown, "the user of this reply was erased");
  stored.bytes = deps.vault.OpenForUser(tenant, *user, *key, kColumn, std::string_view(stored.bytes).substr(kIdBytes));
  co_return stored;
}

}  // namespace quittance::auth
