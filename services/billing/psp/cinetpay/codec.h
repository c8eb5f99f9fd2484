// CinetPay's answers to our facts, pure. Invariant: a notification is a hint and nothing else; `data.status` decides, numbers are texts,
// and what waits for the customer is not a failure.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::cinetpay {

const std::vector<std::string_view>& Currencies();

// The attempt's id without its underscore: the only thing that keeps CinetPay from taking the same payment twice.
std::string TransactionId(AttemptId attempt);
std::optional<AttemptId> AttemptOf(std::string_view transaction_id);

// Whole units, a multiple of five; nullopt: CinetPay cannot be asked for this amount.
std::optional<std::int64_t> ToWhole(const Money& money);

Event TranslateEvent(const Connection& connection, const std::string& body);

// The answer of /v2/payment; nullopt: no payment was opened, ErrorCode says why.
std::optional<PspNews> ReadInit(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now);

// The answer of /v2/payment/check.
struct Check {
  enum class Kind { kSays, kNotFound, kUnreadable };
  Kind kind = Kind::kUnreadable;
  PspNews news = {};  // kSays
  bool open = false;  // kSays: it may still be paid
};
Check ReadCheck(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now);

std::string InitBody(const Connection& connection, const CreateCall& call, std::int64_t whole);
std::string CheckBody(const Connection& connection, const std::string& transaction_id);

// `message` of an answer that opened nothing; "refused" when it has none.
std::string ErrorCode(const std::string& body);

}  // namespace quittance::billing::psp::cinetpay
