// The body of oidc.h; signs with OpenSSL, so that what verifies here was not made by what verifies.
#include "tests/sandbox/oidc.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "common/core/check.h"
#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

constexpr std::int64_t kLife = 3600;

std::string NumberOf(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return bytes;
}

std::string Padded(std::string bytes, std::size_t size) { return std::string(size - bytes.size(), '\0') + bytes; }

std::string Sign(EVP_PKEY* key, const std::string& message) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  CHECK(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key) == 1);
  CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  if (EVP_PKEY_is_a(key, "EC") != 1) return signature;
  const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* const pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size()));
  std::string joined(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(joined.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(joined.data()) + 32, 32);
  ECDSA_SIG_free(pair);
  return joined;
}

}  // namespace

struct Oidc::Key {
  Key(std::string name, EVP_PKEY* made) : kid(std::move(name)), key(made) { CHECK(key != nullptr); }
  ~Key() { EVP_PKEY_free(key); }
  Key(const Key&) = delete;

  Json Public() const {
    if (EVP_PKEY_is_a(key, "EC") == 1) {
      return {{"kty", "EC"},
              {"crv", "P-256"},
              {"use", "sig"},
              {"kid", kid},
              {"x", crypto::Base64Url(Padded(NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_X), 32))},
              {"y", crypto::Base64Url(Padded(NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y), 32))}};
    }
    return {{"kty", "RSA"},
            {"alg", "RS256"},
            {"use", "sig"},
            {"kid", kid},
            {"n", crypto::Base64Url(NumberOf(key, OSSL_PKEY_PARAM_RSA_N))},
            {"e", crypto::Base64Url(NumberOf(key, OSSL_PKEY_PARAM_RSA_E))}};
  }

  const std::string kid;
  EVP_PKEY* const key;
};

Oidc::Oidc(State& state) : state_(state) {}
Oidc::~Oidc() = default;

// Made when they are needed first: RSA takes its time.
void Oidc::MakeKeys() {
  if (!keys_.empty()) return;
  const std::string mark = std::to_string(++generation_);
  keys_["RS256"] = std::make_unique<Key>("rsa-" + mark, EVP_RSA_gen(2048));
  keys_["ES256"] = std::make_unique<Key>("ec-" + mark, EVP_EC_gen("P-256"));
  keys_["unknown"] = std::make_unique<Key>("unknown-" + mark, EVP_EC_gen("P-256"));
}

std::vector<http::Route> Oidc::Routes() {
  using Answer = Task<http::ServerResponse>;
  return {{"GET", "/oidc/.well-known/openid-configuration", 0,
           [this](const http::ServerRequest& request) -> Answer {
             state_.Record("oidc", request)->status = 200;
             co_return Metadata();
           }},
          {"GET", "/oidc/jwks", 0,
           [this](const http::ServerRequest& request) -> Answer {
             state_.Record("oidc", request)->status = 200;
             MakeKeys();
             co_return Jwks();
           }},
          {"POST", "/control/id_token", kBodyMax, [this](const http::ServerRequest& request) -> Answer {
             const auto command = ParseObject(request.body);
             if (!command) co_return Refuse(400, "the body must be a JSON object");
             co_return Issue(*command);
           }}};
}

http::ServerResponse Oidc::Metadata() const {
  const std::string issuer = "http://" + state_.http_address + "/oidc";
  return JsonAnswer(200, {{"issuer", issuer},
                          {"jwks_uri", issuer + "/jwks"},
                          {"response_types_supported", {"id_token"}},
                          {"subject_types_supported", {"public"}},
                          {"id_token_signing_alg_values_supported", {"RS256", "ES256"}}});
}

http::ServerResponse Oidc::Jwks() const { return JsonAnswer(200, {{"keys", {keys_.at("RS256")->Public(), keys_.at("ES256")->Public()}}}); }

// {"claims": {…}, "alg": "RS256" | "ES256" | "none" | "HS256", "key": "unknown", "rotate": true}
http::ServerResponse Oidc::Issue(const Json& command) {
  if (command.value("rotate", false)) keys_.clear();
  MakeKeys();
  Json claims = {{"iss", "http://" + state_.http_address + "/oidc"}, {"iat", state_.NowSeconds()}, {"exp", state_.NowSeconds() + kLife}};
  if (const auto wanted = command.find("claims"); wanted != command.end() && wanted->is_object()) claims.update(*wanted);
  for (auto name = claims.begin(); name != claims.end();) name = name->is_null() ? claims.erase(name) : std::next(name);
  const std::string alg = command.value("alg", "RS256");
  const Key& key = *keys_.at(command.value("key", "") == "unknown" ? "unknown" : alg == "ES256" ? "ES256" : "RS256");
  const std::string header = Json{{"alg", alg}, {"kid", key.kid}, {"typ", "JWT"}}.dump();
  const std::string message = crypto::Base64Url(header) + "." + crypto::Base64Url(claims.dump());
  std::string signature;
  if (alg == "HS256") signature = std::string(crypto::AsView(crypto::HmacSha256(key.Public().dump(), message)));
  if (alg == "RS256" || alg == "ES256") signature = Sign(key.key, message);
  return JsonAnswer(200, {{"id_token", message + "." + crypto::Base64Url(signature)}});
}

}  // namespace quittance::sandbox
