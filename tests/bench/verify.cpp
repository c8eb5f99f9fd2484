// B12: who a bearer token stands for, as the edge asks on every call (rpc::Tokens: hash, memory, revocations) where 99 of 100 tokens were
// seen before, beside the bare verification of the same tokens without a memory. One thread; prints one JSON line.
// Invariant: every answer is compared with the token's owner, and a token in the memory is refused once its session is revoked.
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/async/executor.h"
#include "common/crypto/random.h"
#include "common/rpc/tokens.h"

namespace quittance::bench {
namespace {

constexpr int kHot = 1000;      // of callers who call again and again
constexpr int kFresh = 5000;    // seen once each
constexpr int kPerFresh = 100;  // one of so many calls brings a fresh one
constexpr int kCalls = kFresh * kPerFresh;
constexpr int kSlices = 25;    // with and without the memory in turns: cores of shared machines change their pace from second to second
constexpr int kBare = 10'000;  // of the same sequence, without the memory
constexpr int kRevokedSessions = 100;  // what a process has heard of at any time
constexpr int kRevokedSubjects = 20;
constexpr const char* kIssuer = "https://quittance.example";
constexpr const char* kScopes = "auth:read auth:write billing:read billing:write settings:read subscriptions:read subscriptions:write";

struct Token {
  std::string text;
  std::string subject;
  std::string session;
  TenantId tenant;
};

// Half of them people, half of them a tenant's machines.
class Issuer {
 public:
  const crypto::KeyPair key = crypto::NewEs256Key();
  const crypto::PrivateKey private_key{key.private_key};

  Token Issue(int number, TimePoint now) {
    const bool person = number % 2 == 0;
    Token token{"", person ? ids_.New<UserId>().ToString() : ids_.New<ServiceAccountId>().ToString(),
                person ? ids_.New<SessionId>().ToString() : "", ids_.New<TenantId>()};
    crypto::Claims claims;
    claims.issuer = kIssuer;
    claims.audience = "quittance";
    claims.subject = token.subject;
    claims.session = token.session;
    claims.tenant = token.tenant.ToString();
    claims.jti = ids_.Next().Hex();
    claims.issued = now;
    claims.expires = now + std::chrono::minutes(30);
    if (person) {
      claims.roles = {"user"};
      claims.amr = {"pwd"};
      claims.authenticated = now;
    } else {
      claims.scope = kScopes;
    }
    token.text = crypto::SignToken(claims, "bench", private_key);
    return token;
  }

  std::vector<Token> Issue(int count, int first, TimePoint now) {
    std::vector<Token> tokens;
    for (int i = 0; i < count; ++i) tokens.push_back(Issue(first + i, now));
    return tokens;
  }

  // The key, and what a process has heard of: revocations of others.
  rpc::TrustUpdate Trust(TimePoint now) {
    rpc::TrustUpdate update;
    update.keys.emplace("bench", key.public_key);
    const TimePoint later = now + std::chrono::hours(1);
    for (int i = 0; i < kRevokedSessions; ++i)
      update.revocations.push_back({ids_.New<TenantId>(), "", ids_.New<SessionId>().ToString(), 0, later});
    for (int i = 0; i < kRevokedSubjects; ++i)
      update.revocations.push_back({ids_.New<TenantId>(), ids_.New<UserId>().ToString(), "", 1, later});
    return update;
  }

 private:
  crypto::RandomIds ids_;
};

void Must(bool right, const char* what) {
  if (!right) throw std::runtime_error(what);
}

struct Sequence {
  std::vector<Token> hot, fresh;
  const Token& at(int call) const {
    return call % kPerFresh == kPerFresh - 1 ? fresh[static_cast<std::size_t>(call / kPerFresh)]
                                             : hot[static_cast<std::size_t>(call % kHot)];
  }
};

Task<void> VerifyAs(rpc::Tokens& tokens, const Token& token) {
  std::string text = token.text;  // the edge copies it out of the metadata
  auto caller = tokens.Known(text);
  if (!caller) caller = co_await tokens.Verify(std::move(text));
  Must(caller->ok() && (**caller)->subject == token.subject && (**caller)->tenant == token.tenant, "a token stood for somebody else");
}

double SecondsSince(SteadyTime begin) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); }

