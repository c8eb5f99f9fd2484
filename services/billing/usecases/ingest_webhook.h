// IngestWebhook: verifies a PSP's webhook on its raw bytes, stores it and applies it in one transaction. 2xx only for what is durably
// stored.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/store/deliveries.h"

namespace quittance::billing {

struct IngestWebhookCommand {
  Cause cause;
  std::string tenant;  // its code
  std::string connection;
  psp::RawWebhook webhook;
  std::string source_hash;
};

struct WebhookReply {
  int http_status = 200;
  psp::Answer answer;
};

Task<Result<WebhookReply>> IngestWebhook(Deps& deps, IngestWebhookCommand command);

// One believed webhook on its way through the batcher.
struct TakeWebhook {
  store::NewDelivery delivery;  // body in clear: sealed inside the transaction
  psp::Event event;
  Cause cause;
  bool park = false;  // it failed once: stored and left to the job
};
std::vector<store::Intake> TakeWebhooks(db::Tx& tx, Deps& deps, std::span<const TakeWebhook> webhooks);

// The raw body of a stored webhook.
std::string OpenBody(db::Tx& tx, const crypto::Keyring& keyring, const store::NewDelivery& delivery);

// "psp:stripe", the actor of what a webhook causes.
Cause WebhookCause(const std::string& connection, const std::string& traceparent);

inline constexpr std::size_t kWebhookBytesMax = 1024 * 1024;

}  // namespace quittance::billing
