// What follows a proof of who somebody is: a session with its first tokens, or the challenge for a second factor. Shared by every way of
// logging in. Invariant: an account with a second factor never gets a session without it, whichever way the first one was proved.
#pragma once

#include <functional>

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/token_pair.h"

namespace quittance::auth {

struct MfaChallenge {
  std::string token;
  std::vector<std::string> methods;
  TimePoint expires{};
};

// The answer of every login. Either tokens and device_token, or mfa.
struct LoginReply {
  std::optional<TokenPair> tokens;
  std::string device_token;
  std::optional<MfaChallenge> mfa;
};

// Somebody who has proved who they are.
struct Proven {
  TenantId tenant;
  UserId user;
  std::vector<std::string> amr;
  std::optional<Uuid> device;  // known to the account
};

struct Admitted {
  Session session;
  UserFacts user;
  std::int64_t tenant_epoch = 0;
  OpaqueToken refresh;
  std::optional<OpaqueToken> new_device;
  std::optional<MfaChallenge> challenge;  // set: there is no session yet
};

// What ties the two halves of a login together: 16 to 128 characters of the caller's choice.
inline bool IsNonce(std::string_view nonce) { return nonce.size() >= 16 && nonce.size() <= 128; }

using StillMay = std::function<bool(const store::LoginUser&)>;

// Looks at the locked account once more with `still_may`: it may have changed since the proof. CREDENTIALS_INVALID.
Result<Admitted> Admit(Deps& deps, db::Tx& tx, const Proven& proven, const StillMay& still_may, const Cause& cause, TimePoint now);

// Outside the transaction. `device_token`: what the device showed, given back if it is known.
LoginReply ReplyOf(Deps& deps, const Admitted& admitted, const std::string& device_token, TimePoint now);

// The device behind a token, if this account knows it.
std::optional<Uuid> KnownDevice(db::Tx& tx, TenantId tenant, UserId user, const std::string& device_token);

}  // namespace quittance::auth
