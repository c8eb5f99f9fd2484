// The body of signature.h.
#include "services/billing/psp/adyen/signature.h"

#include "common/crypto/hmac.h"
#include "services/billing/psp/adyen/codec.h"
#include "services/billing/psp/json.h"
#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp::adyen {
namespace {

constexpr std::size_t kMacBytes = 32;

// nullopt: nothing is wanted, or it is there.
std::optional<Rejection> CheckBasicAuth(const Connection& connection, const RawWebhook& webhook) {
  const auto wanted = connection.Field("basic_auth");
  if (wanted.empty()) return std::nullopt;
  const auto header = SingleHeader(webhook, "authorization");
  const auto expected = "Basic " + crypto::Base64(wanted);
  if (!header || !crypto::ConstantTimeEqual(*header, expected)) return Rejection::kCredentialsWrong;
  return std::nullopt;
}

std::string Joined(const Json& item) {
  const auto& amount = ObjectAt(item, "amount");
  const auto value = IntegerAt(amount, "value");
  std::string text;
  for (const auto* key : {"pspReference", "originalReference", "merchantAccountCode", "merchantReference"}) text += TextAt(item, key) + ":";
  text += (value ? std::to_string(*value) : "") + ":" + TextAt(amount, "currency") + ":" + TextAt(item, "eventCode") + ":";
  return text + TextAt(item, "success");
}

}  // namespace

std::optional<std::string> SignedText(const std::string& body) {
  const auto json = ParseJson(body);
  const auto* item = json ? OnlyItem(*json) : nullptr;
  return item == nullptr ? std::nullopt : std::optional(Joined(*item));
}

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) {
  if (connection.webhook_secrets.empty()) return Rejection::kNoSecret;
  if (const auto rejection = CheckBasicAuth(connection, webhook)) return rejection;
  const auto json = ParseJson(webhook.body);
  const auto* item = json ? OnlyItem(*json) : nullptr;
  if (item == nullptr) return Rejection::kSignatureMalformed;
  const auto text = TextAt(ObjectAt(*item, "additionalData"), "hmacSignature");
  if (text.empty()) return Rejection::kSignatureMissing;
  const auto signature = crypto::UnBase64(text);
  if (!signature || signature->size() != kMacBytes) return Rejection::kSignatureMalformed;
  std::vector<WebhookSecret> keys;
  for (const auto& secret : connection.webhook_secrets) {
    if (auto key = crypto::UnHex(secret.bytes.Reveal()); key && !key->empty()) keys.push_back({Secret(std::move(*key)), secret.not_after});
  }
  if (keys.empty()) return Rejection::kNoSecret;
  return AnyMatches(keys, {*signature}, {Joined(*item)}, now) ? std::nullopt : std::optional(Rejection::kSignatureWrong);
}

}  // namespace quittance::billing::psp::adyen
