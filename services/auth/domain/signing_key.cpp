// Names of the stages, as they are stored and shown.
#include "services/auth/domain/signing_key.h"

#include "common/core/check.h"

namespace quittance::auth {

std::string_view Name(KeyState state) {
  switch (state) {
    case KeyState::kStaged:
      return "staged";
    case KeyState::kActive:
      return "active";
    case KeyState::kRetired:
      return "retired";
  }
  return "";
}

KeyState ParseKeyState(std::string_view name) {
  if (name == "staged") return KeyState::kStaged;
  if (name == "active") return KeyState::kActive;
  CHECK(name == "retired");
  return KeyState::kRetired;
}

}  // namespace quittance::auth
