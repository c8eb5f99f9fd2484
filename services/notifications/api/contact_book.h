// Auth's ResolveContacts as a ContactBook.
#pragma once

#include <memory>
#include <string>

#include "services/notifications/deps.h"

namespace quittance::rpc {
class Identity;
}

namespace quittance::notifications::api {

ContactBook MakeContactBook(const std::string& auth_target, rpc::Identity& identity);

}  // namespace quittance::notifications::api
