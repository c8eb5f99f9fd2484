// Access tokens: 30 minutes. `epoch` is the later of the subject's and the tenant's: a revocation of either one outdates the token.
#include "services/auth/usecases/token_pair.h"

#include <algorithm>

#include "services/auth/domain/scopes.h"

namespace quittance::auth {
namespace {

std::int64_t Seconds(Duration duration) { return std::chrono::duration_cast<std::chrono::seconds>(duration).count(); }

}  // namespace

TokenPair IssueTokens(Deps& deps, const Session& session, const UserFacts& user, const std::vector<std::string>& scopes,
                      std::int64_t tenant_epoch, const OpaqueToken& refresh, TimePoint now) {
  const TimePoint expires = now + kAccessTokenLife;
  return {.access_token = deps.signer.Sign({.tenant = user.tenant,
                                            .subject = user.id.ToString(),
                                            .session = session.id,
                                            .scopes = scopes,
                                            .roles = user.roles,
                                            .amr = session.amr,
                                            .authenticated = session.authenticated,
                                            .epoch = std::max(user.epoch, tenant_epoch),
                                            .jti = deps.ids.Next(),
                                            .issued = now,
                                            .expires = expires}),
          .refresh_token = Format(kRefreshTokenPrefix, refresh),
          .expires_in = Seconds(expires - now),
          .scope = JoinScopes(scopes)};
}

TokenPair IssueTokens(Deps& deps, const ServiceAccount& account, const std::vector<std::string>& scopes, std::int64_t tenant_epoch,
                      TimePoint now) {
  const TimePoint expires = TokenExpiry(account, now);
  return {.access_token = deps.signer.Sign({.tenant = account.tenant,
                                            .subject = account.id.ToString(),
                                            .session = std::nullopt,
                                            .scopes = scopes,
                                            .roles = {},
                                            .epoch = std::max(account.epoch, tenant_epoch),
                                            .jti = deps.ids.Next(),
                                            .issued = now,
                                            .expires = expires}),
          .refresh_token = "",
          .expires_in = Seconds(expires - now),
          .scope = JoinScopes(scopes)};
}

}  // namespace quittance::auth
