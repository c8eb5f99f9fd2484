// People and accounts that the acceptance scenarios need beside a tenant's operator and backend.
#pragma once

#include "tests/e2e/world.h"

namespace quittance::e2e {

// A second operator: another person with every scope that approvals ask for.
Account SecondOperator(World& world);

// Somebody who signed up, proved the address and logged in.
struct Person {
  std::string email;
  std::string password;
  std::string token;
  std::string user_id;
};
Person SignedIn(World& world);

// What a person's backend says of where they are: an address of their own, so that nobody meets another's limit.
std::map<std::string, std::string> FromAnAddress();
// The token of the newest mail to this address whose link leads to `page` (/magic-link).
std::string MailedToken(World& world, const std::string& email, const std::string& page);
Answer<auth::v1::LoginResponse> LogIn(World& world, const Person& person);

}  // namespace quittance::e2e
