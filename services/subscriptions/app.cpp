// The whole of subscriptions on one screen: what it consumes, what it does when it is due, what tenants set, what it serves.
#include "services/subscriptions/app.h"

#include <algorithm>
#include <iterator>

#include "common/audit/service.h"
#include "common/service/erasures.h"
#include "common/service/rewrap.h"
#include "common/settings/service.h"
#include "services/subscriptions/api/consumers.h"
#include "services/subscriptions/api/person_lists.h"
#include "services/subscriptions/api/services.h"
#include "services/subscriptions/usecases/answer_join_requests.h"
#include "services/subscriptions/usecases/change_standing.h"
#include "services/subscriptions/usecases/drive_memberships.h"
#include "services/subscriptions/usecases/expire_subscriptions.h"
#include "services/subscriptions/usecases/policy_settings.h"
#include "services/subscriptions/usecases/purge.h"
#include "services/subscriptions/usecases/send_bot_messages.h"
#include "services/subscriptions/usecases/telegram_settings.h"

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;

// Every event of billing carries a payment, and the payment's state decides; auth's keep the projection of users.
std::vector<quittance::events::Subscription> ConsumerTable(Deps& deps) {
  std::vector<quittance::events::Subscription> table = {
      service::RevocationsHeard(deps.clock),
      api::OnStanding<auth::v1::UserFrozen>(deps),
      api::OnStanding<auth::v1::UserUnfrozen>(deps),
      api::OnStanding<auth::v1::UserErased>(deps),
  };
  std::ranges::move(api::OnUsers<auth::v1::UserSignedUp, auth::v1::UserCreated, auth::v1::UserVerified, auth::v1::UserUpdated>(),
                    std::back_inserter(table));
  std::ranges::move(api::OnPayments<billing::v1::PaymentCreated, billing::v1::PaymentUpdated, billing::v1::PaymentRequiresAction,
                                    billing::v1::PaymentSucceeded, billing::v1::PaymentFailed, billing::v1::PaymentPartiallyRefunded,
                                    billing::v1::PaymentRefunded, billing::v1::PaymentReinstated, billing::v1::PaymentDisputed,
                                    billing::v1::DisputeClosed, billing::v1::PaymentConflicted, billing::v1::RefundOpened,
                                    billing::v1::RefundSucceeded, billing::v1::RefundFailed>(deps),
                    std::back_inserter(table));
  return table;
}

std::vector<jobs::Job> JobTable(Deps& deps) {
  return {
      {"expire_subscriptions", 500ms, [&deps] { return ExpireSubscriptions(deps); }},
      {"remind_subscriptions", 1s, [&deps] { return RemindSubscriptions(deps); }},
      {std::string(kDriveMemberships), 500ms, [&deps] { return DriveMemberships(deps); }},
      {std::string(kAnswerJoinRequests), 500ms, [&deps] { return AnswerJoinRequests(deps); }},
      {std::string(kSendBotMessages), 500ms, [&deps] { return SendBotMessages(deps); }},
      {"forget_erased", 5s, [&deps] { return ForgetErased(deps); }},
      {"purge_telegram", 10min, [&deps] { return PurgeTelegram(deps); }},
      {"purge_common", 10min, [&deps] { return PurgeCommon(deps); }},
  };
}

std::vector<settings::Key> SettingsTable() {
  auto table = TelegramSettings();
  for (auto& key : PolicySettings()) table.push_back(std::move(key));
  return table;
}

std::vector<std::unique_ptr<grpc::Service>> MakeServices(rpc::Edge& edge, Deps& deps) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(api::MakePlanService(edge, deps));
  services.push_back(api::MakeSubscriptionService(edge, deps));
  services.push_back(api::MakeMembershipService(edge, deps));
  services.push_back(settings::MakeSettingsService(deps.settings, deps.db, edge, deps.clock));
  services.push_back(audit::MakeAuditService(deps.db, edge));
  services.push_back(person::MakePersonService(edge, api::PersonLists(deps)));
  return services;
}

void CountAlert(metrics::Registry& metrics, std::string_view reason) {
  metrics.GetCounter("quittance_subscriptions_alerts_total", "What a person should look at, by reason.", {{"reason", std::string(reason)}})
      .Add();
}

}  // namespace

App::App(const Config& config, service::Runtime& runtime)
    : config_(config),
      runtime_(runtime),
      store_(config.data, runtime),
      settings_(SettingsTable(), store_.app, store_.keyring),
      http_(runtime.metrics),
      bot_(http_, config.telegram_base_url),
      vault_(store_.keyring),
      identity_(service::ClientOf(config.peer), runtime.executor),
      peers_(identity_, config.peer.auth_target, config.billing_target),
      deps_{.db = store_.app,
            .system = store_.system,
            .clock = runtime.clock,
            .ids = runtime.ids,
            .settings = settings_,
            .bot = bot_,
            .vault = vault_,
            .unsettled_payers = [this](UnsettledQuery query) { return peers_.AskUnsettledPayers(std::move(query)); },
            .find_user = [this](TenantId tenant, UserId user) { return peers_.AskUser(tenant, user); },
            .wake = [this](std::string_view job) { jobs_.Wake(std::string(job)); },
            .alert = [&runtime](std::string_view reason) { CountAlert(runtime.metrics, reason); }},
      jobs_(service::WithRewrap(JobTable(deps_), store_.system, store_.keyring, {service::kTenantKeys}, runtime.metrics), runtime.executor,
            runtime.metrics),
      relay_(service::RelayOf(config.data, runtime), store_.system, runtime.metrics),
      edge_(service::MakeEdge(config.base, runtime, rpc::RemoteTrust(config.peer.auth_target, identity_), &store_.system)),
      services_(MakeServices(*edge_, deps_)),
      consumer_(service::ConsumerOf(config.data, runtime), ConsumerTable(deps_), store_.system, runtime.metrics) {}

App::~App() = default;

void App::Start() {
  service::ApplyErasures(store_.ledger.get(), store_.system,
                         [this](db::Tx& tx, const erasure::Erased& erased) { EraseAgain(deps_, tx, erased); });
  rpc::StartEdge(*edge_);
  relay_.Start();
  consumer_.Start();
  jobs_.Start();
  std::vector<grpc::Service*> services;
  for (const auto& service : services_) services.push_back(service.get());
  server_ = std::make_unique<rpc::Server>(config_.base.grpc_listen, config_.base.reflection, services, *edge_);
}

void App::Drain(SteadyTime deadline) {
  if (server_) server_->Drain(deadline);
  consumer_.Stop();
  jobs_.Stop(deadline);
  runtime_.executor.Drain(deadline);
  relay_.Drain(deadline);
}

}  // namespace quittance::subscriptions
