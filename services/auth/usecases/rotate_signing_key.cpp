// Signing keys are the platform's: the system role's transaction, under a lock of the whole table, so that two steps never interleave. The
// idempotency key is the caller's and of a tenant, and is claimed in the same transaction.
#include "services/auth/usecases/rotate_signing_key.h"

#include "common/audit/audit.h"
#include "services/auth/domain/session.h"
#include "services/auth/events.h"
#include "services/auth/store/trust.h"
#include "services/auth/usecases/signing_keys.h"

namespace quittance::auth {
namespace {

const SigningKey* Find(const std::vector<SigningKey>& keys, KeyState state) {
  for (const SigningKey& key : keys) {
    if (key.state == state) return &key;
  }
  return nullptr;
}

Result<SigningKey> Stage(db::Tx& tx, const std::vector<SigningKey>& keys, SigningKey fresh) {
  if (Find(keys, KeyState::kStaged) != nullptr) return Precondition(Reason::kStateConflict, "a key is staged already");
  fresh.state = KeyState::kStaged;
  store::InsertSigningKey(tx, fresh);
  return fresh;
}

Result<SigningKey> Activate(db::Tx& tx, const std::vector<SigningKey>& keys, TimePoint now) {
  const SigningKey* staged = Find(keys, KeyState::kStaged);
  if (staged == nullptr) return Precondition(Reason::kStateConflict, "no key is staged");
  if (now < staged->created + kStagedMin) return Precondition(Reason::kStateConflict, "not every process has seen the staged key yet");
  SigningKey active = *staged;
  active.state = KeyState::kActive;
  store::ActivateSigningKey(tx, active.kid, now);
  return active;
}

// Every retired key whose last token is over.
Result<SigningKey> Retire(db::Tx& tx, const std::vector<SigningKey>& keys, TimePoint now) {
  const SigningKey* retired = Find(keys, KeyState::kRetired);
  if (retired == nullptr) return Precondition(Reason::kStateConflict, "no key is retired");
  for (const SigningKey& key : keys) {
    if (key.state != KeyState::kRetired) continue;
    if (!key.retired || now < *key.retired + kAccessTokenLife + kRevocationLeeway) {
      return Precondition(Reason::kStateConflict, "tokens that the retired key signed are still alive");
    }
  }
  store::DeleteRetiredKeys(tx);
  return *retired;
}

Result<SigningKey> Take(db::Tx& tx, KeyStep step, const SigningKey& fresh, TimePoint now) {
  store::LockSigningKeys(tx);
  const std::vector<SigningKey> keys = store::FindSigningKeys(tx);
  switch (step) {
    case KeyStep::kStage:
      return Stage(tx, keys, fresh);
    case KeyStep::kActivate:
      return Activate(tx, keys, now);
    case KeyStep::kRetire:
      return Retire(tx, keys, now);
  }
  return PermissionDenied();
}

std::string_view Name(KeyStep step) {
  switch (step) {
    case KeyStep::kStage:
      return "stage";
    case KeyStep::kActivate:
      return "activate";
    case KeyStep::kRetire:
      return "retire";
  }
  return "";
}

}  // namespace

Task<Result<db::Reply>> RotateSigningKey(Deps& deps, RotateSigningKeyCommand command) {
  const TimePoint now = deps.clock.Now();
  const SigningKey fresh = NewSigningKey(deps.vault, now);
  auto reply = co_await deps.system.Once(db::Scope::System(), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto key = Take(tx, command.step, fresh, now);
    if (!key) return key.error();
    audit::Append(tx, {.tenant = command.caller.tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = "RotateSigningKey",
                       .subject = "key:" + key->kid,
                       .detail = "{\"step\":\"" + std::string(Name(command.step)) + "\"}"});
    return events::SigningKeyReply(*key);
  });
  co_await LoadSigningKeys(deps);
  co_return reply;
}

Task<Result<std::vector<SigningKey>>> ListSigningKeys(Deps& deps) {
  auto keys = co_await deps.system.Transact(db::Scope::System(), [](db::Tx& tx) { return store::FindSigningKeys(tx); });
  co_return keys;
}

}  // namespace quittance::auth
