// The whole of billing on one screen: what it consumes, what it does when it is due, what tenants set (settings_table.cpp), what it serves.
#include "services/billing/app.h"

#include <algorithm>
#include <iterator>

#include "common/audit/service.h"
#include "common/service/erasures.h"
#include "common/service/rewrap.h"
#include "common/settings/service.h"
#include "services/billing/api/billing_service.h"
#include "services/billing/api/invoice_service.h"
#include "services/billing/api/manual_payment_service.h"
#include "services/billing/api/payment_method_service.h"
#include "services/billing/api/person_lists.h"
#include "services/billing/api/projections.h"
#include "services/billing/api/reconciliation_service.h"
#include "services/billing/api/webhook_service.h"
#include "services/billing/psp/registry.h"
#include "services/billing/settings_table.h"
#include "services/billing/usecases/erase_person.h"
#include "services/billing/usecases/jobs.h"

namespace quittance::billing {
namespace {

using namespace std::chrono_literals;

// The projections of what is sold and who exists.
std::vector<::quittance::events::Subscription> ConsumerTable(Deps& deps) {
  std::vector<::quittance::events::Subscription> table = {
      service::RevocationsHeard(deps.clock),
      {"quittance.subscriptions.v1.PlanPublished", api::OnPlanPublished},
      {"quittance.subscriptions.v1.PlanArchived", api::OnPlanArchived},
      {"quittance.auth.v1.UserErased", api::OnUserErased(deps)},
  };
  std::ranges::move(api::OnUsers(), std::back_inserter(table));
  return table;
}

std::vector<jobs::Job> JobTable(Deps& deps) {
  return {
      {"resolve_attempts", 500ms, [&deps] { return ResolveAttempts(deps); }},
      {"expire_intents", 1s, [&deps] { return ExpireIntents(deps); }},
      {"send_refunds", 500ms, [&deps] { return SendRefunds(deps); }},
      {"replay_parked", 500ms, [&deps] { return ReplayParked(deps); }},
      {"issue_credit_notes", 1s, [&deps] { return IssueCreditNotes(deps); }},
      {"tell_deleted_methods", 5s, [&deps] { return TellDeletedMethods(deps); }},
      {"reconcile", 1min, [&deps] { return ReconcileDue(deps); }},
      {"purge", 10min, [&deps] { return Purge(deps); }},
  };
}

std::vector<std::unique_ptr<grpc::Service>> MakeServices(rpc::Edge& edge, Deps& deps) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<api::BillingService>(deps, edge));
  services.push_back(std::make_unique<api::WebhookService>(deps, edge));
  services.push_back(std::make_unique<api::ManualPaymentService>(deps, edge));
  services.push_back(std::make_unique<api::InvoiceService>(deps, edge));
  services.push_back(std::make_unique<api::PaymentMethodService>(deps, edge));
  services.push_back(std::make_unique<api::ReconciliationService>(deps, edge));
  services.push_back(settings::MakeSettingsService(deps.settings, deps.db, edge, deps.clock));
  services.push_back(audit::MakeAuditService(deps.db, edge));
  services.push_back(person::MakePersonService(edge, api::PersonLists(deps)));
  return services;
}

Task<std::optional<TenantId>> FindTenantId(rpc::Edge& edge, std::string code) {
  auto found = co_await rpc::FindTenant(rpc::TrustOf(edge), std::move(code));
  if (!found) co_return std::nullopt;
  co_return found->id;
}

// What auth has told of the tenant; a moment before it has, UTC.
std::string ZoneOf(rpc::Edge& edge, TenantId tenant) {
  const auto info = rpc::TenantById(rpc::TrustOf(edge), tenant);
  return info && !info->time_zone.empty() ? info->time_zone : "UTC";
}

}  // namespace

App::App(const Config& config, service::Runtime& runtime)
    : config_(config),
      runtime_(runtime),
      store_(config.data, runtime),
      settings_(SettingsTable(), store_.app, store_.keyring),
      http_(runtime.metrics),
      psps_(psp::MakeRegistry(config.psp_urls, http_, runtime.clock, config.base.profile == service::Profile::kDev)),
      metrics_(runtime.metrics),
      identity_(service::ClientOf(config.peer), runtime.executor),
      peers_(identity_, config.peer.auth_target, config.subscriptions_target),
      deps_{.db = store_.app,
            .system_db = store_.system,
            .clock = runtime.clock,
            .ids = runtime.ids,
            .executor = runtime.executor,
            .settings = settings_,
            .psps = *psps_,
            .keyring = store_.keyring,
            .metrics = metrics_,
            .ports = {.find_tenant = [this](std::string code) { return FindTenantId(*edge_, std::move(code)); },
                      .ask_plan = [this](TenantId tenant, std::string code) { return peers_.AskPlan(tenant, std::move(code)); },
                      .ask_user = [this](TenantId tenant, UserId user) { return peers_.AskUser(tenant, user); },
                      .time_zone = [this](TenantId tenant) { return ZoneOf(*edge_, tenant); },
                      .wake = [this](const std::string& job) { jobs_.Wake(job); }},
            .hot = &hot_,
            .watch = &watch_},
      hot_(deps_),
      watch_(deps_),
      jobs_(service::WithRewrap(JobTable(deps_), store_.system, store_.keyring, {service::kTenantKeys}, runtime.metrics), runtime.executor,
            runtime.metrics),
      relay_(service::RelayOf(config.data, runtime), store_.system, runtime.metrics),
      edge_(service::MakeEdge(config.base, runtime, rpc::RemoteTrust(config.peer.auth_target, identity_), &store_.system)),
      services_(MakeServices(*edge_, deps_)),
      consumer_(service::ConsumerOf(config.data, runtime), ConsumerTable(deps_), store_.system, runtime.metrics) {}

App::~App() = default;

void App::Start() {
  service::ApplyErasures(store_.ledger.get(), store_.system, [this](db::Tx& tx, const erasure::Erased& erased) {
    ErasePerson(deps_, tx, erased.tenant, erased.user, erased.version, {.actor = "system:erasure_ledger", .traceparent = {}});
  });
  rpc::StartEdge(*edge_);
  relay_.Start();
  consumer_.Start();
  jobs_.Start();
  watch_.Start();
  std::vector<grpc::Service*> services;
  for (const auto& service : services_) services.push_back(service.get());
  server_ = std::make_unique<rpc::Server>(config_.base.grpc_listen, config_.base.reflection, services, *edge_);
}

// Watches end at once, they would never by themselves; then calls, then what nobody waits for; detached PSP calls end before the relay
// sends the last events.
void App::Drain(SteadyTime deadline) {
  watch_.Stop();
  if (server_) server_->Drain(deadline);
  consumer_.Stop();
  jobs_.Stop(deadline);
  runtime_.executor.Drain(deadline);
  relay_.Drain(deadline);
}

}  // namespace quittance::billing