// The seconds that one slice takes.
Task<double> Remembered(rpc::Tokens& tokens, const Sequence& sequence, int slice) {
  constexpr int kEach = kCalls / kSlices;
  const SteadyTime begin = std::chrono::steady_clock::now();
  for (int call = slice * kEach; call < (slice + 1) * kEach; ++call) co_await VerifyAs(tokens, sequence.at(call));
  co_return SecondsSince(begin);
}

Task<double> EachOnce(rpc::Tokens& tokens, const std::vector<Token>& all) {
  const SteadyTime begin = std::chrono::steady_clock::now();
  for (const Token& token : all) co_await VerifyAs(tokens, token);
  co_return static_cast<double>(all.size()) / SecondsSince(begin);
}

// On the executor's one thread, as the poll that reads `update`.
Task<void> EndsWithItsSession(rpc::Tokens& tokens, rpc::Trust& trust, const Token& token, rpc::TrustUpdate& update, TimePoint later) {
  update.revocations.push_back({token.tenant, "", token.session, 0, later});
  const bool heard = co_await trust.Refresh();
  Must(heard, "the revocation was not heard");
  const auto caller = co_await tokens.Verify(token.text);
  Must(!caller.ok(), "a token whose session was revoked passed from the memory");
}

Task<double> Bare(const Issuer& issuer, const Sequence& sequence, const Clock& clock, int slice) {
  constexpr int kEach = kBare / kSlices;
  const crypto::KeyLookup keys = [&](std::string_view) { return std::optional(issuer.key.public_key); };
  const SteadyTime begin = std::chrono::steady_clock::now();
  for (int call = slice * kEach; call < (slice + 1) * kEach; ++call) {
    const Token& token = sequence.at(call);
    const auto claims = crypto::VerifyToken(token.text, keys, kIssuer, clock.Now());
    Must(claims.ok() && claims->subject == token.subject, "a token did not verify");
  }
  co_return SecondsSince(begin);
}

nlohmann::json Run() {
  const SystemClock clock;
  metrics::Registry metrics;
  async::Executor executor(1);
  Issuer issuer;
  const Sequence sequence{issuer.Issue(kHot, 0, clock.Now()), issuer.Issue(kFresh, kHot, clock.Now())};
  rpc::TrustUpdate update = issuer.Trust(clock.Now());
  const rpc::TrustSource source = [&update](std::string) -> Task<rpc::TrustUpdate> { co_return update; };
  rpc::Trust trust(source, nullptr, executor, metrics, clock);
  trust.Start();
  rpc::Tokens tokens(kIssuer, Secret(""), trust, metrics, clock);

  const double first = async::RunSync(executor, EachOnce(tokens, sequence.hot));
  double bare = 0;
  double remembered = 0;
  for (int slice = 0; slice < kSlices; ++slice) {
    bare += async::RunSync(executor, Bare(issuer, sequence, clock, slice));
    remembered += async::RunSync(executor, Remembered(tokens, sequence, slice));
  }
  const double hits = async::RunSync(executor, EachOnce(tokens, sequence.hot));
  async::RunSync(executor, EndsWithItsSession(tokens, trust, sequence.hot.front(), update, clock.Now() + std::chrono::hours(1)));
  return {{"per_second", kCalls / remembered},
          {"bare_per_second", kBare / bare},
          {"first_per_second", first},
          {"hits_per_second", hits},
          {"calls", kCalls}};
}

}  // namespace
}  // namespace quittance::bench

int main() {
  try {
    std::cout << quittance::bench::Run().dump() << std::endl;
  } catch (const std::exception& fault) {
    std::cerr << "quittance-bench-verify: " << fault.what() << "\n";
    return 1;
  }
}
