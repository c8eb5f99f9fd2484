// Two replicas of auth on one database, each with pools, keys and a gRPC server of its own: what one spends the other knows.
#include <grpcpp/grpcpp.h>

#include <thread>

#include "common/rpc/server.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/services.h"
#include "services/auth/store/trust.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

Task<rpc::TrustUpdate> KeysOf(World* world) {
  const auto keys = world->system.TransactSync(db::Scope::System(), [](db::Tx& tx) { return store::FindSigningKeys(tx); });
  rpc::TrustUpdate update{.cursor = "1", .keys = {}, .revocations = {}, .tenants = {}};
  for (const SigningKey& key : keys) update.keys.emplace(key.kid, key.public_key);
  co_return update;
}

class Replica {
 public:
  explicit Replica(World& world)
      : executor_(2),
        app_(PatientDatabase("replica_app", world.database.app_url(), 8), metrics_),
        system_(PatientDatabase("replica_system", world.database.system_url(), 2), metrics_),
        vault_(world.keyring, world.token_keyring),
        signer_(std::string(kIssuer), vault_),
        passwords_(1, metrics_),
        deps_{app_, system_, world.clock, world.ids, passwords_, vault_, signer_},
        edge_(rpc::MakeEdge(Options(world), executor_, metrics_, world.clock)) {
    signer_.Load(system_.TransactSync(db::Scope::System(), [](db::Tx& tx) { return store::FindSigningKeys(tx); }));
    rpc::StartEdge(*edge_);
    service_ = api::MakeAuthService(*edge_, deps_);
    server_ = std::make_unique<rpc::Server>("127.0.0.1:0", false, std::vector<grpc::Service*>{service_.get()}, *edge_);
    stub_ =
        v1::AuthService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  }
  ~Replica() { server_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(5)); }

  std::pair<grpc::StatusCode, std::string> Refresh(const std::string& token) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::RefreshTokenRequest request;
    request.set_refresh_token(token);
    v1::TokenPair pair;
    const grpc::Status status = stub_->RefreshToken(&context, request, &pair);
    return {status.error_code(), pair.refresh_token()};
  }

 private:
  static rpc::EdgeOptions Options(World& world) {
    rpc::EdgeOptions options;
    options.issuer = std::string(kIssuer);
    options.trust_source = [&world](const std::string&) { return KeysOf(&world); };
    return options;
  }

  metrics::Registry metrics_;
  async::Executor executor_;
  db::Database app_, system_;
  Vault vault_;
  Signer signer_;
  PasswordHasher passwords_;
  Deps deps_;
  std::unique_ptr<rpc::Edge, void (*)(rpc::Edge*)> edge_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::AuthService::Stub> stub_;
};

struct ReplicasTest : AuthTest {
  Replica one{world};
  Replica other{world};

  std::int64_t Tokens(const std::string& state) {
    return world.RawCount("SELECT count(*) FROM refresh_tokens WHERE tenant_id = '" + tenant.id.uuid.Hex() + "' AND state = '" + state +
                          "'");
  }
};

TEST_F(ReplicasTest, A09_FiftyThreadsOnTwoReplicasGetOneSuccessor) {
  NewPerson("fifty@client.example");
  const std::string token = Login("fifty@client.example")->refresh_token;
  std::vector<std::pair<grpc::StatusCode, std::string>> answers(50);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] { answers[i] = (i % 2 == 0 ? one : other).Refresh(token); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& [status, successor] : answers) {
    EXPECT_EQ(status, grpc::OK) << "everybody is served";
    EXPECT_EQ(successor, answers.front().second);
  }
  EXPECT_EQ(Tokens("active"), 1);
  EXPECT_EQ(Tokens("used"), 1);
  EXPECT_EQ(Events("CredentialsRevoked"), 0) << "nobody was logged out";
  EXPECT_EQ(other.Refresh(answers.front().second).first, grpc::OK) << "the family is alive";
}

TEST_F(ReplicasTest, A11_AStolenGrandparentEndsTheFamilyOnBoth) {
  NewPerson("stolen@client.example");
  const std::string stolen = Login("stolen@client.example")->refresh_token;
  const auto second = one.Refresh(stolen);
  const auto third = other.Refresh(second.second);
  ASSERT_EQ(third.first, grpc::OK);
  EXPECT_EQ(one.Refresh(stolen).first, grpc::UNAUTHENTICATED);
  EXPECT_EQ(other.Refresh(third.second).first, grpc::UNAUTHENTICATED);
  EXPECT_EQ(one.Refresh(third.second).first, grpc::UNAUTHENTICATED);
  EXPECT_EQ(Tokens("active"), 0);
  EXPECT_EQ(Events("CredentialsRevoked"), 1);
}

}  // namespace
}  // namespace quittance::auth
