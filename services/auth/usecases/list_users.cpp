// ListUsers: by creation, or the one with an address or an external id (by its keyed hash: there is no search inside a ciphertext).
#include "services/auth/domain/contact.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/manage_users.h"

namespace quittance::auth {

Task<Result<UserList>> ListUsers(Deps& deps, ListUsersQuery query) {
  const auto page = ParsePage(query.page_size, query.page_token);
  if (!page) co_return page.error();
  const TenantId tenant = query.caller.tenant;
  store::UserFilter filter;
  if (!query.email.empty()) {
    const auto email = ParseEmail(query.email, "email");
    if (!email) co_return email.error();
    filter.email_index = deps.vault.EmailIndex(tenant, *email);
  }
  if (!query.external_id.empty()) filter.external_id_index = deps.vault.ExternalIdIndex(tenant, query.external_id);
  const auto stored =
      co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { return store::ListUsers(tx, tenant, filter, *page); });
  UserList list;
  for (const store::StoredUser& user : stored) {
    const bool erased = user.facts.status == UserStatus::kErased;
    list.users.push_back({user.facts, erased ? Personal{} : deps.vault.OpenPersonal(tenant, user.facts.id, user.personal)});
  }
  if (!stored.empty()) list.next_page_token = NextPageToken(*page, stored.size(), stored.back().facts.id.uuid);
  co_return list;
}

}  // namespace quittance::auth
