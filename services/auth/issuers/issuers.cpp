// OpenID Connect Discovery 1.0: <issuer>/.well-known/openid-configuration names the key set, and must name the issuer itself.
#include "services/auth/issuers/issuers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace quittance::auth {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr std::string_view kMetadataPath = "/.well-known/openid-configuration";
constexpr std::size_t kAnswerMax = 256 * 1024;
constexpr std::size_t kUrlMax = 512;
constexpr std::size_t kIssuersMax = 1024;
constexpr std::string_view kNoKeys = "the issuer does not give its keys";

// Never was long ago.
bool Within(steady_clock::duration pause, steady_clock::time_point before, steady_clock::time_point now) {
  return before != steady_clock::time_point{} && now - before < pause;
}

bool Knows(const IssuerKeys& keys, const std::string& kid) {
  return keys && std::any_of(keys->begin(), keys->end(), [&](const crypto::IssuerKey& key) { return key.kid == kid; });
}

std::string TextAt(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::optional<std::string> CheckIssuerSetting(std::string_view value) {
  const bool plain = value.starts_with("https://") || value.starts_with("http://");
  if (!plain || value.size() > kUrlMax || value.find_first_of(" \t\r\n?#@\"<>") != std::string_view::npos) return "must be an issuer's URL";
  return std::nullopt;
}

Task<Result<IssuerKeys>> Issuers::Keys(std::string issuer, std::string kid) {
  IssuerKeys known;
  {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= kIssuersMax) entries_.clear();
    Entry& entry = entries_[issuer];
    const auto now = steady_clock::now();
    if (now - entry.heard < kIssuerKeysUsable) known = entry.keys;
    const bool enough = Knows(known, kid) && now - entry.heard < kIssuerKeysFresh;
    const bool asked_just_now = Within(kIssuerAskPause, entry.asked, now);
    if (enough || (asked_just_now && known)) co_return known;
    if (!known && Within(kIssuerDownPause, entry.failed, now)) co_return Unavailable(std::string(kNoKeys));
    entry.asked = now;
  }
  IssuerKeys fresh = co_await Ask(issuer);
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[issuer];
  if (fresh) {
    entry = {.keys = fresh, .heard = steady_clock::now(), .asked = entry.asked};
    co_return fresh;
  }
  entry.failed = steady_clock::now();
  if (!known) co_return Unavailable(std::string(kNoKeys));
  co_return known;
}

Task<IssuerKeys> Issuers::Ask(std::string issuer) {
  std::string base = issuer;
  while (base.ends_with('/')) base.pop_back();
  const std::string metadata_text = co_await Get(base + std::string(kMetadataPath));
  const json metadata = json::parse(metadata_text, nullptr, false);
  if (!metadata.is_object() || TextAt(metadata, "issuer") != issuer) co_return IssuerKeys();
  const std::string set = co_await Get(TextAt(metadata, "jwks_uri"));
  auto keys = crypto::ParseJwks(set);
  if (!keys || keys->empty()) co_return IssuerKeys();
  co_return std::make_shared<const std::vector<crypto::IssuerKey>>(*std::move(keys));
}

Task<std::string> Issuers::Get(std::string url) {
  if (url.size() > kUrlMax || !(url.starts_with("https://") || (neighbours_ && url.starts_with("http://")))) co_return std::string();
  http::Request request;
  request.target = "oidc";
  request.url = std::move(url);
  request.timeout = kIssuerTimeout;
  request.public_only = !neighbours_;
  const http::Outcome outcome = co_await http_.Send(std::move(request));
  const auto* response = std::get_if<http::Response>(&outcome);
  if (response == nullptr || response->status != 200 || response->body.size() > kAnswerMax) co_return std::string();
  co_return response->body;
}

}  // namespace quittance::auth
