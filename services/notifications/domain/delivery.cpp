// The table of outcomes.
#include "services/notifications/domain/delivery.h"

#include <algorithm>

#include "services/notifications/domain/tell.h"

namespace quittance::notifications {
namespace {

constexpr std::size_t kErrorBytesMax = 500;
constexpr int kDoublingsMax = 12;

void Finish(Notification& notification, State state) {
  notification.state = state;
  notification.version += 1;
  notification.params.erase(std::string(kSealedToken));
}

void Postpone(Notification& notification, Duration pause, TimePoint now) {
  const bool too_old = now - notification.created >= kGiveUpAge && notification.attempt >= kClaimsMin;
  if (too_old || notification.tries >= kTriesMax) return Finish(notification, State::kFailed);
  notification.next_attempt_at = now + pause;
}

}  // namespace

Duration Backoff(int tries, double chance) {
  const Duration step = kBackoffFirst * (std::int64_t{1} << std::clamp(tries - 1, 0, kDoublingsMax));
  const auto jittered = Duration(static_cast<std::int64_t>(static_cast<double>(2 * step.count()) * chance));
  return std::clamp<Duration>(jittered, std::chrono::milliseconds(100), kBackoffMax);
}

Notification After(Notification notification, const Outcome& outcome, TimePoint now, double chance) {
  notification.last_error =
      outcome.verdict == Verdict::kTaken || outcome.verdict == Verdict::kLogged ? "" : outcome.answer.substr(0, kErrorBytesMax);
  switch (outcome.verdict) {
    case Verdict::kTaken:
      notification.tries += 1;
      notification.sent = now;
      Finish(notification, State::kSent);
      break;
    case Verdict::kRefused:
      notification.tries += 1;
      Finish(notification, State::kFailed);
      break;
    case Verdict::kTryAgain:
      notification.tries += 1;
      Postpone(notification, Backoff(notification.tries, chance), now);
      break;
    case Verdict::kLogged:
      Finish(notification, State::kLogged);
      break;
    case Verdict::kPointless:
      Finish(notification, State::kFailed);
      break;
    case Verdict::kNotReady:
      Postpone(notification, kSettingPause, now);
      break;
    case Verdict::kWait:
      Postpone(notification, std::chrono::duration_cast<Duration>(kWaitPause * (0.5 + chance)), now);
      break;
  }
  return notification;
}

}  // namespace quittance::notifications
