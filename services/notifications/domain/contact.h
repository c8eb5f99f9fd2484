// How to reach one person, as auth says at the moment of sending. Invariant: never stored, never logged.
#pragma once

#include <string>

#include "common/core/id.h"

namespace quittance::notifications {

struct Contact {
  UserId user;
  std::string email;       // empty: there is none
  std::string locale;      // fr, en
  bool reachable = false;  // frozen and erased people are not written to
  std::string time_zone;   // IANA name
  std::string phone = {};  // E.164; empty: there is none
};

}  // namespace quittance::notifications
