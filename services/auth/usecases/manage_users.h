// What operators do with users, and people with their own account: roles, freezing, lists, one's own fields.
// Invariant: whoever loses a right loses their sessions with it; a tenant that has an admin keeps one; nobody gives a role that opens more
// than they hold.
#pragma once

#include "common/core/caller.h"
#include "common/core/page.h"
#include "services/auth/deps.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

struct UserCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string user_id;
};

struct SetUserRolesCommand {
  UserCommand user;
  std::vector<std::string> roles;  // all of them
};
Task<Result<db::Reply>> SetUserRoles(Deps& deps, SetUserRolesCommand command);

// Twice is once. FAILED_PRECONDITION for the last admin, and for somebody who was erased.
Task<Result<db::Reply>> FreezeUser(Deps& deps, UserCommand command);
Task<Result<db::Reply>> UnfreezeUser(Deps& deps, UserCommand command);

struct UserList {
  std::vector<User> users;  // by creation
  std::string next_page_token;
};
struct ListUsersQuery {
  Caller caller;
  std::int32_t page_size = 0;
  std::string page_token;
  std::string email;        // exactly this address
  std::string external_id;  // exactly this id
};
Task<Result<UserList>> ListUsers(Deps& deps, ListUsersQuery query);

struct UpdateMeCommand {
  UserCommand user;
  std::optional<std::string> locale;
  std::optional<std::string> phone;  // empty: taken away
};
Task<Result<db::Reply>> UpdateMe(Deps& deps, UpdateMeCommand command);

}  // namespace quittance::auth
