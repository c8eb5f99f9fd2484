// The node's clock beside the database's.
#include "common/service/clock_watch.h"

#include <regex>

#include "tests/integration/db/fixture.h"

namespace quittance::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::system_clock;

class ClockWatchTest : public db::DbTest {
 protected:
  double Skew() {
    const std::string text = metrics_.Render();
    std::smatch found;
    return std::regex_search(text, found, std::regex("\nquittance_clock_skew_seconds (\\S+)")) ? std::stod(found[1]) : 0;
  }
};

TEST_F(ClockWatchTest, D10_ANodeTenMinutesAheadIsSeenAndForgottenWhenItIsRight) {
  db::Database db(Options("watched", Database().system_url(), 1), metrics_);
  std::atomic<bool> ahead{true};
  ClockWatch watch(db, metrics_, milliseconds(20), [&] { return system_clock::now() + (ahead ? minutes(10) : minutes(0)); });
  EXPECT_TRUE(Eventually([&] { return !watch.fits(); }));
  EXPECT_NEAR(Skew(), 600, 5);
  ahead = false;
  EXPECT_TRUE(Eventually([&] { return watch.fits(); }));
  EXPECT_NEAR(Skew(), 0, 5);
}

}  // namespace
}  // namespace quittance::service
