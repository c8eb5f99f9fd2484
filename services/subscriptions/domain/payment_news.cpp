// Standing -> stops of a period: disputes hold it, money that went back revokes it, and both end when the payment is good again. A part of
// the money takes its share of the time, where the tenant wants so.
#include "services/subscriptions/domain/payment_news.h"

#include <algorithm>

namespace quittance::subscriptions {
namespace {

__extension__ using Wide = __int128;

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

Standing Under(const Policy& policy, Standing standing) {
  return standing == Standing::kDisputed && !policy.dispute_suspends ? Standing::kGood : standing;
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

PeriodChange TakeReturn(Period& period, const PaymentNews& news, const Policy& policy, TimePoint at) {
  if (news.amount_minor <= 0 || news.standing == Standing::kGone || news.standing == Standing::kOpen) return PeriodChange::kNone;
  const auto returned = std::clamp<std::int64_t>(news.returned_minor, 0, news.amount_minor);
  if (returned == period.ReturnedMinor()) return PeriodChange::kNone;
  const auto before = period.returns.empty() ? std::chrono::seconds(0) : period.returns.back().cut;
  const auto share = static_cast<std::int64_t>(static_cast<Wide>(period.duration.count()) * returned / news.amount_minor);
  const std::chrono::seconds cut(policy.partial_refund_shortens ? share : 0);
  const auto from = period.returns.empty() ? at : std::max(at, period.returns.back().from);
  period.returns.push_back({from, returned, cut});
  if (cut == before) return PeriodChange::kNone;
  return cut > before ? PeriodChange::kShortened : PeriodChange::kLengthened;
}

}  // namespace quittance::subscriptions
