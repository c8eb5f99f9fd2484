// The whole of notifications on one screen: settings, consumers, jobs, services.
#include "services/notifications/app.h"

#include <algorithm>
#include <iterator>

#include "common/audit/service.h"
#include "common/service/erasures.h"
#include "common/service/rewrap.h"
#include "common/settings/service.h"
#include "services/notifications/api/consumers.h"
#include "services/notifications/api/contact_book.h"
#include "services/notifications/api/notification_service.h"
#include "services/notifications/api/person_lists.h"
#include "services/notifications/channels/email.h"
#include "services/notifications/channels/log_only.h"
#include "services/notifications/channels/sms.h"
#include "services/notifications/usecases/erase_person.h"
#include "services/notifications/usecases/purge.h"
#include "services/notifications/usecases/send_notifications.h"

namespace quittance::notifications {
namespace {

constexpr std::chrono::seconds kSendInterval{1};
constexpr std::chrono::minutes kPurgeInterval{10};
constexpr const char* kSendJob = "send_notifications";

std::vector<settings::Key> SettingTable() {
  return {
      {"smtp.from", false, "Address that mails come from.", CheckAddressSetting},
      {"smtp.from_name", false, "Name beside it; else the tenant's.", CheckLineSetting},
      {"smtp.user", false, "User at the SMTP server, where it asks for one.", CheckLineSetting},
      {"smtp.password", true, "Password of that user.", nullptr},
      {"twilio.account_sid", false, "Account at Twilio, for codes by SMS.", CheckLineSetting},
      {"twilio.auth_token", true, "Token of that account.", nullptr},
      {"twilio.from", false, "Number that SMS come from, such as +33600000000.", CheckLineSetting},
      {"links.base_url", false, "Where links in mails lead: the address of the tenant's site.", CheckBaseUrlSetting},
      {"company.email", false, "Address that people may write to; shown in mails.", CheckAddressSetting},
  };
}

std::vector<quittance::events::Subscription> ConsumerTable(Deps& deps) {
  std::vector<quittance::events::Subscription> table = {
      service::RevocationsHeard(deps.clock),
      {"quittance.auth.v1.UserSignedUp", api::OnUserSignedUp(deps)},
      {"quittance.auth.v1.MfaCodeRequested", api::OnMfaCodeRequested(deps)},
      {"quittance.auth.v1.UserErased", api::OnUserErased(deps)},
      {"quittance.auth.v1.AccountLocked", api::OnAccount(deps, "account_locked")},
      {"quittance.auth.v1.PasswordResetRequested", api::OnAccount(deps, "reset_password")},
      {"quittance.auth.v1.MagicLinkRequested", api::OnAccount(deps, "magic_link")},
      {"quittance.auth.v1.PasswordChanged", api::OnAccount(deps, "password_changed")},
      {"quittance.auth.v1.NewDeviceSeen", api::OnAccount(deps, "new_device")},
      {"quittance.auth.v1.FactorChanged", api::OnAccount(deps, "factor_changed")},
      {"quittance.subscriptions.v1.PlanPublished", api::OnPlanPublished()},
      {"quittance.subscriptions.v1.MemberInvited", api::OnMemberInvited(deps)},
      {"quittance.billing.v1.PaymentFailed", api::OnPaymentFailed(deps)},
      {"quittance.billing.v1.RefundSucceeded", api::OnRefundSucceeded(deps)},
      {"quittance.billing.v1.RefundFailed", api::OnRefundFailed(deps)},
  };
  std::ranges::move(api::OnSubscriptions(deps), std::back_inserter(table));
  return table;
}

std::vector<jobs::Job> JobTable(Deps& deps) {
  return {
      {kSendJob, kSendInterval, [&deps] { return SendNotifications(deps); }},
      {"purge_idempotency_keys", kPurgeInterval, [&deps] { return PurgeIdempotencyKeys(deps); }},
      {"purge_notifications", kPurgeInterval, [&deps] { return PurgeNotifications(deps); }},
  };
}

std::vector<std::unique_ptr<grpc::Service>> MakeServices(rpc::Edge& edge, Deps& deps) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(api::MakeNotificationService(edge, deps));
  services.push_back(settings::MakeSettingsService(deps.settings, deps.db, edge, deps.clock));
  services.push_back(audit::MakeAuditService(deps.db, edge));
  services.push_back(person::MakePersonService(edge, api::PersonLists(deps)));
  return services;
}

std::unique_ptr<Channel> MakeEmail(const Config& config, service::Runtime& runtime, std::shared_ptr<const crypto::Keyring> keyring) {
  if (config.smtp_url.empty()) return std::make_unique<LogOnlyChannel>(std::move(keyring));
  return std::make_unique<EmailChannel>(config.smtp_url, config.smtp_require_tls, runtime.metrics);
}

std::unique_ptr<Channel> MakeSms(const Config& config, service::Runtime& runtime, http::Client& http,
                                 std::shared_ptr<const crypto::Keyring> keyring) {
  if (config.twilio_base_url.empty()) return std::make_unique<LogOnlyChannel>(std::move(keyring));
  return std::make_unique<SmsChannel>(http, config.twilio_base_url, runtime.metrics);
}

CompanyName CompanyFrom(rpc::Edge& edge) {
  return [&edge](TenantId tenant) {
    const auto found = rpc::TenantById(rpc::TrustOf(edge), tenant);
    return found ? found->display_name : std::string();
  };
}

}  // namespace

