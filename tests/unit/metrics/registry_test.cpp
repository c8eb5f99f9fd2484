// Series are made once, labels stay inside what a closed list can hold.
#include "common/metrics/registry.h"

#include <gtest/gtest.h>

namespace quittance::metrics {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Registry, SameNameAndLabelsIsTheSameSeries) {
  Registry registry;
  Counter& a = registry.GetCounter("quittance_things_total", "Things.", {{"kind", "a"}});
  EXPECT_EQ(&a, &registry.GetCounter("quittance_things_total", "Things.", {{"kind", "a"}}));
  EXPECT_NE(&a, &registry.GetCounter("quittance_things_total", "Things.", {{"kind", "b"}}));
  a.Add();
  a.Add(2);
  registry.GetGauge("quittance_level", "Level.").Set(-1.5);
  registry.GetHistogram("quittance_wait_seconds", "Waiting.", {}, {0.1, 1}).Observe(0.5);
  const std::string text = registry.Render();
  EXPECT_TRUE(Has(text, "# HELP quittance_things_total Things.\n# TYPE quittance_things_total counter\n"));
  EXPECT_TRUE(Has(text, "quittance_things_total{kind=\"a\"} 3\n"));
  EXPECT_TRUE(Has(text, "quittance_things_total{kind=\"b\"} 0\n"));
  EXPECT_TRUE(Has(text, "quittance_level -1.5\n"));
  EXPECT_TRUE(Has(text, "quittance_wait_seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_TRUE(Has(text, "quittance_wait_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_TRUE(Has(text, "quittance_wait_seconds_count 1\n"));
}

TEST(Registry, RefreshesRunBeforeAScrape) {
  Registry registry;
  int scrapes = 0;
  registry.OnScrape([&] { registry.GetGauge("quittance_scrapes", "Scrapes.").Set(++scrapes); });
  registry.Render();
  EXPECT_TRUE(Has(registry.Render(), "quittance_scrapes 2\n"));
}

TEST(Registry, N15_AnIdNeverBecomesALabel) {
  Registry registry;
  registry.GetCounter("quittance_calls_total", "Calls.", {{"who", "usr_0193a4242424242424242424242424ab"}}).Add();
  registry.GetCounter("quittance_calls_total", "Calls.", {{"who", std::string(500, 'x')}}).Add();
  const std::string text = registry.Render();
  EXPECT_FALSE(Has(text, "usr_"));
  EXPECT_TRUE(Has(text, "quittance_calls_total{who=\"_other\"} 2\n"));
}

TEST(Registry, N15_SeriesAreBounded) {
  Registry registry;
  for (int i = 0; i < 5000; ++i) registry.GetCounter("quittance_calls_total", "Calls.", {{"who", std::to_string(i)}}).Add();
  const std::string text = registry.Render();
  EXPECT_TRUE(Has(text, "quittance_calls_total{who=\"999\"} 1\n"));
  EXPECT_FALSE(Has(text, "who=\"1000\""));
  EXPECT_TRUE(Has(text, "quittance_calls_total{who=\"_other\"} 4000\n"));
}

TEST(RegistryDeathTest, ForeignNamesAreBugs) {
  Registry registry;
  EXPECT_DEATH(registry.GetCounter("things_total", "Things."), "CHECK failed");
}

}  // namespace
}  // namespace quittance::metrics
