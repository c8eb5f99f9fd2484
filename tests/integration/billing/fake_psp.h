// A PSP inside the test: honours idempotency keys, remembers every call, fails as it is told. Webhooks go through a real codec.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "services/billing/psp/psp.h"

namespace quittance::billing::test {

class FakePsp final : public psp::Psp {
 public:
  enum class Next { kFine, kTimeout, kLostAnswer, kDecline };

  explicit FakePsp(std::string provider);

  // What the next calls come to; then kFine again.
  void Script(std::vector<Next> next);
  // How long a create takes.
  void Slow(std::chrono::milliseconds delay) { delay_ = delay; }
  // The payer pays at the PSP (no webhook is sent).
  void Pay(const std::string& reference, std::int64_t minor);
  // Refunds stay pending, or are refused.
  void RefundsAre(FactKind kind) { refund_kind_ = kind; }

  // The payer pays here without any payment of ours.
  void PayElsewhere(const std::string& reference, std::int64_t minor);
  // Forgets a payment, as if it had never been there.
  void Lose(const std::string& reference);
  // Whether it answers List at all, and how many a page holds.
  void Lists(bool lists, std::size_t page) { lists_ = lists, page_ = page; }
  void MethodsAre(psp::Deleted outcome) { deleted_ = outcome; }
  std::vector<std::string> deleted_tokens() const;
  std::string last_method() const;

  struct Call {
    std::string what;  // create, query, cancel, refund
    std::string key;
    std::string reference;
  };
  std::vector<Call> Calls(const std::string& what) const;
  // Keys under which something really happened.
  std::set<std::string> Keys(const std::string& what) const;

  std::string_view provider() const override { return provider_; }
  const psp::Capabilities& capabilities() const override { return capabilities_; }
  Result<void> Ready(const psp::Connection& connection) const override;
  PspNews Instructions(const psp::Connection&, const psp::CreateCall&) const override { CHECK(false); }
  std::optional<psp::Rejection> Verify(const psp::Connection& connection, const psp::RawWebhook& webhook, TimePoint now) const override;
  psp::Event Translate(const psp::Connection& connection, const std::string& body) const override;
  Task<PspNews> Create(psp::Connection connection, psp::CreateCall call) const override;
  Task<PspNews> Query(psp::Connection connection, psp::ExistingPayment payment) const override;
  Task<PspNews> Cancel(psp::Connection connection, psp::ExistingPayment payment) const override;
  Task<PspNews> Refund(psp::Connection connection, psp::RefundCall call) const override;
  Task<psp::Listing> List(psp::Connection connection, psp::ListCall call) const override;
  Task<psp::Deleted> DeletePaymentMethod(psp::Connection connection, psp::MethodCall call) const override;

 private:
  struct Row {
    std::string reference;
    FactKind state = FactKind::kRequiresAction;
    std::int64_t minor = 0;
    std::string currency;
  };
  Next TakeNext(Call call) const;
  Row& RowOf(const std::string& key, const psp::CreateCall& call) const;
  PspNews Say(const psp::Connection& connection, AttemptId attempt, const Row& row) const;
  PspNews Silence(const psp::Connection& connection, AttemptId attempt) const;

  const std::string provider_;
  const psp::Capabilities capabilities_;
  std::chrono::milliseconds delay_{0};
  FactKind refund_kind_ = FactKind::kRefundSucceeded;
  bool lists_ = true;
  std::size_t page_ = 2;
  psp::Deleted deleted_ = psp::Deleted::kGone;
  std::set<std::string> lost_;
  mutable std::vector<std::string> deleted_tokens_;
  mutable std::string last_method_;
  mutable std::mutex mutex_;
  mutable std::deque<Next> next_;
  mutable std::vector<Call> calls_;
  mutable std::map<std::string, Row> rows_;             // by key
  mutable std::map<std::string, std::string> keys_;     // reference to key
  mutable std::map<std::string, std::string> refunds_;  // key to reference
};

}  // namespace quittance::billing::test
