// ResolveContacts: one query in the scope of the tenant that is asked about.
#include "services/auth/usecases/resolve_contacts.h"

#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"

namespace quittance::auth {
namespace {

Result<std::vector<UserId>> ParseIds(const std::vector<std::string>& texts) {
  if (texts.size() > kContactsMax) return InvalidField("user_ids", "must hold at most 200 ids");
  std::vector<UserId> ids;
  for (const std::string& text : texts) {
    const auto id = UserId::Parse(text, "user_ids");
    if (!id) return id.error();
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace

Task<Result<std::vector<Contact>>> ResolveContacts(Deps& deps, ResolveContactsQuery query) {
  const auto tenant = TenantId::Parse(query.tenant_id, "tenant_id");
  if (!tenant) co_return tenant.error();
  const auto ids = ParseIds(query.user_ids);
  if (!ids) co_return ids.error();

  std::string time_zone;
  std::vector<store::StoredUser> stored;
  co_await deps.db.Transact(db::Scope::Of(*tenant), [&](db::Tx& tx) {
    const auto row = store::FindTenant(tx, *tenant);
    time_zone = row ? row->time_zone : "UTC";
    stored = store::FindUsers(tx, *tenant, *ids);
  });
  std::vector<Contact> contacts;
  for (const store::StoredUser& user : stored) {
    contacts.push_back({user.facts, deps.vault.OpenPersonal(*tenant, user.facts.id, user.personal), time_zone});
  }
  co_return contacts;
}

}  // namespace quittance::auth
