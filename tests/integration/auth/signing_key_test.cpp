// The stages of a signing key: no token is refused on the way, none is taken after it.
#include "services/auth/usecases/rotate_signing_key.h"

#include "quittance/auth/v1/auth.pb.h"
#include "services/auth/domain/session.h"
#include "services/auth/usecases/signing_keys.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

using namespace std::chrono_literals;

struct SigningKeyTest : AuthTest {
  Result<db::Reply> Step(KeyStep step) {
    const Caller caller = Platform();
    return world.Run(RotateSigningKey(deps, {caller, {caller.subject, ""}, Key(caller, "key-" + deps.ids.Next().Hex()), step}));
  }
  std::vector<std::string> States() {
    std::vector<std::string> states;
    const auto keys = world.Run(ListSigningKeys(deps));
    for (const SigningKey& key : *keys) states.emplace_back(Name(key.state));
    return states;
  }
  bool Verifies(const std::string& token) {
    const auto keys = *world.Run(ListSigningKeys(deps));
    const auto lookup = [&](std::string_view kid) -> std::optional<std::string> {
      for (const SigningKey& key : keys) {
        if (key.kid == kid) return key.public_key;
      }
      return std::nullopt;
    };
    return crypto::VerifyToken(token, lookup, kIssuer, world.clock.Now()).ok();
  }
};

TEST_F(SigningKeyTest, A20_ARotationRefusesNoTokenAndEndsTheOldKey) {
  NewPerson("rotate@client.example");
  EXPECT_EQ(States(), (std::vector<std::string>{"active"}));
  EXPECT_EQ(Step(KeyStep::kActivate).error().reason, Reason::kStateConflict) << "nothing is staged";
  ASSERT_TRUE(Step(KeyStep::kStage).ok());
  EXPECT_EQ(Step(KeyStep::kStage).error().reason, Reason::kStateConflict) << "one at a time";
  const std::string before = Login("rotate@client.example")->access_token;
  EXPECT_EQ(Step(KeyStep::kActivate).error().reason, Reason::kStateConflict) << "not everybody has polled it";
  EXPECT_NE(world.Run(GetJwks(deps))->find(world.Run(ListSigningKeys(deps))->front().kid), std::string::npos) << "it is published";
  world.clock.Advance(kStagedMin);
  ASSERT_TRUE(Step(KeyStep::kActivate).ok());
  const std::string after = Login("rotate@client.example")->access_token;
  EXPECT_TRUE(Verifies(before));
  EXPECT_TRUE(Verifies(after));
  EXPECT_EQ(Step(KeyStep::kRetire).error().reason, Reason::kStateConflict) << "its tokens are still alive";
  world.clock.Advance(kAccessTokenLife + kRevocationLeeway);
  const std::string last = Login("rotate@client.example")->access_token;
  ASSERT_TRUE(Step(KeyStep::kRetire).ok());
  EXPECT_EQ(States(), (std::vector<std::string>{"active"}));
  EXPECT_FALSE(Verifies(before));
  EXPECT_TRUE(Verifies(last));
  EXPECT_EQ(AuditRows("RotateSigningKey"), 3);
}

TEST_F(SigningKeyTest, UnderASharedSecretNoKeyIsShown) {
  Signer configured(std::string(kIssuer), deps.vault, Secret("a secret that all processes share"));
  Deps other{deps.db, deps.system, deps.clock, deps.ids, deps.passwords, deps.vault, configured};
  EXPECT_EQ(*world.Run(GetJwks(other)), R"({"keys":[]})") << "nothing of ours verifies under them";
}

TEST_F(SigningKeyTest, PrivateKeysAreSealedAtRest) {
  const auto keys = world.Run(ListSigningKeys(deps));
  for (const SigningKey& key : *keys) {
    EXPECT_NE(key.sealed_private_key, std::string(world.vault.OpenSigningKey(key.kid, key.sealed_private_key).Reveal()));
    EXPECT_THROW(world.vault.OpenSigningKey("another", key.sealed_private_key), crypto::Undecryptable);
  }
}

}  // namespace
}  // namespace quittance::auth
