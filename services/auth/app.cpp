// The whole of auth on one screen: settings, services, jobs, trust from its own tables. It consumes no events and calls other services
// for the copy of a person's data alone; issuers of id tokens are asked for their keys.
#include "services/auth/app.h"

#include "common/audit/service.h"
#include "common/service/erasures.h"
#include "common/service/rewrap.h"
#include "common/settings/service.h"
#include "services/auth/api/services.h"
#include "services/auth/bootstrap_command.h"
#include "services/auth/usecases/erase_user.h"
#include "services/auth/usecases/poll_trust.h"
#include "services/auth/usecases/purge.h"
#include "services/auth/usecases/refusals.h"
#include "services/auth/usecases/signing_keys.h"

namespace quittance::auth {
namespace {

constexpr std::chrono::minutes kPurgeInterval{10};
constexpr std::chrono::seconds kRecordInterval{5};

std::shared_ptr<const crypto::Keyring> LoadKeyring(const std::filesystem::path& file) {
  try {
    return std::make_shared<const crypto::Keyring>(crypto::Keyring::Load(file));
  } catch (const std::runtime_error& problem) {
    throw service::ConfigProblem(std::string("QUITTANCE_TOKEN_KEYRING_FILE: ") + problem.what());
  }
}

std::vector<settings::Key> SettingTable() {
  return {
      {"oidc.*.issuer", false, "Issuer of id tokens, such as https://accounts.google.com or https://appleid.apple.com.",
       CheckIssuerSetting},
      {"oidc.*.client_ids", false, "What we are called there (audience of its id tokens), separated by commas.", nullptr},
  };
}

Task<Result<TrustedIssuer>> FindTrustedIssuer(settings::Settings& settings, Issuers& issuers, TenantId tenant, std::string provider,
                                              std::string kid) {
  const auto snapshot = co_await settings.For(tenant);
  const std::string prefix = "oidc." + provider;
  TrustedIssuer found{snapshot->Get(prefix + ".issuer"), snapshot->List(prefix + ".client_ids"), nullptr};
  if (found.issuer.empty() || found.client_ids.empty()) co_return CredentialsInvalid();
  auto keys = co_await issuers.Keys(found.issuer, std::move(kid));
  if (!keys) co_return keys.error();
  found.keys = *std::move(keys);
  co_return found;
}

std::vector<jobs::Job> JobTable(Deps& deps) {
  return {
      {"record_erasures", kRecordInterval, [&deps] { return RecordErasures(deps); }},
      {"purge_idempotency_keys", kPurgeInterval, [&deps] { return PurgeIdempotencyKeys(deps); }},
      {"purge_sessions", kPurgeInterval, [&deps] { return PurgeSessions(deps); }},
      {"purge_email_tokens", kPurgeInterval, [&deps] { return PurgeEmailTokens(deps); }},
      {"purge_revocations", kPurgeInterval, [&deps] { return PurgeRevocations(deps); }},
      {"purge_mail_tokens", kPurgeInterval, [&deps] { return PurgeMailTokens(deps); }},
      {"purge_challenges", kPurgeInterval, [&deps] { return PurgeChallenges(deps); }},
      {"purge_sms_codes", kPurgeInterval, [&deps] { return PurgeSmsCodes(deps); }},
      {"purge_throttles", kPurgeInterval, [&deps] { return PurgeThrottles(deps); }},
      {"purge_devices", kPurgeInterval, [&deps] { return PurgeDevices(deps); }},
  };
}

std::vector<std::unique_ptr<grpc::Service>> MakeServices(rpc::Edge& edge, Deps& deps, settings::Settings& settings,
                                                         const api::PersonDocument& person) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(api::MakeAuthService(edge, deps));
  services.push_back(api::MakeAccountService(edge, deps, person));
  services.push_back(api::MakeUserService(edge, deps, person));
  services.push_back(api::MakeServiceAccountService(edge, deps));
  services.push_back(api::MakeTenantService(edge, deps));
  services.push_back(api::MakeKeyService(edge, deps));
  services.push_back(settings::MakeSettingsService(settings, deps.db, edge, deps.clock));
  services.push_back(audit::MakeAuditService(deps.db, edge));
  return services;
}

// What the edge of every other process asks over the network, auth's own reads from its tables; the signer follows the key table with it,
// and the first start makes the first key.
Task<rpc::TrustUpdate> OwnTrust(Deps& deps, std::string cursor) {
  if (!deps.signer.Ready()) co_await LoadSigningKeys(deps);
  auto news = co_await PollTrust(deps, std::move(cursor));
  if (!news) throw Fault("trust cursor: " + news.error().message);
  deps.signer.Load(news->keys);
  rpc::TrustUpdate update{.cursor = news->cursor, .keys = {}, .revocations = {}, .tenants = {}};
  for (const SigningKey& key : news->keys) update.keys.emplace(key.kid, key.public_key);
  for (const Revocation& each : news->revocations) {
    update.revocations.push_back(
        {each.tenant, each.subject, each.session ? each.session->ToString() : "", each.min_epoch.value_or(0), each.expires});
  }
  for (const Tenant& each : news->tenants) {
    update.tenants.push_back({each.id, each.code, each.display_name, each.locale, each.time_zone, each.maintenance, each.allowed_origins,
                              each.calls_per_minute.value_or(0)});
  }
  co_return update;
}

}  // namespace

