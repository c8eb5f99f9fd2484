// Choose the connection, open (batched), call the PSP detached, wait as long as the caller may.
#include "services/billing/usecases/create_payment_intent.h"

#include "common/core/crash_point.h"
#include "services/billing/store/projections.h"
#include "services/billing/usecases/hot_paths.h"
#include "services/billing/usecases/method_token.h"
#include "services/billing/usecases/resume.h"

namespace quittance::billing {
namespace {

// The plan's price, where it is known here already.
std::optional<Money> PriceHere(db::Tx& tx, const CreatePaymentIntentCommand& command) {
  const store::OfferKey key{command.once.tenant, command.purpose.value};
  const auto offers = store::FindOffers(tx, {key});
  const auto offer = offers.find(key);
  const auto price = offer == offers.end() ? PriceOf(std::nullopt, std::nullopt) : PriceOf(offer->second, std::nullopt);
  return price ? std::optional(*price) : std::nullopt;
}

// What of the settings decides before anything is stored.
Task<Result<Chosen>> Choose(Deps& deps, CreatePaymentIntentCommand command) {
  const auto settings = co_await deps.settings.For(command.once.tenant);
  if (auto ok = CheckReturnOrigin(command.return_url, settings->List("return_origins")); !ok) co_return ok.error();
  if (command.method) {
    auto named = co_await NameMethod(deps, command.caller, command.once.tenant, command.user, *command.method, command.connection);
    if (!named) co_return named.error();
    auto chosen = ChooseConnection(deps, *settings, named->method.connection);
    if (chosen) chosen->method = named->method.id, chosen->method_token = std::move(named->token);
    co_return chosen;
  }
  psp::Wanted wanted{command.amount, command.country};
  const bool routed = command.connection.empty() && settings->Find("psp.routes").has_value();
  if (routed && !wanted.amount && command.purpose.kind == PurposeKind::kPlan) {
    wanted.amount = co_await deps.db.Transact(db::Scope::Of(command.once.tenant), [&](db::Tx& tx) { return PriceHere(tx, command); });
  }
  co_return ChooseConnection(deps, *settings, command.connection, wanted);
}

// Asks the owners about what no event has told yet, and keeps the answer.
Task<void> Learn(Deps& deps, OpenIntent intent, OpenAnswer answer) {
  const auto tenant = intent.once.tenant;
  if (answer.ask_plan && deps.ports.ask_plan) {
    const auto offer = co_await deps.ports.ask_plan(tenant, intent.purpose.value);
    if (offer)
      co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { store::PutOffer(tx, tenant, PurposeKind::kPlan, *offer); });
  }
  if (answer.ask_user && deps.ports.ask_user) {
    const auto version = co_await deps.ports.ask_user(tenant, intent.user);
    if (version) co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { store::PutUser(tx, tenant, intent.user, *version); });
  }
}

Task<Result<db::Reply>> Create(Deps& deps, CreatePaymentIntentCommand command) {
  const auto scope = db::Scope::Of(command.once.tenant);
  auto chosen = co_await Choose(deps, command);
  if (!chosen) {
    auto refusal = co_await RefuseUnlessReplayed(deps, command.once, chosen.error());
    co_return refusal;
  }
  OpenIntent intent{.once = command.once,
                    .cause = command.cause,
                    .payment = deps.ids.New<PaymentId>(),
                    .attempt = deps.ids.New<AttemptId>(),
                    .user = command.user,
                    .purpose = command.purpose,
                    .named = command.amount,
                    .metadata = command.metadata,
                    .return_url = command.return_url,
                    .chosen = std::make_shared<const Chosen>(std::move(*chosen)),
                    .asked = false};
  QUITTANCE_CRASH_POINT("billing.create.begin");
  auto opened = co_await deps.hot->intents.Submit(intent);
  if (opened.kind == OpenAnswer::Kind::kAsk) {
    co_await Learn(deps, intent, opened);
    intent.asked = true;
    opened = co_await deps.hot->intents.Submit(intent);
  }
  if (opened.kind == OpenAnswer::Kind::kRefused) co_return *opened.error;
  if (opened.kind == OpenAnswer::Kind::kReply) co_return std::move(*opened.reply);
  if (opened.kind == OpenAnswer::Kind::kRunning) {
    auto reply = co_await ResumeAttempt(deps, command.once, command.cause, AttemptId{opened.resource});
    co_return reply;
  }
  QUITTANCE_CRASH_POINT("billing.create.opened");
  auto slot = std::make_shared<ReplySlot>(deps.executor);
  CreateWork work{{command.once.tenant, intent.payment},
                  intent.attempt,
                  store::Lease{1},
                  *intent.chosen,
                  *opened.amount,
                  intent.return_url,
                  command.cause};
  SpawnCreate(deps, std::move(work), slot);
  auto reply = co_await AwaitSlot(deps, scope, command.once, slot, intent.payment.ToString());
  co_return reply;
}

}  // namespace

Task<Result<db::Reply>> CreatePaymentIntent(Deps& deps, CreatePaymentIntentCommand command) {
  if (auto known = deps.hot->replies.Find(command.once)) co_return *std::move(known);
  const db::IdempotentCall call = command.once;
  auto reply = co_await Create(deps, std::move(command));
  if (reply.ok()) deps.hot->replies.Put(call, *reply);
  co_return reply;
}

}  // namespace quittance::billing
