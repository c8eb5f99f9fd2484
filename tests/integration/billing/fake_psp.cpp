// The in-process PSP.
#include "tests/integration/billing/fake_psp.h"

#include "common/async/executor.h"
#include "services/billing/domain/life.h"
#include "services/billing/psp/hmac/codec.h"
#include "services/billing/psp/outgoing.h"
#include "services/billing/psp/stripe/codec.h"
#include "services/billing/psp/stripe/signature.h"

namespace quittance::billing::test {
namespace {

PspNews Unanswered(const psp::Connection& connection) {
  PspNews news;
  news.connection = connection.name;
  news.unknown = true;
  return news;
}

}  // namespace

FakePsp::FakePsp(std::string provider)
    : provider_(std::move(provider)), capabilities_{.intent_life = provider_ == "stripe" ? kCardLife : kMobileMoneyLife} {}

void FakePsp::Script(std::vector<Next> next) {
  const std::lock_guard lock(mutex_);
  next_.assign(next.begin(), next.end());
}

void FakePsp::Pay(const std::string& reference, std::int64_t minor) {
  const std::lock_guard lock(mutex_);
  auto& row = rows_.at(keys_.at(reference));
  row.state = FactKind::kCaptured;
  row.minor = minor;
}

void FakePsp::PayElsewhere(const std::string& reference, std::int64_t minor) {
  const std::lock_guard lock(mutex_);
  rows_["elsewhere:" + reference] = {reference, FactKind::kCaptured, minor, "EUR"};
  keys_[reference] = "elsewhere:" + reference;
}

void FakePsp::Lose(const std::string& reference) {
  const std::lock_guard lock(mutex_);
  auto& row = rows_.at(keys_.at(reference));
  row.state = FactKind::kAttemptCanceled;
  lost_.insert(reference);
}

std::vector<std::string> FakePsp::deleted_tokens() const {
  const std::lock_guard lock(mutex_);
  return deleted_tokens_;
}

std::string FakePsp::last_method() const {
  const std::lock_guard lock(mutex_);
  return last_method_;
}

std::vector<FakePsp::Call> FakePsp::Calls(const std::string& what) const {
  const std::lock_guard lock(mutex_);
  std::vector<Call> calls;
  for (const auto& call : calls_) {
    if (call.what == what) calls.push_back(call);
  }
  return calls;
}

std::set<std::string> FakePsp::Keys(const std::string& what) const {
  std::set<std::string> keys;
  for (const auto& call : Calls(what)) keys.insert(call.key);
  return keys;
}

Result<void> FakePsp::Ready(const psp::Connection& connection) const {
  if (connection.api_key.empty()) return Precondition(Reason::kPspNotConfigured, "the connection has no API key");
  return {};
}

std::optional<psp::Rejection> FakePsp::Verify(const psp::Connection& connection, const psp::RawWebhook& webhook, TimePoint now) const {
  return provider_ == "stripe" ? psp::stripe::Verify(connection, webhook, now) : psp::hmac::Verify(connection, webhook, now);
}

psp::Event FakePsp::Translate(const psp::Connection& connection, const std::string& body) const {
  return provider_ == "stripe" ? psp::stripe::TranslateEvent(connection, body) : psp::hmac::TranslateEvent(connection, body);
}

FakePsp::Next FakePsp::TakeNext(Call call) const {
  calls_.push_back(std::move(call));
  if (next_.empty()) return Next::kFine;
  const auto next = next_.front();
  next_.pop_front();
  return next;
}

FakePsp::Row& FakePsp::RowOf(const std::string& key, const psp::CreateCall& call) const {
  auto& row = rows_[key];
  if (row.reference.empty()) {
    row.reference = provider_ + "_" + std::to_string(rows_.size()) + "_" + call.attempt.uuid.Hex();
    row.minor = call.amount.amount_minor;
    row.currency = call.amount.currency.code();
    keys_[row.reference] = key;
  }
  return row;
}

PspNews FakePsp::Say(const psp::Connection& connection, AttemptId attempt, const Row& row) const {
  PspNews news;
  news.connection = connection.name;
  news.about.attempt = attempt;
  news.about.psp_reference = row.reference;
  news.unknown = false;
  const bool money = row.state == FactKind::kCaptured;
  news.statements = {money ? psp::SeenMoney(row.state, connection, attempt, row.reference, row.minor, row.currency, FromUnixSeconds(1))
                           : psp::Seen(row.state, connection, attempt, row.reference, FromUnixSeconds(1))};
  if (row.state == FactKind::kRequiresAction) {
    news.next_action.emplace();
    if (provider_ == "stripe") news.next_action->client_secret = row.reference + "_secret";
    if (provider_ != "stripe") news.next_action->redirect_url = "https://psp.example/" + row.reference;
  }
  return news;
}

PspNews FakePsp::Silence(const psp::Connection& connection, AttemptId attempt) const {
  auto news = Unanswered(connection);
  news.about.attempt = attempt;
  return news;
}

Task<PspNews> FakePsp::Create(psp::Connection connection, psp::CreateCall call) const {
  if (delay_.count() > 0) co_await async::Sleep(delay_);
  const std::lock_guard lock(mutex_);
  const auto next = TakeNext({"create", call.key, ""});
  if (next == Next::kTimeout) co_return Silence(connection, call.attempt);
  last_method_ = call.payment_method;
  auto& row = RowOf(call.key, call);
  if (next == Next::kLostAnswer) co_return Silence(connection, call.attempt);
  if (next == Next::kDecline) row.state = FactKind::kDeclined;
  auto news = Say(connection, call.attempt, row);
  if (next == Next::kDecline) news.statements[0].fact.code = "card_declined";
  co_return news;
}

Task<PspNews> FakePsp::Query(psp::Connection connection, psp::ExistingPayment payment) const {
  const std::lock_guard lock(mutex_);
  if (TakeNext({"query", payment.key, payment.psp_reference}) != Next::kFine) co_return Silence(connection, payment.attempt);
  co_return Say(connection, payment.attempt, rows_.at(keys_.at(payment.psp_reference)));
}

Task<PspNews> FakePsp::Cancel(psp::Connection connection, psp::ExistingPayment payment) const {
  const std::lock_guard lock(mutex_);
  if (TakeNext({"cancel", payment.key, payment.psp_reference}) != Next::kFine) co_return Silence(connection, payment.attempt);
  auto& row = rows_.at(keys_.at(payment.psp_reference));
  if (row.state != FactKind::kCaptured) row.state = FactKind::kAttemptCanceled;
  co_return Say(connection, payment.attempt, row);
}

Task<PspNews> FakePsp::Refund(psp::Connection connection, psp::RefundCall call) const {
  const std::lock_guard lock(mutex_);
  const auto next = TakeNext({"refund", call.key, call.psp_reference});
  if (next == Next::kTimeout) co_return Unanswered(connection);
  auto& reference = refunds_[call.key];
  if (reference.empty()) reference = "re_" + std::to_string(refunds_.size()) + call.refund.uuid.Hex();
  if (next == Next::kLostAnswer) co_return Unanswered(connection);
  PspNews news;
  news.connection = connection.name;
  const auto kind = next == Next::kDecline ? FactKind::kRefundFailed : refund_kind_;
  news.statements = {psp::SeenRefund(kind, connection, call.refund, reference, call.amount.amount_minor,
                                     std::string(call.amount.currency.code()), next == Next::kDecline ? "refused" : "",
                                     FromUnixSeconds(1))};
  co_return news;
}

Task<psp::Listing> FakePsp::List(psp::Connection connection, psp::ListCall call) const {
  const std::lock_guard lock(mutex_);
  psp::Listing listing;
  listing.known = lists_ && TakeNext({"list", "", call.page}) == Next::kFine;
  if (!listing.known) co_return listing;
  const std::size_t first = call.page.empty() ? 0 : std::stoul(call.page);
  std::size_t index = 0;
  for (const auto& [key, row] : rows_) {
    if (lost_.contains(row.reference)) continue;
    if (index >= first && index < first + page_) {
      auto news = Say(connection, AttemptId{}, row);
      news.about.attempt.reset();
      news.statements[0].fact.attempt.reset();
      news.statements[0].fact.event_key = StateKey(news.statements[0].fact);
      news.next_action.reset();
      news.unknown.reset();
      listing.payments.push_back(std::move(news));
    }
    ++index;
  }
  if (first + page_ < index) listing.next_page = std::to_string(first + page_);
  co_return listing;
}

Task<psp::Deleted> FakePsp::DeletePaymentMethod(psp::Connection, psp::MethodCall call) const {
  const std::lock_guard lock(mutex_);
  if (deleted_ == psp::Deleted::kGone) deleted_tokens_.push_back(call.token);
  co_return deleted_;
}

}  // namespace quittance::billing::test
