// The port to a PSP. Two halves: a pure codec (verify on raw bytes, translate) and calls over the network.
// Invariant: a call never throws for what the network does: what cannot be known is `unknown`, and unknown is pending.
// Adding a PSP: a folder beside these, one row in registry.cpp, one line in CMakeLists.txt, its settings in docs.
#pragma once

#include <memory>

#include "common/async/task.h"
#include "common/core/result.h"
#include "services/billing/domain/news.h"
#include "services/billing/psp/connection.h"

namespace quittance::billing::psp {

struct RawHeader {
  std::string name;  // any case
  std::string value;
};

// One webhook request, exactly as it came.
struct RawWebhook {
  std::vector<RawHeader> headers;
  std::string body;
};

// Why a webhook is not believed: a metric label and an audit detail, never the PSP's business.
enum class Rejection { kNoSecret, kSignatureMissing, kSignatureMalformed, kTimestampMalformed, kTimestampOutside, kSignatureWrong };
std::string_view Name(Rejection rejection);

// A believed webhook, read.
struct Event {
  enum class Kind {
    kNews,        // says something about a payment
    kAsk,         // hints at a payment: the PSP must be asked
    kIgnored,     // nothing we act on, or a type we do not know
    kUnreadable,  // a good signature over something we cannot read
    kForeign,     // of another environment than the connection's
  };
  Kind kind = Kind::kIgnored;
  std::string id;    // the PSP's event id, or one made of the body's hash
  std::string type;  // as the PSP names it
  std::string why;   // kUnreadable, kForeign
  bool known_type = true;
  PspNews news;  // kNews: all; kAsk: `about`
};

struct Answer {
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = "ok";
};

// What is asked of a PSP. `key` is ours, stored before the call; the same key again is the same request.
struct CreateCall {
  std::string key;
  PaymentId payment;
  AttemptId attempt;
  Money amount;
  std::string return_url;
  TimePoint since{};  // when it was called first
};
struct ExistingPayment {
  std::string key;  // of a cancel; a query has no effect and needs none
  PaymentId payment;
  AttemptId attempt;
  std::string psp_reference;
  Money amount;
};
struct RefundCall {
  std::string key;
  PaymentId payment;
  RefundId refund;
  std::string psp_reference;  // of the captured payment
  Money amount;
};

class Psp {
 public:
  virtual ~Psp() = default;

  virtual std::string_view provider() const = 0;
  virtual Duration intent_life() const = 0;
  virtual bool can_refund() const { return true; }
  // Nothing is called to open a payment: `Create` may be folded into the first transaction.
  virtual bool pure() const { return false; }

  // PSP_NOT_CONFIGURED when something this PSP needs is missing.
  virtual Result<void> Ready(const Connection& connection) const = 0;

  // Pure.
  virtual PspNews Instructions(const Connection& connection, const CreateCall& call) const = 0;  // only where pure()
  virtual std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const = 0;
  virtual Event Translate(const Connection& connection, const std::string& body) const = 0;
  virtual Answer Acknowledge() const { return {}; }

  // Network. Connection and call by value: the coroutine outlives its caller.
  virtual Task<PspNews> Create(Connection connection, CreateCall call) const = 0;
  virtual Task<PspNews> Query(Connection connection, ExistingPayment payment) const = 0;
  virtual Task<PspNews> Cancel(Connection connection, ExistingPayment payment) const = 0;
  virtual Task<PspNews> Refund(Connection connection, RefundCall call) const = 0;
};

// The PSPs this house speaks, by provider.
class Registry {
 public:
  explicit Registry(std::vector<std::unique_ptr<Psp>> psps) : psps_(std::move(psps)) {}
  const Psp* Find(std::string_view provider) const {
    for (const auto& psp : psps_) {
      if (psp->provider() == provider) return psp.get();
    }
    return nullptr;
  }

 private:
  std::vector<std::unique_ptr<Psp>> psps_;
};

}  // namespace quittance::billing::psp
