// The port to a PSP. Two halves: a pure codec (verify on raw bytes, translate) and calls over the network.
// Invariant: a call never throws for what the network does: what cannot be known is `unknown`, and unknown is pending.
// Adding a PSP: docs/adding-a-psp.md.
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
enum class Rejection {
  kNoSecret,
  kSignatureMissing,
  kSignatureMalformed,
  kTimestampMalformed,
  kTimestampOutside,
  kSignatureWrong,
  kCertificateUntrusted,
  kCredentialsWrong,  // the Basic auth that some PSPs add to their signature
};
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
  TimePoint since{};                // when it was called first
  std::string payment_method = {};  // the PSP's token of a stored method; empty: the payer chooses there
};
struct ExistingPayment {
  std::string key;  // of a cancel; a query has no effect and needs none
  PaymentId payment;
  AttemptId attempt;
  std::string psp_reference;
  Money amount;
  TimePoint since{};  // when the attempt was opened; not set: unknown
};
struct RefundCall {
  std::string key;
  PaymentId payment;
  RefundId refund;
  std::string psp_reference;  // of the captured payment
  Money amount;
  std::string capture = {};  // the PSP's capture object, where one is known
};

// A page of what an account has, for reconciliation: payments that were made or moved between the two times.
struct ListCall {
  TimePoint since{};
  TimePoint until{};
  std::string page = {};  // of the page before
};
struct Listing {
  bool known = false;             // false: no answer, or this PSP lists nothing
  std::vector<PspNews> payments;  // as they stand, each about one payment
  std::string next_page;          // empty: this was the last
};

// A payment method kept at the PSP: its token is all we know of it.
struct MethodCall {
  std::string key;
  std::string token;
  std::string customer = {};
};
enum class Deleted { kGone, kUnsupported, kUnknown };

// What a PSP can and cannot do, as data.
struct Capabilities {
  Duration intent_life{};                         // an unpaid intent expires after its method's time
  bool pure = false;                              // nothing is called to open a payment: `Create` may be folded into the first transaction
  bool refunds = true;                            // false: money goes back by hand
  bool approval = false;                          // the payer only approves; the money moves when we capture
  bool refunds_capture = false;                   // a refund names the PSP's capture object
  bool cancels = true;                            // an open payment can be ended at the PSP
  bool lists = false;                             // payments can be listed for reconciliation
  bool deletes_methods = false;                   // payment methods can be deleted
  bool signs_time = false;                        // webhooks carry a signed time: replays beyond the tolerance are refused
  bool clean_refusals = true;                     // a refusal of `Create` means that nothing is open there: another connection may be tried
  std::size_t key_max = 255;                      // characters of an idempotency key
  std::vector<std::string_view> currencies = {};  // empty: any
  std::int64_t amount_step = 1;                   // minor units: amounts are multiples of it
};

class Psp {
 public:
  virtual ~Psp() = default;

  virtual std::string_view provider() const = 0;
  virtual const Capabilities& capabilities() const = 0;
  Duration intent_life() const { return capabilities().intent_life; }
  bool can_refund() const { return capabilities().refunds; }
  bool pure() const { return capabilities().pure; }

  // PSP_NOT_CONFIGURED when something this PSP needs is missing.
  virtual Result<void> Ready(const Connection& connection) const = 0;

  // Whether Verify has what it needs beside the connection (a certificate). If not, `Prepare` fetches it; still not: the PSP must send
  // again.
  virtual bool Prepared(const RawWebhook&) const { return true; }
  virtual Task<void> Prepare(RawWebhook webhook) const;

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
  // Brings an open attempt forward: what the payer has approved is captured, under `capture:<attempt>`. Without approvals it is a query.
  virtual Task<PspNews> Advance(Connection connection, ExistingPayment payment) const;
  virtual Task<Listing> List(Connection connection, ListCall call) const;
  virtual Task<Deleted> DeletePaymentMethod(Connection connection, MethodCall call) const;
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
