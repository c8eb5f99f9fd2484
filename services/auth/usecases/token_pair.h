// The tokens a login, a refresh or an exchange answers with.
#pragma once

#include "services/auth/deps.h"
#include "services/auth/domain/service_account.h"
#include "services/auth/domain/session.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

struct TokenPair {
  std::string access_token;
  std::string refresh_token;  // empty for service accounts
  std::int64_t expires_in = 0;
  std::string scope;
};

// Of a person: `scopes` are those of the session that the person still holds.
TokenPair IssueTokens(Deps& deps, const Session& session, const UserFacts& user, const std::vector<std::string>& scopes,
                      std::int64_t tenant_epoch, const OpaqueToken& refresh, TimePoint now);

// Of a machine: no refresh token, never longer than the account.
TokenPair IssueTokens(Deps& deps, const ServiceAccount& account, const std::vector<std::string>& scopes, std::int64_t tenant_epoch,
                      TimePoint now);

}  // namespace quittance::auth
