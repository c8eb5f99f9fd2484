// The first transaction of CreatePaymentIntent, for a batch: claims the keys, looks up prices and users, inserts payments and attempts.
// A PSP whose create is pure is folded right here: one commit.
#pragma once

#include "services/billing/usecases/connections.h"

namespace quittance::billing {

// One intent to be opened. The ids are made by the caller, so that the batch answers the same when it runs again.
struct OpenIntent {
  db::IdempotentCall once;
  Cause cause;
  PaymentId payment;
  AttemptId attempt;
  UserId user;
  Purpose purpose;
  std::optional<Money> named;  // the amount the caller gave
  Metadata metadata;
  std::string return_url;
  std::shared_ptr<const Chosen> chosen;
  // Whether the owners were asked already: then what is missing is refused.
  bool asked = false;
};

struct OpenAnswer {
  enum class Kind {
    kOpened,   // inserted: the PSP is to be called
    kReply,    // done, here or long ago
    kRunning,  // another call with this key is on its way
    kAsk,      // the offer or the user is not known here: ask their owners once
    kRefused,
  };
  Kind kind = Kind::kRefused;
  std::optional<Money> amount;     // kOpened
  std::optional<db::Reply> reply;  // kReply
  Uuid resource{};                 // kRunning: its attempt
  bool ask_plan = false, ask_user = false;
  std::optional<Error> error;  // kRefused
};

std::vector<OpenAnswer> OpenIntents(db::Tx& tx, Deps& deps, std::span<const OpenIntent> intents);

}  // namespace quittance::billing
