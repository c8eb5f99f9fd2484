// The routes of the ingress and what they have in common: names in the path, security headers, the limit of unverified senders.
// Invariant: a verified sender is never limited; what fails verification may do so ten times a minute from one source.
#pragma once

#include <mutex>

#include "common/limit/gcra.h"
#include "common/rpc/client_address.h"
#include "services/ingress/api/forward.h"
#include "services/ingress/api/origins.h"

namespace quittance::ingress {

inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;
inline constexpr limit::Rate kUnverifiedRate{10, std::chrono::milliseconds(60'000)};
inline constexpr std::chrono::seconds kJwksAge{60};   // asked for again after this
inline constexpr std::chrono::seconds kJwksRetry{5};  // and not sooner than this while auth is down

// Document 004's headers, on every answer.
std::vector<http::Header> SecurityHeaders();

// Lower case letters, digits, dashes and underscores, 1 to 64: what a tenant's or connection's name can be. Anything else is 404 at once.
bool IsName(std::string_view text);

class Front {
 public:
  Front(Forward& forward, Origins& origins, Secret source_hash_key, const Clock& clock, metrics::Registry& metrics);
  std::vector<http::Route> Routes();

 private:
  using Handle = std::function<Task<http::ServerResponse>(const http::ServerRequest&)>;
  Task<http::ServerResponse> Marked(Handle handle, bool of_tenant, const http::ServerRequest& request);
  Task<http::ServerResponse> Webhook(const http::ServerRequest& request);
  Task<http::ServerResponse> Telegram(const http::ServerRequest& request);
  Task<http::ServerResponse> Jwks();
  http::ServerResponse Answer(const std::string& route, const std::string& source, http::ServerResponse answer);
  std::string SourceOf(const http::ServerRequest& request) const;

  Forward& forward_;
  Origins& origins_;
  const rpc::AddressHasher hasher_;
  const Clock& clock_;
  metrics::Registry& metrics_;
  limit::Gcra unverified_;

  std::mutex mutex_;
  std::string jwks_;
  SteadyTime jwks_next_{};
};

}  // namespace quittance::ingress
