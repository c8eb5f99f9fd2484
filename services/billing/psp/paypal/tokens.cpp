// The body of tokens.h; the invariant it keeps stands there.
#include "services/billing/psp/paypal/tokens.h"

#include "common/crypto/hmac.h"
#include "services/billing/psp/json.h"

namespace quittance::billing::psp::paypal {
namespace {

constexpr std::chrono::seconds kEarly{60};  // renewed before it ends
constexpr std::int64_t kLifeMax = 24 * 3600;
constexpr std::size_t kTokensMax = 4096;

std::string Credentials(const Connection& connection) {
  return std::string(connection.Field("client_id")) + ":" + std::string(connection.api_key.Reveal());
}

std::string AccountOf(const Connection& connection) { return crypto::Hex(crypto::Sha256(Credentials(connection))); }

}  // namespace

Task<Tokens::Got> Tokens::Get(Exchange& exchange, const Network& network, const Connection& connection) const {
  const auto account = AccountOf(connection);
  Got got;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(account);
    if (entry != entries_.end() && std::chrono::steady_clock::now() < entry->second.until) got.token = entry->second.token;
  }
  if (got.token) co_return got;
  http::Request request;
  request.target = "paypal";
  request.method = "POST";
  request.url = network.base_url + "/v1/oauth2/token";
  request.headers = {{"Authorization", "Basic " + crypto::Base64(Credentials(connection))},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "grant_type=client_credentials";
  auto outcome = co_await exchange.Send(std::move(request));
  if (ResultOf(outcome) != CallResult::kAnswered) {
    got.refusal = std::move(outcome);
    co_return got;
  }
  const auto json = ParseJson(std::get<http::Response>(outcome).body);
  const auto token = json ? TextAt(*json, "access_token") : "";
  const auto life = json ? IntegerAt(*json, "expires_in").value_or(0) : 0;
  if (token.empty()) {
    got.refusal = http::Failure{http::Failure::Kind::kBroken, false, "no access token"};
    co_return got;
  }
  got.token = Secret(token);
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kTokensMax) entries_.clear();
  entries_[account] = {Secret(token), std::chrono::steady_clock::now() + std::chrono::seconds(std::min(life, kLifeMax)) - kEarly};
  co_return got;
}

void Tokens::Forget(const Connection& connection) const {
  const std::lock_guard lock(mutex_);
  entries_.erase(AccountOf(connection));
}

}  // namespace quittance::billing::psp::paypal
