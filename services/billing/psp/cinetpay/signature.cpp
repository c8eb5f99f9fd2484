// The body of signature.h.
#include "services/billing/psp/cinetpay/signature.h"

#include <algorithm>
#include <array>

#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp::cinetpay {
namespace {

constexpr std::array<const char*, 16> kSigned = {"cpm_site_id",       "cpm_trans_id", "cpm_trans_date",  "cpm_amount",
                                                 "cpm_currency",      "signature",    "payment_method",  "cel_phone_num",
                                                 "cpm_phone_prefixe", "cpm_language", "cpm_version",     "cpm_payment_config",
                                                 "cpm_page_action",   "cpm_custom",   "cpm_designation", "cpm_error_message"};
constexpr std::size_t kFieldsMax = 64;

std::string At(const std::map<std::string, std::string>& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

bool All(std::string_view text, bool (*fits)(char)) { return !text.empty() && std::all_of(text.begin(), text.end(), fits); }
bool Digit(char c) { return c >= '0' && c <= '9'; }
bool Capital(char c) { return c >= 'A' && c <= 'Z'; }

// The shape that the signature does not protect: which digit belongs to which field.
bool WellFormed(const Connection& connection, const std::map<std::string, std::string>& fields) {
  const auto amount = At(fields, "cpm_amount"), currency = At(fields, "cpm_currency"), date = At(fields, "cpm_trans_date");
  return At(fields, "cpm_site_id") == connection.Field("site_id") && !At(fields, "cpm_trans_id").empty() && All(amount, Digit) &&
         amount.size() <= 15 && currency.size() == 3 && All(currency, Capital) && date.size() == 19 && date[10] == ' ';
}

}  // namespace

std::optional<std::map<std::string, std::string>> ReadForm(const std::string& body) {
  const auto decoded = http::FormDecode(body);
  if (!decoded || decoded->empty() || decoded->size() > kFieldsMax) return std::nullopt;
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : *decoded) {
    if (!fields.emplace(name, value).second) return std::nullopt;
  }
  return fields;
}

std::string SignedText(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto* name : kSigned) text += At(fields, name);
  return text;
}

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) {
  if (connection.webhook_secrets.empty()) return Rejection::kNoSecret;
  const auto header = SingleHeader(webhook, "x-token");
  if (!header || header->empty()) return Rejection::kSignatureMissing;
  std::string token(*header);
  for (auto& c : token) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto signature = ParseHexSignature(token);
  const auto fields = ReadForm(webhook.body);
  if (!signature || !fields) return Rejection::kSignatureMalformed;
  if (!AnyMatches(connection.webhook_secrets, {*signature}, {SignedText(*fields)}, now)) return Rejection::kSignatureWrong;
  return WellFormed(connection, *fields) ? std::nullopt : std::optional(Rejection::kSignatureMalformed);
}

}  // namespace quittance::billing::psp::cinetpay
