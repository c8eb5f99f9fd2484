// The body of sandbox.h; the invariant it keeps stands there.
#include "tests/sandbox/sandbox.h"

#include "common/async/executor.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "tests/sandbox/adyen.h"
#include "tests/sandbox/cinetpay.h"
#include "tests/sandbox/control.h"
#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/hmac.h"
#include "tests/sandbox/oidc.h"
#include "tests/sandbox/paypal.h"
#include "tests/sandbox/smtp.h"
#include "tests/sandbox/stripe.h"
#include "tests/sandbox/telegram.h"
#include "tests/sandbox/twilio.h"

namespace quittance::sandbox {
namespace {

constexpr std::chrono::seconds kEndBudget{2};

std::vector<http::Route> Join(std::vector<std::vector<http::Route>> tables) {
  std::vector<http::Route> all;
  for (auto& table : tables) {
    for (auto& route : table) all.push_back(std::move(route));
  }
  return all;
}

Task<void> BeginToStop(State* state) {
  state->stopping = true;
  co_return;
}

}  // namespace

// The end: `stopping` ends every pause, then nothing new is sent; the client ends what is under way, the executor waits for its tasks.
struct Sandbox::Parts {
  explicit Parts(const Clock& clock) : state(clock) {}

  ~Parts() {
    async::RunSync(executor, BeginToStop(&state));
    smtp.Stop();
    server.Drain(std::chrono::steady_clock::now() + kEndBudget);
    client.reset();
    executor.Drain(std::chrono::steady_clock::now() + kEndBudget);
  }

  State state;
  metrics::Registry metrics;
  async::Executor executor{1};
  std::unique_ptr<http::Client> client = std::make_unique<http::Client>(metrics);
  Deliveries deliveries{state, executor, *client};
  Stripe stripe{state, deliveries};
  HmacPsp hmac{state, deliveries};
  PayPal paypal{state, deliveries};
  Adyen adyen{state, deliveries};
  CinetPay cinetpay{state, deliveries};
  Telegram telegram{state, deliveries};
  Oidc oidc{state};
  Twilio twilio{state};
  Control control{state,
                  deliveries,
                  telegram,
                  twilio,
                  {{"stripe", &stripe}, {"hmac", &hmac}, {"paypal", &paypal}, {"adyen", &adyen}, {"cinetpay", &cinetpay}}};
  SmtpServer smtp{state, executor};
  http::Server server{executor,
                      {.name = "sandbox", .connections_max = 8192},
                      Join({stripe.Routes(), hmac.Routes(), paypal.Routes(), adyen.Routes(), cinetpay.Routes(), telegram.Routes(),
                            oidc.Routes(), twilio.Routes(), control.Routes()}),
                      metrics};
};

Sandbox::Sandbox(const Clock& clock) : parts_(std::make_unique<Parts>(clock)) {}
Sandbox::~Sandbox() = default;

void Sandbox::Start(const std::string& http_address, const std::string& smtp_address) {
  parts_->smtp.Listen(smtp_address);
  parts_->server.Listen(http_address);
  parts_->state.http_address = "127.0.0.1:" + std::to_string(parts_->server.port());
}

int Sandbox::http_port() const { return parts_->server.port(); }
int Sandbox::smtp_port() const { return parts_->smtp.port(); }

}  // namespace quittance::sandbox
