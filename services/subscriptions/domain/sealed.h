// A value that is stored sealed, with the keyed index it is found by. Invariant: the ciphertext is bound to its index, so a copy opens
// wherever both stand together, and nowhere else.
#pragma once

#include <string>

namespace quittance::subscriptions {

struct Sealed {
  std::string bytes;
  std::string index;
  bool empty() const { return bytes.empty(); }
};

}  // namespace quittance::subscriptions