const std::vector<service::Command> App::kCommands = {
    {"bootstrap", "makes the platform's tenant, the first tenant, their operators and an account for each process, once", RunBootstrap},
};

App::App(const Config& config, service::Runtime& runtime)
    : config_(config),
      runtime_(runtime),
      store_(config.data, runtime),
      vault_(store_.keyring, LoadKeyring(config.token_keyring_file)),
      signer_(config.base.issuer, vault_, config.base.token_secrets),
      passwords_(config.hash_threads, runtime.metrics, config.hash_cost, config.hash_wait_max),
      settings_(SettingTable(), store_.app, store_.keyring),
      http_(runtime.metrics),
      issuers_(http_, config.base.profile == service::Profile::kDev),
      deps_{store_.app,
            store_.system,
            runtime.clock,
            runtime.ids,
            passwords_,
            vault_,
            signer_,
            [this](TenantId tenant, std::string provider, std::string kid) {
              return FindTrustedIssuer(settings_, issuers_, tenant, std::move(provider), std::move(kid));
            },
            store_.ledger.get()},
      relay_(service::RelayOf(config.data, runtime), store_.system, runtime.metrics),
      edge_(service::MakeEdge(
          config.base, runtime, [this](std::string cursor) { return OwnTrust(deps_, std::move(cursor)); }, nullptr)),
      person_(deps_, {config.billing_target, config.subscriptions_target, config.notifications_target}),
      services_(MakeServices(*edge_, deps_, settings_, person_)),
      jobs_(service::WithRewrap(JobTable(deps_), store_.system, store_.keyring, {service::kTenantKeys, {"user_keys", "user_id", "usr"}},
                                runtime.metrics),
            runtime.executor, runtime.metrics) {
  runtime.admin.AddCheck({"signing_key", true, [this] { return signer_.Ready(); }});
}

App::~App() = default;

void App::Start() {
  service::ApplyErasures(store_.ledger.get(), store_.system,
                         [this](db::Tx& tx, const erasure::Erased& erased) { EraseAgain(deps_, tx, erased); });
  rpc::StartEdge(*edge_);
  relay_.Start();
  jobs_.Start();
  std::vector<grpc::Service*> services;
  for (const auto& service : services_) services.push_back(service.get());
  server_ = std::make_unique<rpc::Server>(config_.base.grpc_listen, config_.base.reflection, services, *edge_);
}

void App::Drain(SteadyTime deadline) {
  if (server_) server_->Drain(deadline);
  jobs_.Stop(deadline);
  runtime_.executor.Drain(deadline);
  relay_.Drain(deadline);
}

}  // namespace quittance::auth
