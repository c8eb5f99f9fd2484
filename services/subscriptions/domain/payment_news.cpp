// Standing -> stops of a period: disputes hold it, money that went back revokes it, and both end when the payment is good again.
#include "services/subscriptions/domain/payment_news.h"

#include <algorithm>

namespace quittance::subscriptions {
namespace {

bool Close(Period& period, Stop::Kind kind, TimePoint at) {
  bool closed = false;
  for (auto& stop : period.stops) {
    if (stop.kind != kind || stop.until) continue;
    stop.until = std::max(at, stop.from);
    closed = true;
  }
  return closed;
}

bool Open(Period& period, Stop::Kind kind, TimePoint at) {
  if (period.OpenStop(kind)) return false;
  period.stops.push_back(Stop{kind, at, std::nullopt});
  return true;
}

}  // namespace

Standing StandingOf(PaymentStatus status, std::string_view detail) {
  switch (status) {
    case PaymentStatus::kSucceeded:
      return detail == "disputed" ? Standing::kDisputed : Standing::kGood;
    case PaymentStatus::kRefunded:
    case PaymentStatus::kFailed:
      return Standing::kGone;
    case PaymentStatus::kPending:
      return detail == "conflicted" ? Standing::kGone : Standing::kOpen;
  }
  return Standing::kOpen;
}

Period NewPeriod(const PaymentNews& news, const Plan& plan) {
  return Period{.payment = news.payment,
                .plan = plan.id,
                .plan_code = plan.code,
                .succeed_time = news.succeed_time.value_or(news.change_time),
                .duration = plan.duration,
                .stops = {}};
}

PeriodChange ApplyStanding(Period& period, Standing standing, TimePoint at) {
  switch (standing) {
    case Standing::kGood: {
      const bool held = Close(period, Stop::Kind::kHeld, at);
      const bool revoked = Close(period, Stop::Kind::kRevoked, at);
      return held || revoked ? PeriodChange::kRestored : PeriodChange::kNone;
    }
    case Standing::kDisputed: {
      Close(period, Stop::Kind::kRevoked, at);
      return Open(period, Stop::Kind::kHeld, at) ? PeriodChange::kHeld : PeriodChange::kNone;
    }
    case Standing::kGone: {
      Close(period, Stop::Kind::kHeld, at);
      return Open(period, Stop::Kind::kRevoked, at) ? PeriodChange::kRevoked : PeriodChange::kNone;
    }
    case Standing::kOpen:
      return PeriodChange::kNone;
  }
  return PeriodChange::kNone;
}

}  // namespace quittance::subscriptions
