// The body of stripe_objects.h; the invariant it keeps stands there.
#include "tests/sandbox/stripe_objects.h"

namespace quittance::sandbox {
namespace {

constexpr const char* kApiVersion = "2026-07-29.dahlia";

Json TextOrNull(const std::optional<std::string>& text) { return text && !text->empty() ? Json(*text) : Json(); }

}  // namespace

bool IsLive(const Account& account) { return account.api_key.starts_with("sk_live_") || account.api_key.starts_with("rk_live_"); }

Json NewIntentObject(const StripeParams& params, std::int64_t amount, std::int64_t now, bool livemode) {
  const std::string id = NewReference("pi_");
  return {{"id", id},
          {"object", "payment_intent"},
          {"amount", amount},
          {"amount_capturable", 0},
          {"amount_received", 0},
          {"automatic_payment_methods", {{"allow_redirects", "always"}, {"enabled", true}}},
          {"canceled_at", nullptr},
          {"cancellation_reason", nullptr},
          {"capture_method", "automatic_async"},
          {"client_secret", NewReference(id + "_secret_")},
          {"confirmation_method", "automatic"},
          {"created", now},
          {"currency", params.Text("currency")},
          {"customer", TextOrNull(params.Get("customer"))},
          {"description", TextOrNull(params.Get("description"))},
          {"last_payment_error", nullptr},
          {"latest_charge", nullptr},
          {"livemode", livemode},
          {"metadata", params.Metadata()},
          {"next_action", nullptr},
          {"payment_method", TextOrNull(params.Get("payment_method"))},
          {"payment_method_types", {"card"}},
          {"processing", nullptr},
          {"receipt_email", nullptr},
          {"setup_future_usage", nullptr},
          {"shipping", nullptr},
          {"statement_descriptor", TextOrNull(params.Get("statement_descriptor"))},
          {"status", params.Get("payment_method") ? "requires_confirmation" : "requires_payment_method"}};
}

Json ChargeOf(const Json& intent, std::int64_t refunded) {
  const auto amount = intent.at("amount_received").get<std::int64_t>();
  return {{"id", intent.at("latest_charge")},
          {"object", "charge"},
          {"amount", amount},
          {"amount_captured", amount},
          {"amount_refunded", refunded},
          {"captured", true},
          {"created", intent.at("created")},
          {"currency", intent.at("currency")},
          {"livemode", intent.at("livemode")},
          {"metadata", intent.at("metadata")},
          {"paid", true},
          {"payment_intent", intent.at("id")},
          {"payment_method", intent.at("payment_method")},
          {"refunded", refunded >= amount},
          {"status", "succeeded"}};
}

Json NewRefundObject(const Json& intent, std::int64_t amount, const std::string& reason, Json metadata, std::int64_t now) {
  return {{"id", NewReference("re_")},
          {"object", "refund"},
          {"amount", amount},
          {"balance_transaction", NewReference("txn_")},
          {"charge", intent.at("latest_charge")},
          {"created", now},
          {"currency", intent.at("currency")},
          {"metadata", std::move(metadata)},
          {"payment_intent", intent.at("id")},
          {"reason", reason.empty() ? Json() : Json(reason)},
          {"receipt_number", nullptr},
          {"status", "pending"}};
}

Json NewDisputeObject(const Json& intent, std::int64_t amount, std::int64_t now, bool livemode) {
  return {{"id", NewReference("du_")},
          {"object", "dispute"},
          {"amount", amount},
          {"balance_transactions", Json::array()},
          {"charge", intent.at("latest_charge")},
          {"created", now},
          {"currency", intent.at("currency")},
          {"evidence_details", {{"due_by", now + 7 * 24 * 3600}, {"has_evidence", false}, {"past_due", false}, {"submission_count", 0}}},
          {"is_charge_refundable", false},
          {"livemode", livemode},
          {"metadata", Json::object()},
          {"payment_intent", intent.at("id")},
          {"reason", "fraudulent"},
          {"status", "needs_response"}};
}

Json NewEvent(const std::string& type, const Json& object, std::int64_t now, bool livemode) {
  return {{"id", NewReference("evt_")},
          {"object", "event"},
          {"api_version", kApiVersion},
          {"created", now},
          {"data", {{"object", object}}},
          {"livemode", livemode},
          {"pending_webhooks", 1},
          {"request", {{"id", nullptr}, {"idempotency_key", nullptr}}},
          {"type", type}};
}

}  // namespace quittance::sandbox