App::App(const Config& config, service::Runtime& runtime)
    : config_(config),
      store_(config.data, runtime),
      token_keyring_(crypto::Keyring::Load(config.token_keyring_file)),
      identity_(service::ClientOf(config.peer), runtime.executor),
      edge_(service::MakeEdge(config.base, runtime, rpc::RemoteTrust(config.peer.auth_target, identity_), &store_.system)),
      settings_(SettingTable(), store_.app, store_.keyring),
      http_(runtime.metrics),
      email_(MakeEmail(config, runtime, store_.keyring)),
      sms_(MakeSms(config, runtime, http_, store_.keyring)),
      deps_{store_.app,
            store_.system,
            runtime.clock,
            runtime.ids,
            runtime.executor,
            settings_,
            token_keyring_,
            *email_,
            api::MakeContactBook(config.peer.auth_target, identity_),
            CompanyFrom(*edge_),
            [this] { jobs_.Wake(kSendJob); },
            sms_.get()},
      jobs_(service::WithRewrap(JobTable(deps_), store_.system, store_.keyring, {service::kTenantKeys}, runtime.metrics), runtime.executor,
            runtime.metrics),
      relay_(service::RelayOf(config.data, runtime), store_.system, runtime.metrics),
      services_(MakeServices(*edge_, deps_)),
      consumer_(service::ConsumerOf(config.data, runtime), ConsumerTable(deps_), store_.system, runtime.metrics) {
  runtime.admin.AddCheck({"consumer", false, [this] { return consumer_.Assigned(); }});
  runtime.admin.AddCheck({"smtp", false, [this] { return !config_.smtp_url.empty(); }});
}

App::~App() = default;

void App::Start() {
  service::ApplyErasures(store_.ledger.get(), store_.system, [this](db::Tx& tx, const erasure::Erased& erased) {
    ErasePerson(deps_, tx, erased.tenant, erased.user, erased.version, {.traceparent = "", .actor = "system:erasure_ledger"});
  });
  rpc::StartEdge(*edge_);
  std::vector<grpc::Service*> services;
  for (const auto& service : services_) services.push_back(service.get());
  server_ = std::make_unique<rpc::Server>(config_.base.grpc_listen, config_.base.reflection, services, *edge_);
  relay_.Start();
  consumer_.Start();
  jobs_.Start();
}

void App::Drain(SteadyTime deadline) {
  if (server_) server_->Drain(deadline);
  consumer_.Stop();
  jobs_.Stop(deadline);
  relay_.Drain(deadline);
}

}  // namespace quittance::notifications
