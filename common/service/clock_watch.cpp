// One question each interval, on the system pool; half of its round trip is the error of the answer.
#include "common/service/clock_watch.h"

#include <condition_variable>
#include <mutex>

#include "common/log/log.h"

namespace quittance::service {
namespace {

double Seconds(std::chrono::system_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

ClockWatch::ClockWatch(db::Database& db, metrics::Registry& metrics, std::chrono::milliseconds interval, Now node)
    : db_(db),
      skew_(metrics.GetGauge("quittance_clock_skew_seconds", "This node's clock minus the database's.")),
      node_(std::move(node)),
      thread_([this, interval](std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          Measure();
          wake.wait_for(lock, stop, interval, [] { return false; });
        }
      }) {}

void ClockWatch::Measure() {
  double database = 0;
  const auto asked = node_();
  try {
    database = db_.TransactSync(db::Scope{}, [](db::Tx& tx) {
      return std::stod(tx.Exec("SELECT extract(epoch FROM clock_timestamp())::text AS now").front().Get<std::string>("now"));
    });
  } catch (const Fault&) {
    return;  // the pool tells of its outages itself
  }
  const double skew = Seconds(asked.time_since_epoch()) + Seconds(node_() - asked) / 2 - database;
  skew_.Set(skew);
  const bool fits = std::abs(skew) <= static_cast<double>(kClockSkewMax.count());
  if (!fits && fits_) log::Error("clock differs from the database's", {{"seconds", skew}});
  if (fits && !fits_) log::Info("clock agrees with the database's again", {{"seconds", skew}});
  fits_ = fits;
}

}  // namespace quittance::service
