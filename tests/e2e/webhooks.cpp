// See webhooks.h.
#include "tests/e2e/webhooks.h"

#include <openssl/hmac.h>

namespace quittance::e2e {

std::string HmacHex(const std::string& secret, const std::string& data) {
  unsigned char mac[32];
  unsigned int size = sizeof mac;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(data.data()), data.size(), mac,
       &size);
  std::string hex;
  for (unsigned char byte : mac) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string WebhookUrl(const Stack& stack, const TenantSetup& setup, const std::string& connection) {
  return stack.at("ingress") + "/webhooks/" + setup.code + "/" + connection;
}

HttpAnswer PostSignedStripe(const Stack& stack, const TenantSetup& setup, const std::string& body, std::int64_t shift) {
  const std::string time = std::to_string(stack.BusinessNow() + shift);
  return Http("POST", WebhookUrl(stack, setup, "stripe"), body,
              {"Content-Type: application/json", "Stripe-Signature: t=" + time + ",v1=" + HmacHex(setup.stripe_secret, time + "." + body)});
}

HttpAnswer PostSignedHmac(const Stack& stack, const TenantSetup& setup, const std::string& body) {
  const std::string time = std::to_string(stack.BusinessNow());
  return Http(
      "POST", WebhookUrl(stack, setup, "hmac"), body,
      {"Content-Type: application/json", "X-Timestamp: " + time, "X-Signature: v1=" + HmacHex(setup.hmac_secret, time + "." + body)});
}

Json HmacEvent(const Stack& stack, const std::string& type, const billing::v1::PaymentIntent& intent, std::int64_t amount,
               const std::string& currency) {
  return {{"id", "ev_" + RandomHex(16)}, {"type", type},         {"reference", intent.psp_reference()}, {"payment_id", intent.id()},
          {"amount_minor", amount},      {"currency", currency}, {"created", stack.BusinessNow()}};
}

}  // namespace quittance::e2e
