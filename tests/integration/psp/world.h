// One PSP of the sandbox against billing's use cases and PostgreSQL, over real HTTP in both directions. Invariant: nothing here knows what
// a PSP sends; a PSP is a row of Cases().
#pragma once

#include <nlohmann/json.hpp>

#include "common/http/server.h"
#include "tests/integration/billing/world.h"
#include "tests/sandbox/sandbox.h"

namespace quittance::billing::test {

inline constexpr std::chrono::seconds kPatience{60};  // only what fails waits so long

using Json = nlohmann::json;

// A PSP as it is set up: what the tenant's settings say and what the sandbox's account is.
struct PspCase {
  std::string provider;
  std::map<std::string, std::string> settings;  // psp.<provider>.…
  Json account;                                 // of /control/account, without psp and webhook_url
  std::string other_secret;                     // another webhook secret of the right shape
  bool refunds = true;                          // and disputes: whether money ever goes back through this PSP
  bool cancels = true;                          // an open payment can be ended there
};
const std::vector<PspCase>& Cases();
// Those that fit.
std::vector<PspCase> Cases(bool PspCase::*has);
std::string CaseName(const ::testing::TestParamInfo<PspCase>& info);

class PspTest : public BillingTest, public ::testing::WithParamInterface<PspCase> {
 protected:
  PspTest();
  void SetUp() override;
  void TearDown() override;
  std::unique_ptr<psp::Registry> MakePsps() override;

  const std::string& provider() const { return GetParam().provider; }

  // Control routes of the sandbox; must work.
  Json Control(const std::string& route, Json command);
  void Pay(const Intent& intent, const std::string& outcome, std::optional<std::int64_t> minor = std::nullopt);
  void Fault(const std::string& kind, int count, const std::string& path = "");
  Json Items(const std::string& route);
  // Captures less what came back of refunds and disputes, and how many captures there are.
  std::int64_t MoneyAt(const std::string& kind);
  int Captures();

  // Runs the jobs until the intent is as wanted, or ten seconds have passed; returns what it is.
  Intent Settles(const std::string& id, Intent::Status status, const std::string& detail = "");
  void RunJobs();
  // Every delivery of the sandbox was answered 2xx.
  void Delivered();
  void Account(const std::vector<std::string>& secrets);
  std::string HookUrl(const std::string& connection) const;
  http::Client* http_client() { return &client_; }

 private:
  Task<http::ServerResponse> Take(const http::ServerRequest& request);
  std::string AskSandbox(const std::string& method, const std::string& path, const std::string& body);

  async::Executor io_{1};
  http::Client client_;
  http::Server receiver_;
  sandbox::Sandbox sandbox_;
};

}  // namespace quittance::billing::test
