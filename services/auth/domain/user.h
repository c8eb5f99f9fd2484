// A user: facts that may travel, and what is personal, apart. Invariant: events and logs are made from UserFacts alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::auth {

enum class UserStatus { kActive, kFrozen, kErased };

struct UserFacts {
  TenantId tenant;
  UserId id;
  UserStatus status = UserStatus::kActive;
  std::string locale;
  bool email_verified = false;
  std::vector<std::string> roles;  // sorted
  std::int64_t epoch = 0;
  std::int64_t version = 1;
  TimePoint created{};
  TimePoint updated{};
};

// In memory only; empty where there is none.
struct Personal {
  std::string email;
  std::string phone;
  std::string external_id;
};

struct User {
  UserFacts facts;
  Personal personal;
};

// What is stored of Personal: ciphertexts under the user's own key, and keyed hashes to look up by.
struct SealedPersonal {
  std::string wrapped_key;
  std::optional<std::string> email, phone, external_id;
  std::optional<std::string> email_index, external_id_index;
};

std::string_view Name(UserStatus status);
UserStatus ParseUserStatus(std::string_view name);  // of a stored row: anything else is a bug

// Checks each field that is given.
Result<Personal> ParsePersonal(const Personal& wanted);

}  // namespace quittance::auth
