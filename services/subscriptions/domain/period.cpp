// The layout: a sweep over the moments at which something changes, always using up the oldest payment that counts.
#include "services/subscriptions/domain/period.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace quittance::subscriptions {
namespace {

std::vector<TimePoint> Moments(const std::vector<Period>& periods) {
  std::set<TimePoint> moments;
  for (const auto& period : periods) {
    moments.insert(period.succeed_time);
    for (const auto& stop : period.stops) {
      moments.insert(stop.from);
      if (stop.until) moments.insert(*stop.until);
    }
    for (const auto& back : period.returns) moments.insert(back.from);
  }
  return {moments.begin(), moments.end()};
}

// Uses up paid time from a cursor on; remembers who ran last, so that an interruption without another period in between keeps its start.
class Sweep {
 public:
  explicit Sweep(std::vector<Period>& periods) : periods_(periods) {
    for (auto& period : periods) {
      used_.push_back(Duration::zero());
      period.starts = period.ends = period.succeed_time;
      for (const auto& stop : period.stops) {
        if (stop.kind == Stop::Kind::kRevoked) period.starts = period.ends = std::max(stop.from, period.succeed_time);
      }
    }
  }

  void Use(TimePoint at, TimePoint from, TimePoint until) {
    for (std::size_t i = 0; i < periods_.size() && from < until; ++i) {
      if (!Counts(i, at)) continue;
      const Duration used = std::min(Left(i, at), until - from);
      if (last_ != i) periods_[i].starts = from;
      from += used;
      periods_[i].ends = from;
      used_[i] += used;
      last_ = i;
    }
  }

  bool AnythingLeft(TimePoint at) const {
    for (std::size_t i = 0; i < periods_.size(); ++i) {
      if (Counts(i, at)) return true;
    }
    return false;
  }

 private:
  Duration Left(std::size_t i, TimePoint at) const {
    return std::max(Duration::zero(), Duration(periods_[i].duration) - Duration(periods_[i].CutAt(at)) - used_[i]);
  }
  bool Counts(std::size_t i, TimePoint at) const {
    return Left(i, at) > Duration::zero() && periods_[i].succeed_time <= at && !periods_[i].StoppedAt(Stop::Kind::kRevoked, at);
  }

  std::vector<Period>& periods_;
  std::vector<Duration> used_;
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
  std::size_t last_ = kNobody;
};

// The period that runs, else the one that ended last.
const Period& ShownAt(const std::vector<Period>& periods, TimePoint now) {
  const Period* latest = &periods.front();
  for (const auto& period : periods) {
    if (period.starts <= now && now < period.ends) return period;
    if (period.ends >= latest->ends) latest = &period;
  }
  return *latest;
}

}  // namespace

bool Period::StoppedAt(Stop::Kind kind, TimePoint time) const {
  return std::any_of(stops.begin(), stops.end(), [&](const Stop& stop) { return stop.kind == kind && stop.Covers(time); });
}

const Stop* Period::OpenStop(Stop::Kind kind) const {
  for (const auto& stop : stops) {
    if (stop.kind == kind && !stop.until) return &stop;
  }
  return nullptr;
}

std::chrono::seconds Period::CutAt(TimePoint time) const {
  std::chrono::seconds cut{0};
  for (const auto& back : returns) {
    if (back.from <= time) cut = back.cut;
  }
  return cut;
}

Layout Lay(std::vector<Period>& periods, TimePoint now) {
  Layout layout;
  if (periods.empty()) return layout;
  std::sort(periods.begin(), periods.end(),
            [](const Period& a, const Period& b) { return std::tie(a.succeed_time, a.payment) < std::tie(b.succeed_time, b.payment); });

  Sweep sweep(periods);
  const auto moments = Moments(periods);
  std::optional<TimePoint> held_since;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const TimePoint from = moments[i];
    const bool last = i + 1 == moments.size();
    const bool held = std::any_of(periods.begin(), periods.end(), [&](const Period& p) { return p.StoppedAt(Stop::Kind::kHeld, from); });
    if (!held) held_since.reset();
    if (held && !held_since) held_since = from;
    if (!held) sweep.Use(from, from, last ? TimePoint::max() : moments[i + 1]);
    if (held && last && sweep.AnythingLeft(from)) {
      layout.held_since = held_since;
      sweep.Use(from, *held_since, TimePoint::max());  // shown as if it went on from there
    }
  }

  for (const auto& period : periods) layout.end = std::max(layout.end, period.ends);
  layout.start = std::min(ShownAt(periods, now).starts, layout.end);
  layout.plan_code = periods.back().plan_code;
  return layout;
}

}  // namespace quittance::subscriptions
