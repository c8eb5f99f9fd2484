// Tenant, connection, signature, environment; then one batched transaction, in which a webhook is judged, applied and stored with what
// became of it. What cannot be applied yet is parked with its reason and still answered 2xx.
#include "services/billing/usecases/ingest_webhook.h"

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "common/crypto/hmac.h"
#include "services/billing/domain/life.h"
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/connections.h"
#include "services/billing/usecases/hot_paths.h"

namespace quittance::billing {
namespace {

crypto::Place PlaceOf(const store::NewDelivery& delivery, const std::string& row) {
  return {delivery.tenant, "webhook_deliveries", "body", row};
}

WebhookReply Plain(int status, std::string body) { return {status, {"text/plain; charset=utf-8", std::move(body)}}; }

// A hash, bounded, with an audit row; the sender only learns that it was not believed.
Task<WebhookReply> Reject(Deps& deps, IngestWebhookCommand command, TenantId tenant, psp::Rejection rejection) {
  deps.metrics.Webhooks("rejected").Add();
  deps.metrics.Rejections(psp::Name(rejection)).Add();
  const store::RejectedWebhook rejected{deps.ids.New<DeliveryId>(),
                                        tenant,
                                        command.connection,
                                        std::string(psp::Name(rejection)),
                                        std::string(crypto::AsView(crypto::Sha256(command.webhook.body))),
                                        command.source_hash,
                                        deps.clock.Now()};
  co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) {
    if (!store::InsertRejection(tx, rejected)) return;
    audit::Append(tx, {tenant,
                       rejected.receive_time,
                       WebhookCause(command.connection, command.cause.traceparent),
                       "RejectWebhook",
                       rejected.id.ToString(),
                       "{\"reason\":\"" + rejected.reason + "\",\"body_sha256\":\"" + crypto::Hex(rejected.body_hash) + "\"}",
                       {}});
  });
  co_return Plain(401, "signature or timestamp not accepted");
}

// What is stored of an event that is not applied in the intake transaction.
std::optional<store::DeliveryOutcome> OutcomeBeforehand(const TakeWebhook& webhook, TimePoint now) {
  using Kind = psp::Event::Kind;
  store::DeliveryOutcome outcome{
      webhook.delivery.tenant, webhook.delivery.id, store::DeliveryState::kParked, "", std::nullopt, std::nullopt};
  const auto parked = [&](std::string reason, Duration after) {
    outcome.reason = std::move(reason);
    outcome.retry_at = now + after;
    return outcome;
  };
  if (webhook.park) return parked("failed", kReplayParkedAfter.front());
  switch (webhook.event.kind) {
    case Kind::kNews:
      return std::nullopt;
    case Kind::kAsk:
      return parked("psp_must_be_asked", Duration(0));
    case Kind::kUnreadable:
      return parked("unreadable", kReplayParkedAfter.front());
    case Kind::kForeign:
      outcome.state = store::DeliveryState::kQuarantined;
      outcome.reason = "environment";
      return outcome;
    case Kind::kIgnored:
      outcome.state = store::DeliveryState::kIgnored;
      outcome.reason = webhook.event.known_type ? "" : "unknown_type";
      return outcome;
  }
  CHECK(false);
}

store::DeliveryOutcome OutcomeOf(const TakeWebhook& webhook, const Applied& applied, TimePoint now) {
  store::DeliveryOutcome outcome{webhook.delivery.tenant, webhook.delivery.id, store::DeliveryState::kApplied, "",
                                 applied.payment,         std::nullopt};
  if (applied.match != Match::kApplied) {
    outcome.state = store::DeliveryState::kParked;
    outcome.reason = std::string(Name(applied.match));
    outcome.retry_at = now + kReplayParkedAfter.front();
  }
  return outcome;
}

void Quarantine(db::Tx& tx, const TakeWebhook& webhook, TimePoint now) {
  audit::Append(tx, {webhook.delivery.tenant,
                     now,
                     webhook.cause,
                     "QuarantineWebhook",
                     webhook.delivery.id.ToString(),
                     "{\"reason\":\"other bytes under a known event id\"}",
                     {}});
}

