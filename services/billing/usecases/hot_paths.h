// The paths that take many requests in one commit, or none at all.
#pragma once

#include "common/db/batcher.h"
#include "common/db/reply_memory.h"
#include "services/billing/usecases/call_psp.h"
#include "services/billing/usecases/ingest_webhook.h"
#include "services/billing/usecases/open_intents.h"

namespace quittance::billing {

struct HotPaths {
  explicit HotPaths(Deps& deps)
      : intents(
            deps.db, [](const OpenIntent& intent) { return intent.once.tenant; },
            [&deps](db::Tx& tx, std::span<const OpenIntent> batch) { return OpenIntents(tx, deps, batch); }),
        answers(
            deps.db, [](const CreateAnswer& answer) { return answer.work.payment.tenant; },
            [&deps](db::Tx& tx, std::span<const CreateAnswer> batch) { return ApplyAnswers(tx, deps, batch); }),
        webhooks(
            deps.db, [](const TakeWebhook& webhook) { return webhook.delivery.tenant; },
            [&deps](db::Tx& tx, std::span<const TakeWebhook> batch) { return TakeWebhooks(tx, deps, batch); }) {}

  db::Batcher<OpenIntent, OpenAnswer> intents;
  db::Batcher<CreateAnswer, std::optional<db::Reply>> answers;
  db::Batcher<TakeWebhook, store::Intake> webhooks;
  db::ReplyMemory replies;  // of CreatePaymentIntent
};

}  // namespace quittance::billing
