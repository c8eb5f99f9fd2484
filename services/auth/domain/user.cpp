// Rules of a user's fields.
#include "services/auth/domain/user.h"

#include "common/core/check.h"
#include "services/auth/domain/contact.h"

namespace quittance::auth {

std::string_view Name(UserStatus status) {
  switch (status) {
    case UserStatus::kActive:
      return "active";
    case UserStatus::kFrozen:
      return "frozen";
    case UserStatus::kErased:
      return "erased";
  }
  return "";
}

UserStatus ParseUserStatus(std::string_view name) {
  if (name == "active") return UserStatus::kActive;
  if (name == "frozen") return UserStatus::kFrozen;
  CHECK(name == "erased");
  return UserStatus::kErased;
}

Result<Personal> ParsePersonal(const Personal& wanted) {
  Personal personal;
  if (!wanted.email.empty()) {
    auto email = ParseEmail(wanted.email, "email");
    if (!email) return email.error();
    personal.email = *email;
  }
  if (!wanted.phone.empty()) {
    auto phone = ParsePhone(wanted.phone, "phone");
    if (!phone) return phone.error();
    personal.phone = *phone;
  }
  if (!wanted.external_id.empty()) {
    auto external_id = ParseExternalId(wanted.external_id, "external_id");
    if (!external_id) return external_id.error();
    personal.external_id = *external_id;
  }
  return personal;
}

}  // namespace quittance::auth
