// The stages of a signing key: staged (published, signs nothing), active (signs), retired (verifies what it signed), removed.
// Invariant: a key signs only after every process could have polled it, and goes only after the last token it signed is over, so that a
// rotation refuses no good token.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"

namespace quittance::auth {

inline constexpr Duration kStagedMin = std::chrono::minutes(6);  // the published set may be cached for five, and is kept one by the ingress

enum class KeyStep { kStage, kActivate, kRetire };

struct RotateSigningKeyCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  KeyStep step = KeyStep::kStage;
};
// kStage makes the next key, kActivate lets it sign, kRetire removes those that signed before. FAILED_PRECONDITION when it is too early.
Task<Result<db::Reply>> RotateSigningKey(Deps& deps, RotateSigningKeyCommand command);

Task<Result<std::vector<SigningKey>>> ListSigningKeys(Deps& deps);

}  // namespace quittance::auth
