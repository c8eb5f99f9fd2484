// The table of refresh rotation, row by row, and what must hold for every history of a family.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/auth/domain/session.h"

namespace quittance::auth {
namespace {

using State = FamilyToken::State;

const TimePoint kStart = FromUnixSeconds(1'800'000'000);

Uuid Number(std::uint8_t n) {
  Uuid id;
  id.bytes[15] = n;
  return id;
}

Session Family() {
  return {.tenant = {}, .id = {}, .user = {}, .scopes = {}, .created = kStart, .expires = kStart + kSessionLife, .revoked = false};
}

FamilyToken Active(std::uint8_t n) {
  return {.id = Number(n), .state = State::kActive, .used = {}, .successor = {}, .expires = kStart + kRefreshTokenLife};
}

FamilyToken Used(std::uint8_t n, std::uint8_t successor, TimePoint when = kStart) {
  return {.id = Number(n), .state = State::kUsed, .used = when, .successor = Number(successor), .expires = kStart + kRefreshTokenLife};
}

TEST(RefreshTable, ActiveRotates) { EXPECT_EQ(DecideRefresh(Family(), Active(1), std::nullopt, kStart), RefreshVerdict::kRotate); }

TEST(RefreshTable, A10_ImmediateParentOfAnUntouchedSuccessorRepeatsWithin30Seconds) {
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), Active(2), kStart + std::chrono::seconds(5)), RefreshVerdict::kRepeat);
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), Active(2), kStart + kRepeatWindow - Duration(1)), RefreshVerdict::kRepeat);
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), Active(2), kStart + kRepeatWindow), RefreshVerdict::kReuse);
}

TEST(RefreshTable, A11_GrandparentIsReuseInsideTheWindow) {
  // 1 -> 2 -> 3: the successor of 1 was spent, whatever the clock says.
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), Used(2, 3), kStart + std::chrono::seconds(1)), RefreshVerdict::kReuse);
}

TEST(RefreshTable, A12_ParentIsReuseOnceItsSuccessorWasPresented) {
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), Used(2, 3), kStart), RefreshVerdict::kReuse);
  FamilyToken revoked = Active(2);
  revoked.state = State::kRevoked;
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), revoked, kStart), RefreshVerdict::kReuse);
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), std::nullopt, kStart), RefreshVerdict::kReuse);
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), Active(9), kStart), RefreshVerdict::kReuse) << "somebody else's successor";
}

TEST(RefreshTable, ExpiredRevokedOrOverChangesNothing) {
  Session revoked = Family();
  revoked.revoked = true;
  EXPECT_EQ(DecideRefresh(revoked, Active(1), std::nullopt, kStart), RefreshVerdict::kRefuse);
  EXPECT_EQ(DecideRefresh(revoked, Used(1, 2), Used(2, 3), kStart), RefreshVerdict::kRefuse);
  EXPECT_EQ(DecideRefresh(Family(), Active(1), std::nullopt, kStart + kRefreshTokenLife), RefreshVerdict::kRefuse);
  EXPECT_EQ(DecideRefresh(Family(), Used(1, 2), Used(2, 3), kStart + kRefreshTokenLife), RefreshVerdict::kRefuse);
  Session over = Family();
  over.expires = kStart;
  EXPECT_EQ(DecideRefresh(over, Active(1), std::nullopt, kStart), RefreshVerdict::kRefuse);
  FamilyToken dead = Active(1);
  dead.state = State::kRevoked;
  EXPECT_EQ(DecideRefresh(Family(), dead, std::nullopt, kStart), RefreshVerdict::kRefuse);
}

TEST(RefreshTable, IdleAndAbsoluteLife) {
  EXPECT_EQ(RefreshExpiry(Family(), kStart), kStart + kRefreshTokenLife);
  EXPECT_EQ(RefreshExpiry(Family(), kStart + std::chrono::days(20)), kStart + kSessionLife);
}

// A family in memory, moved by the verdicts alone.
struct Model {
  Session family = Family();
  std::vector<FamilyToken> tokens{Active(0)};

  RefreshVerdict Present(std::size_t index, TimePoint now) {
    FamilyToken& token = tokens[index];
    std::optional<FamilyToken> successor;
    if (token.successor) successor = tokens[token.successor->bytes[15]];
    const RefreshVerdict verdict = DecideRefresh(family, token, successor, now);
    if (verdict == RefreshVerdict::kRotate) {
      const auto next = static_cast<std::uint8_t>(tokens.size());
      token.state = State::kUsed;
      token.used = now;
      token.successor = Number(next);
      tokens.push_back(Active(next));
      tokens.back().expires = RefreshExpiry(family, now);
    } else if (verdict == RefreshVerdict::kReuse) {
      family.revoked = true;
      for (FamilyToken& each : tokens) {
        if (each.state == State::kActive) each.state = State::kRevoked;
      }
    }
    return verdict;
  }

  long ActiveCount() const {
    return std::count_if(tokens.begin(), tokens.end(), [](const FamilyToken& token) { return token.state == State::kActive; });
  }
};

TEST(RefreshProperty, NoHistoryForksAFamilyOrOutlivesAReuse) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    Model model;
    TimePoint now = kStart;
    bool ended = false;
    for (int step = 0; step < 60 && model.tokens.size() < 200; ++step) {
      now += std::chrono::seconds(random() % 45);
      // Mostly the newest token, sometimes an older one.
      const std::size_t back = random() % 4 == 0 ? random() % std::min<std::size_t>(4, model.tokens.size()) : 0;
      const std::size_t index = model.tokens.size() - 1 - back;
      const std::size_t before = model.tokens.size();
      const RefreshVerdict verdict = model.Present(index, now);
      ASSERT_LE(model.ActiveCount(), 1) << "seed " << seed;
      if (ended) ASSERT_EQ(verdict, RefreshVerdict::kRefuse) << "seed " << seed;
      if (verdict == RefreshVerdict::kRotate) ASSERT_EQ(index, before - 1) << "only the newest rotates, seed " << seed;
      if (verdict == RefreshVerdict::kRepeat) ASSERT_EQ(index, before - 2) << "only its parent repeats, seed " << seed;
      if (verdict == RefreshVerdict::kReuse) {
        ended = true;
        ASSERT_EQ(model.ActiveCount(), 0) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace quittance::auth
