// Rows of sms_codes. Invariant: a try is counted before it is judged, and a code is used up by one statement that says so.
#pragma once

#include <optional>

#include "common/db/tx.h"
#include "services/auth/domain/factor.h"

namespace quittance::auth::store {

struct SmsCode {
  TenantId tenant;
  Uuid id;
  UserId user;
  FactorId factor;
  std::optional<Uuid> challenge;  // none: of the enrolment
  std::string code_hash;
  int tries = 0;
  TimePoint created{};
  TimePoint expires{};
};

void InsertSmsCode(db::Tx& tx, const SmsCode& code);
int CountSmsCodes(db::Tx& tx, TenantId tenant, UserId user, TimePoint since);
// The newest of this factor, if it was sent for this challenge (or enrolment) and is not used; locked.
std::optional<SmsCode> LockSmsCode(db::Tx& tx, TenantId tenant, UserId user, FactorId factor, const std::optional<Uuid>& challenge);
void CountSmsTry(db::Tx& tx, const SmsCode& code);
void SpendSmsCode(db::Tx& tx, const SmsCode& code, TimePoint now);

}  // namespace quittance::auth::store