// Every body under its tenant's key.
std::vector<store::NewDelivery> Sealed(db::Tx& tx, Deps& deps, std::span<const TakeWebhook> webhooks) {
  std::set<TenantId> tenants;
  for (const auto& webhook : webhooks) tenants.insert(webhook.delivery.tenant);
  const auto keys = settings::TenantKeys(tx, tenants, *deps.keyring);
  std::vector<store::NewDelivery> deliveries;
  for (const auto& webhook : webhooks) {
    auto delivery = webhook.delivery;
    const auto row = delivery.id.ToString();
    delivery.sealed_body = crypto::Seal(*deps.keyring, keys.at(delivery.tenant), delivery.tenant.ToString(), PlaceOf(delivery, row),
                                        webhook.delivery.sealed_body);
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

void CountIntake(Metrics& metrics, store::Intake intake, const psp::Event& event) {
  if (intake == store::Intake::kDuplicate) metrics.Webhooks("duplicate").Add();
  if (intake == store::Intake::kQuarantined) metrics.Webhooks("quarantined").Add();
  if (intake != store::Intake::kFresh) return;
  if (!event.known_type) metrics.unknown_event_types.Add();
  if (event.kind == psp::Event::Kind::kForeign) metrics.Webhooks("quarantined").Add();
}

TakeWebhook Make(Deps& deps, const IngestWebhookCommand& command, TenantId tenant, psp::Event event) {
  TakeWebhook take;
  take.delivery = {deps.ids.New<DeliveryId>(),
                   tenant,
                   command.connection,
                   event.id,
                   event.type,
                   std::string(crypto::AsView(crypto::Sha256(command.webhook.body))),
                   command.webhook.body,
                   deps.clock.Now()};
  take.event = std::move(event);
  take.cause = WebhookCause(command.connection, command.cause.traceparent);
  return take;
}

// Through the batcher; what fails alone, for a reason that is not the database being away, is stored parked.
Task<store::Intake> Take(Deps& deps, TakeWebhook take) {
  bool failed = false;
  store::Intake intake{};
  try {
    intake = co_await deps.hot->webhooks.Submit(take);
  } catch (const Fault&) {
    throw;  // nothing is stored: the PSP sends it again
  } catch (const std::exception&) {
    failed = true;
  }
  if (failed) {
    take.park = true;
    intake = co_await deps.hot->webhooks.Submit(take);
  }
  co_return intake;
}

}  // namespace

Cause WebhookCause(const std::string& connection, const std::string& traceparent) { return {"psp:" + connection, traceparent}; }

std::string OpenBody(db::Tx& tx, const crypto::Keyring& keyring, const store::NewDelivery& delivery) {
  const auto row = delivery.id.ToString();
  return crypto::Open(keyring, settings::TenantKey(tx, delivery.tenant, keyring), delivery.tenant.ToString(), PlaceOf(delivery, row),
                      delivery.sealed_body);
}

std::vector<store::Intake> TakeWebhooks(db::Tx& tx, Deps& deps, std::span<const TakeWebhook> webhooks) {
  const TimePoint now = deps.clock.Now();
  auto deliveries = Sealed(tx, deps, webhooks);
  const auto intake = store::JudgeDeliveries(tx, deliveries);

  std::vector<store::NewDelivery> taken, quarantined;
  std::vector<store::DeliveryOutcome> outcomes;
  std::vector<TenantNews> news;
  std::vector<std::size_t> owners;
  bool ask = false;
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    if (intake[i] == store::Intake::kQuarantined) {
      Quarantine(tx, webhooks[i], now);
      quarantined.push_back(std::move(deliveries[i]));
    } else if (intake[i] == store::Intake::kFresh) {
      auto outcome = OutcomeBeforehand(webhooks[i], now);
      if (!outcome) {
        news.push_back({webhooks[i].delivery.tenant, webhooks[i].event.news, webhooks[i].cause});
        owners.push_back(i);
        continue;
      }
      ask |= outcome->retry_at.has_value();
      taken.push_back(std::move(deliveries[i]));
      outcomes.push_back(std::move(*outcome));
    }
  }
  const auto applied = ApplyPspNews(tx, deps, news);
  for (std::size_t i = 0; i < applied.size(); ++i) {
    taken.push_back(std::move(deliveries[owners[i]]));
    outcomes.push_back(OutcomeOf(webhooks[owners[i]], applied[i], now));
  }
  store::InsertDeliveries(tx, taken, outcomes);
  store::InsertQuarantined(tx, quarantined);
  tx.OnCommit([&metrics = deps.metrics, outcomes, ask, wake = deps.ports.wake] {
    for (const auto& outcome : outcomes) {
      if (outcome.state != store::DeliveryState::kQuarantined) metrics.Webhooks(std::string(Name(outcome.state))).Add();
    }
    if (ask && wake) wake("replay_parked");
  });
  return intake;
}

Task<Result<WebhookReply>> IngestWebhook(Deps& deps, IngestWebhookCommand command) {
  if (command.webhook.body.size() > kWebhookBytesMax) co_return Plain(413, "more than 1 MiB");
  const auto tenant = co_await deps.ports.find_tenant(command.tenant);
  if (!tenant) co_return Plain(404, "no such tenant or connection");
  const auto settings = co_await deps.settings.For(*tenant);
  const auto connection = psp::ReadConnection([&](const std::string& key) { return settings->Find(key); }, command.connection);
  const auto* psp = connection ? deps.psps.Find(connection->provider) : nullptr;
  if (psp == nullptr) co_return Plain(404, "no such tenant or connection");
  if (!psp->Prepared(command.webhook)) {
    co_await psp->Prepare(command.webhook);
    if (!psp->Prepared(command.webhook)) co_return Plain(503, "what verifies it is not to be had now, send it again");
  }
  const auto began = std::chrono::steady_clock::now();
  const auto rejection = psp->Verify(*connection, command.webhook, deps.clock.Now());
  deps.metrics.signature_seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  if (rejection) {
    auto rejected = co_await Reject(deps, std::move(command), *tenant, *rejection);
    co_return rejected;
  }
  auto take = Make(deps, command, *tenant, psp->Translate(*connection, command.webhook.body));
  const auto event = take.event;
  QUITTANCE_CRASH_POINT("billing.webhook.verified");
  const auto intake = co_await Take(deps, std::move(take));
  QUITTANCE_CRASH_POINT("billing.webhook.stored");
  CountIntake(deps.metrics, intake, event);
  co_return WebhookReply{200, psp->Acknowledge()};
}

}  // namespace quittance::billing
