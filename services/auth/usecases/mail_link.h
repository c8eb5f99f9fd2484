// Links with a one-time token: one sending for all kinds, so that all have the same limits and the same silence.
// Invariant: the answer never tells whether the address exists, by text or by time.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/store/mail_tokens.h"

namespace quittance::auth {

inline constexpr int kMailTokensPerHourMax = 3;                // of one kind for one account
inline constexpr std::chrono::milliseconds kAnswerAfter{150};  // whatever was found

struct MailLink {
  Cause cause;
  std::string tenant;  // code
  std::string email;
  store::MailTokenKind kind = store::MailTokenKind::kReset;
  std::optional<std::string> nonce_hash;
};

// Mails the link to a verified account in use; the answer comes kAnswerAfter after the question.
Task<Result<void>> SendMailLink(Deps& deps, MailLink link);

// A presented token that counts now, with its account in use. Looks at the rows as the transaction sees them.
struct LinkedAccount {
  store::MailToken token;
  UserId user;
  std::string email;
};
std::optional<LinkedAccount> FindLinkedAccount(Deps& deps, db::Tx& tx, const OpaqueToken& token, store::MailTokenKind kind, TimePoint now);

}  // namespace quittance::auth
