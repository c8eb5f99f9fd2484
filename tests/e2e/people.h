// People and accounts that the acceptance scenarios need beside a tenant's operator and backend.
#pragma once

#include "tests/e2e/world.h"

namespace quittance::e2e {

// A second operator: another person with every scope that approvals ask for.
Account SecondOperator(World& world);

// Somebody who signed up, proved the address and logged in.
struct Person {
  std::string email;
  std::string token;
  std::string user_id;
};
Person SignedIn(World& world);

}  // namespace quittance::e2e
